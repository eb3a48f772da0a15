"""Measure one contender once: load from a process of its own, and what every process spent on it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import psutil  # type: ignore[import-untyped, unused-ignore]
import psycopg

from bench.read.client import Order, Seen
from bench.read.cost import machine_seconds, tree_seconds
from deploy.local.places import CHECKOUT

PARTS = ("edge", "Python", "PostgreSQL", "client")
CALLS = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query LIKE '%transactions%'"


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that answers: where, and which processes work for it.

    Shape: `protocol` is rest or grpc; `edge` is the proxy in front, if there is one; `keeps` says whether it keeps
    answers.
    """

    name: str
    protocol: str
    port: int
    servers: tuple[psutil.Process, ...]
    edge: psutil.Process | None
    keeps: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What one measurement found.

    Unit: `rate` is answers a second; `p50` and `p99` are milliseconds; `costs` are microseconds of processor time an
    answer, by part; `kept` is the share of answers that came without a statement; `others` is the share of the machine
    that went to processes outside the measurement.
    """

    rate: float
    p50: float
    p99: float
    kept: float
    costs: Mapping[str, float]
    others: float


class Watch:
    """Read the clocks of everything that works for a contender."""

    def __init__(self, contender: Contender, database: psutil.Process, statistics: psycopg.Connection) -> None:
        self.contender = contender
        self.database = database
        self.statistics = statistics

    def read(self) -> dict[str, float]:
        """Return processor seconds by whom, and the statements that were run."""
        calls = self.statistics.execute(CALLS).fetchone()
        assert calls is not None
        return {
            "edge": tree_seconds(self.contender.edge) if self.contender.edge else 0.0,
            "Python": sum(tree_seconds(server) for server in self.contender.servers),
            "PostgreSQL": tree_seconds(self.database),
            "machine": machine_seconds(),
            "statements": float(calls[0]),
        }


def measure(watch: Watch, order: Order) -> Result:
    """Carry out one order.

    Raises: SystemExit when the load could not be put on, with the client's own words above.
    """
    command = [sys.executable, "-m", "bench.read.client"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    assert client.stdin is not None
    assert client.stdout is not None
    with client, client.stdin, client.stdout:
        client.stdin.write(json.dumps(asdict(order)))
        client.stdin.close()
        client.stdout.readline()
        before = watch.read()
        line = client.stdout.readline()
        after = watch.read()
    if not line:
        sys.exit(f"{watch.contender.name} did not answer as it should ({order.scenario}, {order.connections})")
    spent = {name: after[name] - before[name] for name in before}
    return result(Seen(**json.loads(line)), spent)


def result(seen: Seen, spent: dict[str, float]) -> Result:
    """Put what was seen and what was spent into relation."""
    spent["client"] = seen.cpu
    capacity = seen.seconds * (psutil.cpu_count() or 1)
    return Result(
        rate=seen.answers / seen.seconds,
        p50=seen.p50,
        p99=seen.p99,
        kept=max(0.0, 1 - spent["statements"] / seen.answers),
        costs={part: spent[part] / seen.answers * 1e6 for part in PARTS},
        others=max(0.0, spent["machine"] - sum(spent[part] for part in PARTS)) / capacity,
    )
