"""Measure reads of a million transaction lines beside three FastAPI stacks and pgbench: `python -m bench.read`.

Everything is started for the purpose and stopped afterwards. Rounds go through all contenders in turn, so that whatever
else the machine does falls on all alike; read the ratios.
"""

import datetime as dt
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]
import psycopg

from bench.read import agree, fill, market, options, pgbench, rivals
from bench.read.arrivals import arriving
from bench.read.asks import SCENARIOS
from bench.read.client import Order
from bench.read.measure import Contender, Result, Watch, measure
from bench.read.options import Options
from bench.read.report import Case, Report
from bench.read.stack import FORM4, Started, database, migrate, start_ours
from services.eastern import today

SEED = 4


def main() -> int:
    """Measure what was asked for; return 1 if a bar is missed."""
    asked = options.read()
    companies = market.companies(asked.lines, SEED)
    rivals.install()
    with database() as started:
        say(f"Filling {asked.lines:,} lines of {len(companies):,} companies …")
        prepare(started, companies, asked.lines)
        say("Starting everything that answers …")
        contenders = start(started, companies, asked)
        agree.check(contenders)
        say("All of them give the same answers.")
        if asked.holds:
            hold(started, contenders)
        with arriving(started.url("form4_serve"), companies, SEED):
            report = Rounds(started, contenders, asked).run()
    names = [contender.name for contender in contenders]
    print("\n".join(told(report, names, asked)))
    return 0 if asked.is_quick or all(reached >= bar.times for bar, reached in report.bars()) else 1


def prepare(started: Started, companies: Sequence[market.Company], lines: int) -> None:
    """Make the tables and fill them."""
    migrate(started)
    fill.fill(started.url("form4_migrate"), companies, lines, today(), SEED)
    fill.name(started.url("filings_serve"), companies, dt.datetime.now(dt.UTC))
    fill.settle(started.url("postgres"))


def start(started: Started, companies: list[market.Company], asked: Options) -> list[Contender]:
    """Start what answers, and return the contenders that were asked for."""
    start_ours(started, asked.form4_processes)
    wanted = [name for name in rivals.STACKS if name in asked.contenders]
    rival_ports = rivals.start_rivals(started, companies, wanted)
    ports, running = started.plan.ports, started.processes
    form4 = tuple(running[name] for name in FORM4[: asked.form4_processes])
    envoy, nginx = running["envoy"], running.get("nginx")
    ours = (
        Contender("rest", "rest", ports.envoy, form4, envoy, keeps=True),
        Contender("grpc", "grpc", ports.envoy, form4, envoy, keeps=True),
        Contender("grpc-direct", "grpc", ports.form4_1, form4[:1], None, keeps=True),
    )
    theirs = [
        Contender(name, "rest", rival_ports[name], (running[rivals.STACKS[name]],), nginx, keeps=name in rivals.KEEPING)
        for name in wanted
    ]
    return [*(one for one in ours if one.name in asked.contenders), *theirs]


def hold(started: Started, contenders: Sequence[Contender]) -> None:
    """Say where everything is, and wait."""
    for contender in contenders:
        numbers = ", ".join(str(server.pid) for server in contender.servers)
        say(f"{contender.name}: {contender.protocol} on port {contender.port}, process {numbers}")
    say(f"PostgreSQL: {started.url('postgres')}")
    input("Enter goes on. ")


class Rounds:
    """Go round the contenders."""

    def __init__(self, started: Started, contenders: Sequence[Contender], asked: Options) -> None:
        self.started = started
        self.contenders = contenders
        self.asked = asked
        self.results: defaultdict[Case, list[Result]] = defaultdict(list)
        self.alone: defaultdict[Case, list[float]] = defaultdict(list)

    def run(self) -> Report:
        """Measure everything, in so many rounds."""
        with psycopg.connect(self.started.url("postgres"), autocommit=True) as statistics:
            statistics.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            watches = [Watch(one, self.started.processes["postgres"], statistics) for one in self.contenders]
            for number in range(self.asked.rounds):
                for scenario, connections in product(self.asked.scenarios, self.asked.connections):
                    say(f"Round {number + 1} of {self.asked.rounds}: {scenario}, {connections} connections")
                    self.go_round(watches, scenario, connections, number)
        names = [one.name for one in self.contenders if one.name in rivals.STACKS]
        return Report(self.results, self.alone, names, psutil.cpu_count() or 1)

    def go_round(self, watches: Sequence[Watch], scenario: str, connections: int, number: int) -> None:
        """Measure every contender once, then PostgreSQL alone."""
        asked = self.asked
        for watch in watches:
            where = watch.contender
            order = Order(
                protocol=where.protocol,
                port=where.port,
                scenario=scenario,
                connections=connections,
                warm_seconds=asked.warm_seconds,
                seconds=asked.seconds,
                draw=f"{number} {connections} {where.name}",
                asks_all=where.keeps and not asked.is_cold,
            )
            self.results[Case(scenario, connections, where.name)].append(measure(watch, order))
        scripts = pgbench.write_scripts(self.started.folder) if options.PGBENCH in asked.contenders else {}
        if scenario in scripts:
            for protocol in pgbench.PROTOCOLS:
                rate = pgbench.rate(self.started, scripts[scenario], protocol, connections, asked.seconds)
                self.alone[Case(scenario, connections, protocol)].append(rate)


def told(report: Report, contenders: Sequence[str], asked: Options) -> Iterator[str]:
    """Yield everything that a reader of the figures has to know."""
    yield f"# Reads: {asked.lines:,} lines, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    yield f"\n{psutil.cpu_count()} cores ({processor()}); {asked.rounds} rounds of {asked.seconds:g} s each."
    yield report.noise()
    for scenario, connections in product(SCENARIOS, asked.connections):
        if scenario.name in asked.scenarios:
            yield from report.table(scenario, connections, contenders)
    yield ""
    for bar, reached in report.bars():
        verdict = "reached" if reached >= bar.times else "MISSED"
        yield f"{bar.scenario}, REST, 16 connections: {reached:.2f} times {bar.rival} (bar {bar.times:g}: {verdict})"


def processor() -> str:
    """Return what the machine calls its processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)


def say(text: str) -> None:
    """Tell how far it is, apart from the figures."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
