"""Say what samples of times are like, and whether two of them can be told apart."""

import math
import statistics
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

# The distance above which two samples of one distribution are once in a thousand times.
ONE_IN_A_THOUSAND = math.sqrt(-math.log(0.001 / 2) / 2)


class Spread(NamedTuple):
    """Hold what is told of a sample.

    Unit: milliseconds.
    """

    median: float
    p90: float
    p99: float

    def __str__(self) -> str:
        """Return the three, for a table."""
        return f"{self.median:7.1f} {self.p90:7.1f} {self.p99:7.1f}"


def spread(seconds: Sequence[float]) -> Spread:
    """Return the median and the tail of a sample of at least two."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Spread(cuts[49] * 1000, cuts[89] * 1000, cuts[98] * 1000)


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest distance between two distributions, from 0 to 1 (Kolmogorov and Smirnov's statistic)."""
    first, second = sorted(one), sorted(other)
    return max(
        abs(bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second)) for at in (*first, *second)
    )


def bound(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the distance that chance alone exceeds once in a thousand times."""
    return ONE_IN_A_THOUSAND * math.sqrt((len(one) + len(other)) / (len(one) * len(other)))
