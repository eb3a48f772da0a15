"""Say what was measured, in tables of Markdown: medians over the rounds, ratios within each round."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from bench.read.asks import Scenario
from bench.read.measure import PARTS, Result


class Case(NamedTuple):
    """What was asked, over how many connections, of whom."""

    scenario: str
    connections: int
    contender: str


class Bar(NamedTuple):
    """A ratio that REST has to reach at 16 connections."""

    scenario: str
    rival: str
    times: float


OURS = "rest"
BARS = (Bar("ticker", "asyncpg", 2.0), Bar("latest", "asyncpg", 10.0), Bar("ticker", "plan", 10.0))
BAR_CONNECTIONS = 16
BUSY = 0.9
"""From this share of a core, or of all of them, on, it is what limits the rate."""

Results = Mapping[Case, Sequence[Result]]
Rates = Mapping[Case, Sequence[float]]


class Report:
    """Know everything that was measured.

    Shape: the sequences have a place for each round; ratios are told over the `rivals`.
    """

    def __init__(self, results: Results, alone: Rates, rivals: Sequence[str], cores: int) -> None:
        self.results = results
        self.alone = alone
        self.rivals = rivals
        self.cores = cores

    def table(self, scenario: Scenario, connections: int, contenders: Iterable[str]) -> Iterator[str]:
        """Yield the lines of one table."""
        ratios = [f"x {rival}" for rival in self.rivals]
        head = ["", "req/s", *ratios, "p50 ms", "p99 ms", "kept", *(f"{part} µs" for part in PARTS), "limit"]
        yield f"\n### {scenario.title}; {connections} connection{'s' if connections > 1 else ''}\n"
        yield row(head)
        yield row(["---", *["--:"] * (len(head) - 2), "---"])
        for name in contenders:
            yield row([name, *self.cells(Case(scenario.name, connections, name))])
        for case, rates in self.alone.items():
            if case[:2] == (scenario.name, connections):
                yield row([f"pgbench, {case.contender}", f"{median(rates):,.0f}", *[""] * (len(head) - 2)])

    def cells(self, case: Case) -> Iterator[str]:
        """Yield what a table says of one case."""
        rounds = self.results[case]
        yield f"{median(one.rate for one in rounds):,.0f}"
        for rival in self.rivals:
            times = self.times(case, rival)
            yield "" if times is None else f"{times:.2f}"
        yield f"{median(one.p50 for one in rounds):.2f}"
        yield f"{median(one.p99 for one in rounds):.1f}"
        yield f"{median(one.kept for one in rounds):.0%}"
        for part in PARTS:
            yield f"{median(one.costs[part] for one in rounds):,.0f}"
        yield self.limit(rounds)

    def times(self, case: Case, rival: str) -> float | None:
        """Return how many times the answers of a rival in the same round; None for itself, or where it is not."""
        others = self.results.get(case._replace(contender=rival))
        if not others or rival == case.contender:
            return None
        return median(one.rate / other.rate for one, other in zip(self.results[case], others, strict=True))

    def limit(self, rounds: Sequence[Result]) -> str:
        """Say what keeps the rate from being higher, as far as processor time tells."""
        cores = {part: median(one.costs[part] * one.rate / 1e6 for one in rounds) for part in PARTS}
        most = max(cores, key=lambda part: cores[part])
        others = median(one.others for one in rounds) * self.cores
        if sum(cores.values()) + others >= BUSY * self.cores:
            return f"the machine, {cores[most] / self.cores:.0%} of it {most}"
        return f"one core of {most}" if cores[most] >= BUSY else "each waits for the other"

    def noise(self) -> str:
        """Say how much of the machine went to others while this was measured."""
        shares = [one.others for rounds in self.results.values() for one in rounds]
        return f"Other processes had {median(shares):.0%} of the machine at the median, {max(shares):.0%} at most."

    def bars(self) -> Iterator[tuple[Bar, float]]:
        """Yield each bar whose case was measured, and what was reached."""
        for bar in BARS:
            case = Case(bar.scenario, BAR_CONNECTIONS, OURS)
            reached = self.times(case, bar.rival) if case in self.results else None
            if reached is not None:
                yield bar, reached


def row(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"
