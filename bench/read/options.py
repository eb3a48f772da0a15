"""Read the command line of the bench."""

import argparse
from dataclasses import dataclass

from bench.read.asks import SCENARIOS
from bench.read.rivals import STACKS

OURS = ("rest", "grpc", "grpc-direct")
PGBENCH = "pgbench"
CONTENDERS = (*OURS, *STACKS, PGBENCH)
CONNECTIONS = (1, 16, 64)


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure, on how much, and how long.

    Unit: seconds, of each measurement; before it, `warm_seconds` of the same load are not counted.
    """

    lines: int = 1_000_000
    seconds: float = 3.0
    warm_seconds: float = 1.0
    rounds: int = 3
    connections: tuple[int, ...] = CONNECTIONS
    contenders: tuple[str, ...] = CONTENDERS
    scenarios: tuple[str, ...] = tuple(scenario.name for scenario in SCENARIOS)
    form4_processes: int = 1
    is_cold: bool = False
    holds: bool = False
    is_quick: bool = False


QUICK = Options(
    lines=10_000,
    seconds=0.3,
    warm_seconds=0.1,
    rounds=1,
    connections=(16,),
    scenarios=("ticker", "latest"),
    is_quick=True,
)


def read() -> Options:
    """Return what is asked for."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m bench.read", description="Measure reads beside FastAPI stacks.")
    parser.add_argument("--lines", type=int, default=usual.lines, help="transaction lines in the database")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--connections", type=int, nargs="+", default=usual.connections)
    names = (*CONTENDERS, *usual.scenarios)
    parser.add_argument("--only", nargs="+", choices=names, default=(), help="these contenders, or these scenarios")
    parser.add_argument("--quick", action="store_true", help="see that everything works, in a minute; no figures")
    parser.add_argument("--form4", type=int, choices=(1, 2), default=usual.form4_processes, help="processes")
    parser.add_argument("--cold", action="store_true", help="do not ask for every company before measuring")
    parser.add_argument("--hold", action="store_true", help="start everything, say where it is, and wait for Enter")
    asked = parser.parse_args()
    if asked.quick:
        return QUICK
    return Options(
        lines=asked.lines,
        seconds=asked.seconds,
        rounds=asked.rounds,
        connections=tuple(asked.connections),
        contenders=chosen(CONTENDERS, asked.only),
        scenarios=chosen(usual.scenarios, asked.only),
        form4_processes=asked.form4,
        is_cold=asked.cold,
        holds=asked.hold,
    )


def chosen(names: tuple[str, ...], only: list[str]) -> tuple[str, ...]:
    """Return those that were named, or all where none was."""
    return tuple(name for name in names if name in only) or names
