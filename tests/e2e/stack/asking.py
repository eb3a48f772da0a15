"""Ask a running stack as its clients do, work on it as its operators do, and look at what it has stored."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, LiteralString

import grpc
import httpx
import psycopg
from psycopg.rows import dict_row
from sectracker.auth.v1.trust_service_pb2 import IssueServiceTokenRequest
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from deploy.local.machine import LOOPBACK
from deploy.local.places import CHECKOUT
from tests.support.stack import Running

ANSWER_SECONDS = 20.0
WORK_SECONDS = 150.0
LOOK_AGAIN_SECONDS = 0.05


def get(stack: Running, path: str, **query: str | int) -> httpx.Response:
    """Ask REST for a path below /api/v1."""
    # The door of a test speaks no TLS, and reading the machine's certificates takes longer than most answers.
    url = f"{stack.url}/api/v1/{path}"
    return httpx.get(url, params=query, timeout=ANSWER_SECONDS, trust_env=False, verify=False)  # noqa: S501


def read(stack: Running, path: str, **query: str | int) -> dict[str, Any]:
    """Return REST's answer, which must be one."""
    answer = get(stack, path, **query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def read_until(stack: Running, path: str, **fields: object) -> dict[str, Any]:
    """Read a path until the answer's fields have these values, and return that answer."""
    answers: list[dict[str, Any]] = []

    def holds() -> bool:
        answers.append(read(stack, path))
        return all(answers[-1].get(name) == value for name, value in fields.items())

    until(holds)
    return answers[-1]


def channel(stack: Running) -> grpc.Channel:
    """Return a channel to the door for native gRPC."""
    return grpc.insecure_channel(stack.target, options=[("grpc.enable_http_proxy", 0)])


def service_token(stack: Running, service: str) -> str:
    """Return a token that names a service, which auth gives for that service's secret."""
    secret = stack.plan.secret[f"{service}_service"]
    with inside(stack, "auth") as auth:
        request = IssueServiceTokenRequest(service=service, secret=secret)
        return TrustServiceStub(auth).IssueServiceToken(request, timeout=ANSWER_SECONDS).token


def inside(stack: Running, process: str) -> grpc.Channel:
    """Return a channel past the door, to a process by the name of its port: `auth`, `form4_1`."""
    target = f"{LOOPBACK}:{stack.plan.ports.told()[process]}"
    return grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)])


def operate(stack: Running, *words: str, service: str = "filings") -> str:
    """Run one of a service's commands beside the stack and return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", f"services.{service}", *words],
        env={**stack.environment, "LOG_LEVEL": "WARNING"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=WORK_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(stack: Running, statement: LiteralString, **values: object) -> list[dict[str, Any]]:
    """Return what a query of all schemas finds, as superuser."""
    with connect(stack) as connection:
        return connection.execute(statement, values).fetchall()


def change(stack: Running, statement: LiteralString) -> int:
    """Change stored rows behind the services' back, as superuser, and return how many."""
    with connect(stack) as connection:
        return connection.execute(statement).rowcount


def connect(stack: Running) -> psycopg.Connection[dict[str, Any]]:
    """Return a connection to the stack's database as superuser."""
    return psycopg.connect(
        host=LOOPBACK,
        port=stack.plan.ports.postgres,
        user="postgres",
        password=stack.plan.secret["postgres"],
        dbname="sectracker",
        autocommit=True,
        row_factory=dict_row,
    )


def edgar_log(stack: Running) -> list[dict[str, Any]]:
    """Return the requests that the small EDGAR has seen, oldest first."""
    answer = httpx.get(f"{edgar_url(stack)}/_control/log", timeout=ANSWER_SECONDS, trust_env=False)
    seen: list[dict[str, Any]] = answer.raise_for_status().json()
    return seen


def edgar_fault(stack: Running, path: str, kind: str, **options: float) -> None:
    """Have the small EDGAR misbehave; tests/edgar/faults.py has the kinds."""
    fault = {"path": path, "kind": kind, **options}
    httpx.post(f"{edgar_url(stack)}/_control", json=fault, timeout=ANSWER_SECONDS, trust_env=False).raise_for_status()


def edgar_url(stack: Running) -> str:
    """Return where the small EDGAR listens."""
    return f"http://{LOOPBACK}:{stack.plan.ports.edgar}"


def until(holds: Callable[[], bool], within: float = WORK_SECONDS) -> float:
    """Wait until something holds, and return how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within, "it did not come to be in time"
        time.sleep(LOOK_AGAIN_SECONDS)
    return time.monotonic() - began
