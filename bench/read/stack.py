"""Start what is measured: the project by its real entry points, and each FastAPI stack, all over one PostgreSQL."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]

from deploy.local import postgres, processes
from deploy.local.environment import Wishes, database_url, target
from deploy.local.foreground import make_plan
from deploy.local.machine import free_ports
from deploy.local.places import places
from deploy.local.process import Ends, Process
from deploy.local.processes import Plan
from tests.support.servers import running, scratch
from tests.support.stack import RAISED

# One of Envoy's workers, and one form4 process if not told otherwise, against two of uvicorn's: what two cores feed.
ENVOY_WORKERS = "1"
FORM4 = ("form4-1", "form4-2")
# As `make up` starts it, without care for the disk, and with room for all rows in memory.
POSTGRES = (*postgres.THROWAWAY, "shared_buffers=1GB")


@dataclass(frozen=True, slots=True)
class Started:
    """What runs, by name, and how to reach it."""

    plan: Plan
    folder: Path
    stack: ExitStack
    processes: dict[str, psutil.Process]

    def start(self, process: Process) -> None:
        """Start one process and wait until it is ready; a step is run to its end.

        Raises: AssertionError or CalledProcessError with the words of what did not start.
        """
        if isinstance(process.ready, Ends):
            step(process)
            return
        before = set(psutil.Process().children())
        self.stack.enter_context(running(process, self.folder / f"{process.name}.log"))
        (self.processes[process.name],) = set(psutil.Process().children()) - before

    def url(self, role: str) -> str:
        """Return the address of the database for one role, as libpq takes it."""
        address = database_url(role, self.plan.secret[role], self.plan.ports.postgres)
        return address.replace("postgresql+psycopg2", "postgresql", 1)


@contextmanager
def database() -> Iterator[Started]:
    """Yield a running PostgreSQL with roles and Valkey, and end them, with whatever was started later, afterwards."""
    with scratch() as folder, ExitStack() as stack:
        door, *_ = free_ports_of(1)
        plan = make_plan(places(folder / "run"), Wishes.of({**os.environ, "GATEWAY_PORT": str(door)}))
        stack.callback(shutil.rmtree, plan.places.data, ignore_errors=True)
        started = Started(plan, folder, stack, {})
        server, *others = processes.servers(plan)
        settings = (part for setting in POSTGRES for part in ("-c", setting))
        for process in (replace(server, command=(*server.command, *settings)), *others):
            started.start(process)
        yield started


def free_ports_of(count: int) -> list[int]:
    """Return so many ports that nobody listens on."""
    free = free_ports()
    return [next(free) for _ in range(count)]


def migrate(started: Started) -> None:
    """Make the tables."""
    plan = started.plan
    for process in (*processes.auth(plan), *processes.filings(plan), *processes.form4(plan)):
        if process.name.endswith("-migrate"):
            started.start(process)


def start_ours(started: Started, form4_processes: int) -> None:
    """Start filings, one or two form4 processes, the gateway and Envoy."""
    plan = started.plan
    table = {process.name: process for process in processes.table(plan)}
    form4 = {"FORM4_ADDRESS": target(*(plan.ports.form4_1, plan.ports.form4_2)[:form4_processes])}
    changed = {**form4, **RAISED}
    envoy = table["envoy"]
    workers = envoy.command.index("--concurrency") + 1
    command = (*envoy.command[:workers], ENVOY_WORKERS, *envoy.command[workers + 1 :])
    for name in ("auth", "filings", *FORM4[:form4_processes], "gateway", "envoy-config"):
        started.start(replace(table[name], environment={**table[name].environment, **changed}))
    started.start(replace(envoy, command=command))


def step(process: Process) -> None:
    """Run a step to its end.

    Raises: CalledProcessError.
    """
    environment = dict(process.environment)
    subprocess.run(process.command, env=environment, cwd=process.folder, check=True, stdout=subprocess.DEVNULL)
