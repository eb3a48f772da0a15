"""Run a scenario's statement in pgbench: what PostgreSQL alone can do with it."""

import os
import re
import subprocess
from pathlib import Path

from bench.read.asks import COUNT, URLS
from bench.read.market import FIRST_CIK
from bench.read.stack import Started
from bench.read.statements import script, statements
from deploy.local import postgres
from deploy.local.machine import LOOPBACK
from services.form4.questions import MARKET_COUNT, MARKET_DAYS
from services.form4.windows import last

PROTOCOLS = ("prepared", "simple")
LEAST_SECONDS = 2
RATE = re.compile(r"tps = ([0-9.]+)")
# The exponent of 1 that the asks have is the least that pgbench does not take.
DRAW = f"\\set number random_zipfian(1, {URLS}, 1.001)\n\\set cik {FIRST_CIK} + :number - 1\n"


def write_scripts(folder: Path) -> dict[str, Path]:
    """Write the script of each scenario that pgbench can run."""
    found = statements()
    texts = {
        "ticker": DRAW + script(found["company"], cik=":cik", limit=COUNT + 1),
        "latest": script(found["market"], start=last(MARKET_DAYS), limit=MARKET_COUNT + 1),
    }
    written = {name: folder / f"pgbench-{name}.sql" for name in texts}
    for name, text in texts.items():
        written[name].write_text(text)
    return written


def rate(started: Started, script_file: Path, protocol: str, connections: int, seconds: float) -> float:
    """Return how many statements a second PostgreSQL answers over so many connections."""
    found = postgres.programs(started.plan.places.data)
    threads = min(connections, os.cpu_count() or 1)
    command = [found["pgbench"], "-n", "-M", protocol, "-c", str(connections), "-j", str(threads)]
    command += ["-T", str(max(LEAST_SECONDS, round(seconds))), "-f", str(script_file), "-h", LOOPBACK]
    command += ["-p", str(started.plan.ports.postgres), "-U", "form4_serve", "sectracker"]
    environment = {"PATH": os.defpath, "PGPASSWORD": started.plan.secret["form4_serve"]}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    told = RATE.search(said)
    assert told is not None, said
    return float(told[1])
