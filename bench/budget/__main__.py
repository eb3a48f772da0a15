"""Print grants a second and the most in any sliding second, over several processes that share one budget."""

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

from bench.budget.measure import MICROSECONDS, Worker, pace, take_together
from bench.budget.valkey import ThrowawayValkey
from services.filings.domain import Priority


def main() -> None:
    """Measure the budget alone, then with user work and background work against each other."""
    parser = argparse.ArgumentParser(prog="python -m bench.budget", description=__doc__)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThrowawayValkey(Path(folder)) as valkey:
        print(f"{options.processes} processes, {options.seconds:g} s, {options.rate} grants a second allowed")
        _measure("user work alone", [Priority.USER] * options.processes, options, valkey)
        half = options.processes // 2
        mixed = [Priority.USER] * (options.processes - half) + [Priority.BACKGROUND] * half
        _measure("user and background work", mixed, options, valkey)


def _measure(title: str, classes: list[Priority], options: argparse.Namespace, valkey: ThrowawayValkey) -> None:
    """Run one measurement and print its line."""
    url = valkey.url(0)
    taken = take_together([Worker(url, options.rate, options.seconds, priority) for priority in classes])
    result = pace([at for grants in taken for at in grants])
    background = sorted(
        at for grants, priority in zip(taken, classes, strict=True) if priority is Priority.BACKGROUND for at in grants
    )
    line = f"{title}: {result.per_second:.2f} a second, at most {result.most_in_a_second} in any second"
    if len(background) > 1:
        longest = max(later - earlier for earlier, later in pairwise(background))
        line += f"; background {len(background)} of {result.grants}, longest wait {longest / MICROSECONDS:.2f} s"
    print(f"{line}; by process {[len(grants) for grants in taken]}")


if __name__ == "__main__":
    main()
