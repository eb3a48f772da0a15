"""The whole stack, as `make up` starts it, for tests that go through the real door."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import stack, state
from deploy.local.machine import LOOPBACK, free_ports
from deploy.local.places import Places, places
from deploy.local.processes import Plan
from deploy.local.state import Known, Stack
from tests.support.servers import scratch


class Running:
    """A running stack of a test's own."""

    def __init__(self, where: Places, plan: Plan) -> None:
        self.where = where
        self.plan = plan

    @property
    def url(self) -> str:
        """Return the address of the door."""
        return f"http://{self.target}"

    @property
    def target(self) -> str:
        """Return the door as a gRPC target."""
        return f"{LOOPBACK}:{self.plan.ports.envoy}"

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
def whole_stack(**variables: str) -> Iterator[Running]:
    """Start a stack on a free port, wait until it is ready, and stop and delete it afterwards.

    Raises: Refusal with the last words of what did not start.
    """
    with scratch() as folder:
        where = places(folder / "run")
        asked = {**os.environ, "GATEWAY_PORT": str(next(free_ports())), **variables}
        try:
            told = stack.start(where, asked, lambda _: None)
            yield Running(where, stack.recall_plan(where, told))
        finally:
            stack.stop(where)
            shutil.rmtree(where.data, ignore_errors=True)
