"""Stand-ins for the project's processes: small programs that serve, die or refuse to die."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deploy.local.machine import free_ports
from deploy.local.process import Check, Ends, Process, Running, Tcp

SERVE = """
import http.server, sys
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""

Make = Callable[..., Process]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a maker of processes that run a piece of Python in a folder of their own."""

    def make_process(
        name: str, code: str, *arguments: str, ready: Check | None = None, needs: Sequence[str] = (), within: float = 10
    ) -> Process:
        return Process(
            name=name,
            command=(sys.executable, "-c", code, *arguments),
            ready=ready or Running(0.05),
            needs=tuple(needs),
            folder=tmp_path,
            ready_within=within,
            stopped_within=1.5,
        )

    return make_process


@pytest.fixture
def server(make: Make) -> Callable[..., Process]:
    """Return a maker of small web servers, each on a free port."""
    ports = free_ports()

    def make_server(name: str, needs: Sequence[str] = ()) -> Process:
        port = next(ports)
        return make(name, SERVE, str(port), ready=Tcp(port), needs=needs)

    return make_server


@pytest.fixture
def step(make: Make) -> Callable[..., Process]:
    """Return a maker of steps that end with a code."""

    def make_step(name: str, code: int = 0, needs: Sequence[str] = ()) -> Process:
        return make(name, f"print('{name} says: no table'); raise SystemExit({code})", ready=Ends(), needs=needs)

    return make_step
