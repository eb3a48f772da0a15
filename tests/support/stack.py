"""The whole stack, as `make up` starts it, for tests that go through the real door."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local import stack, state
from deploy.local.machine import LOOPBACK, free_ports
from deploy.local.places import Places, places
from deploy.local.processes import Plan
from deploy.local.state import Known, Stack
from tests.support.servers import scratch

NAMED = ("REGISTER", "LOGIN", "REFRESH", "PASSWORD", "TRACK", "ANALYZE")
# Limits that no test reaches unless it is about them: all is counted and told as ever.
RAISED: Mapping[str, str] = {
    "LIMITS": "1000000/1m",
    **{f"LIMIT_{name}": "1000000/1m" for name in NAMED},
    "GATEWAY_FLOOD_PER_SECOND": "0",
}
REAL: Mapping[str, str] = {}  # those that every installation begins with


class Running:
    """A running stack of a test's own, on a port that it keeps when it is started again."""

    def __init__(self, where: Places, variables: Mapping[str, str]) -> None:
        self.where = where
        self.variables = variables

    def start(self) -> None:
        """Start it, with the data of the time before, and return when it is ready.

        Raises: Refusal with the last words of what did not start.
        """
        stack.start(self.where, self.variables, lambda _: None)

    def stop(self) -> None:
        """Stop it; its data stay."""
        stack.stop(self.where)

    @property
    def plan(self) -> Plan:
        """Return what it was made of; a new start chooses new ports for everything but the door."""
        return stack.recall_plan(self.where, self.now())

    @property
    def url(self) -> str:
        """Return the address of the door."""
        return f"http://{self.target}"

    @property
    def target(self) -> str:
        """Return the door as a gRPC target."""
        return f"{LOOPBACK}:{self.variables['GATEWAY_PORT']}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for commands of the project, beside the stack."""
        return self.plan.environment()

    def now(self) -> Stack:
        """Return what the state file tells now."""
        told = state.read(self.where)
        assert told is not None
        return told

    def process(self, name: str) -> Known:
        """Return one process by its name in the table: `envoy`, `form4-1`, `worker`."""
        return next(process for process in self.now().processes if process.name == name)

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.where.logs / f"{name}.log"


@contextmanager
def whole_stack(limits: Mapping[str, str] = RAISED, /, **variables: str) -> Iterator[Running]:
    """Start a stack on a free port, wait until it is ready, and stop and delete it afterwards.

    Its limits are raised out of the way, or REAL.

    Raises: Refusal with the last words of what did not start.
    """
    with scratch() as folder:
        asked = {name: value for name, value in os.environ.items() if name not in RAISED}
        asked |= {"GATEWAY_PORT": str(next(free_ports())), **limits, **variables}
        made = Running(places(folder / "run"), asked)
        try:
            made.start()
            yield made
        finally:
            made.stop()
            shutil.rmtree(made.where.data, ignore_errors=True)
