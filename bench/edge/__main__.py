"""Measure what tokens, keys and limits cost at the edge: `python -m bench.edge`.

Cached public reads over REST at 16 connections, by somebody, by a user with a token and by a holder of an API key. The
limits are raised, so that none is reached. Rounds go through all cases in turn; read the ratios.
"""

import argparse
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import httpx
import psutil  # type: ignore[import-untyped, unused-ignore]
import psycopg

from bench.edge.doors import KINDS, Door, start
from bench.read import market
from bench.read.__main__ import SEED, prepare, processor, say
from bench.read.client import Order
from bench.read.measure import Contender, Result, Watch, measure
from bench.read.report import row
from bench.read.stack import database
from deploy.local.machine import LOOPBACK

CONNECTIONS = 16
LINES = 100_000
MOST_COST = 0.30
"""What tokens and limits together may take of the throughput without them."""
BARRED = (("limits", "anonymous"), ("limits", "bearer"))
BASE = ("bare", "anonymous")

Case = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """How long, and on how much. Unit: seconds, of each measurement."""

    lines: int
    seconds: float
    rounds: int


def main() -> int:
    """Measure; return 1 if tokens and limits cost more than they may."""
    asked = read_options()
    companies = market.companies(asked.lines, SEED)
    with database() as started:
        say(f"Filling {asked.lines:,} lines of {len(companies):,} companies …")
        prepare(started, companies, asked.lines)
        say("Starting everything that answers …")
        doors = {door.kind.name: door for door in start(started)}
        headers = credentials(doors["limits"].port)
        with psycopg.connect(started.url("postgres"), autocommit=True) as statistics:
            statistics.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            results: dict[Case, list[Result]] = defaultdict(list)
            for number in range(asked.rounds):
                for case in cases():
                    say(f"Round {number + 1} of {asked.rounds}: {case[0]}, {case[1]}")
                    watch = Watch(contender(doors[case[0]]), started.processes["postgres"], statistics)
                    results[case].append(measure(watch, order(doors[case[0]], headers[case[1]], asked, number)))
    print("\n".join(told(results, asked)))
    costs = [1 - ratio(results, case) for case in BARRED]
    return 0 if max(costs) <= MOST_COST else 1


def read_options() -> Options:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.edge", description="Measure tokens, keys and limits.")
    parser.add_argument("--lines", type=int, default=LINES, help="transaction lines in the database")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    return Options(asked.lines, asked.seconds, asked.rounds)


def cases() -> Iterator[Case]:
    """Yield what is measured in a round: the kind of edge, and who asks."""
    for kind in KINDS:
        yield kind.name, "anonymous"
        if kind.checks:
            yield kind.name, "bearer"
    yield "limits", "key"


def credentials(port: int) -> dict[str, str]:
    """Register somebody, make an API key, and return the header that each who asks sends."""
    with httpx.Client(base_url=f"http://{LOOPBACK}:{port}/api/v1/auth", timeout=30) as client:
        account = {"email": "reader@example.org", "password": "a long way to the edge"}
        token = client.post("/register", json=account).raise_for_status().json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        key = client.post("/api-key", json={}, headers=bearer).raise_for_status().json()["api_key"]
    return {"anonymous": "", "bearer": f"authorization: Bearer {token}", "key": f"x-api-key: {key}"}


def contender(door: Door) -> Contender:
    """Return a door as something that answers reads."""
    return Contender(door.kind.name, "rest", door.port, (door.form4,), door.envoy, keeps=True)


def order(door: Door, header: str, asked: Options, number: int) -> Order:
    """Return what the load is told."""
    return Order(
        protocol="rest",
        port=door.port,
        scenario="ticker",
        connections=CONNECTIONS,
        warm_seconds=1.0,
        seconds=asked.seconds,
        draw=str(number),  # the same requests for all cases of a round
        asks_all=True,
        header=header,
    )


def ratio(results: dict[Case, list[Result]], case: Case) -> float:
    """Return how many times the answers of the bare edge in the same round."""
    return median(one.rate / base.rate for one, base in zip(results[case], results[BASE], strict=True))


def told(results: dict[Case, list[Result]], asked: Options) -> Iterator[str]:
    """Yield everything that a reader of the figures has to know."""
    yield f"# Edge: {CONNECTIONS} connections, REST, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    how = f"{asked.rounds} rounds of {asked.seconds:g} s each, limits raised"
    yield f"\n{psutil.cpu_count()} cores ({processor()}); {how}."
    shares = [one.others for rounds in results.values() for one in rounds]
    yield f"Other processes had {median(shares):.0%} of the machine at the median, {max(shares):.0%} at most.\n"
    yield row(["", "who asks", "req/s", "x bare", "p50 ms", "p99 ms", "edge µs", "Python µs", "kept"])
    yield row(["---", "---", *["--:"] * 7])
    titles = {kind.name: kind.title for kind in KINDS}
    for case in cases():
        rounds = results[case]
        yield row(
            [
                titles[case[0]],
                case[1],
                f"{median(one.rate for one in rounds):,.0f}",
                f"{ratio(results, case):.2f}",
                f"{median(one.p50 for one in rounds):.2f}",
                f"{median(one.p99 for one in rounds):.1f}",
                f"{median(one.costs['edge'] for one in rounds):.0f}",
                f"{median(one.costs['Python'] for one in rounds):.0f}",
                f"{median(one.kept for one in rounds):.0%}",
            ]
        )
    yield ""
    for case in BARRED:
        cost = 1 - ratio(results, case)
        verdict = "kept" if cost <= MOST_COST else "MISSED"
        yield f"Tokens and limits cost {case[1]} reads {cost:.0%} (bar {MOST_COST:.0%}: {verdict})."


if __name__ == "__main__":
    sys.exit(main())
