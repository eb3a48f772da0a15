"""A stack's life by its commands, with the servers alone: PostgreSQL, its roles, and Valkey."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from deploy.local import machine, stack, state
from deploy.local.machine import free_ports
from deploy.local.places import CHECKOUT, Places, places
from deploy.local.refusal import Refusal
from deploy.local.state import Stack
from tests.support.servers import scratch

SERVERS = ("roles", "valkey")
WITHIN = 30.0  # seconds: the machine may be busy


@pytest.fixture
def where() -> Iterator[Places]:
    """Yield the places of a stack that nobody has started, and leave nothing of it."""
    with scratch() as folder:
        made = places(folder / "a run")
        try:
            yield made
        finally:
            stack.stop(made)
            shutil.rmtree(made.data, ignore_errors=True)


def start(where: Places) -> Stack:
    """Start the servers in the background."""
    return stack.start(where, os.environ, lambda _: None, only=SERVERS)


def command(where: Places, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the native stack on these places."""
    environment = {**os.environ, "STACK_FOLDER": str(where.run), **variables}
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "deploy.local", *arguments],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN,
    )


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_started_used_stopped_and_started_again(where: Places) -> None:
    """A stack is ready when `start` returns, can be used, leaves nothing running, and keeps its data and passwords."""
    told = start(where)
    running = [process for process in told.processes if process.runs()]
    assert {process.name for process in running} == {"postgres", "valkey"}
    assert command(where, "status").stdout.startswith("ready\n")
    with pytest.raises(Refusal, match="already running"):
        start(where)
    assert state.read(where) == told
    assert query(where, "FORM4_MIGRATE_DATABASE_URL", "CREATE TABLE kept (id int)") == 0
    assert command(where, "down").stdout == "Stopped.\n"
    assert not any(process.runs() for process in running)
    assert command(where, "status").returncode == 3
    start(where)
    assert query(where, "FORM4_DATABASE_URL", "INSERT INTO kept VALUES (1)") == 0


QUERY = """
import os, sys
import psycopg
psycopg.connect(os.environ[sys.argv[1]].replace("+psycopg2", ""), autocommit=True).execute(sys.argv[2])
"""


def query(where: Places, variable: str, statement: str) -> int:
    """Run a statement in the stack's environment and return the exit code."""
    return command(where, "exec", "--", sys.executable, "-c", QUERY, variable, statement).returncode


def test_programs_of_the_virtual_environment_come_first(where: Places) -> None:
    """What is run in the stack's environment is the project's Python, and what is not there is a sentence."""
    start(where)
    told = command(where, "exec", "python", "-c", "import sys; print(sys.prefix)", PATH="/usr/bin:/bin")
    assert (told.returncode, told.stdout.strip()) == (0, sys.prefix)
    told = command(where, "exec", "no-such-program")
    assert (told.returncode, told.stderr) == (1, "There is no program no-such-program.\n")


def test_two_folders_have_two_stacks(where: Places) -> None:
    """Two checkouts on one machine do not meet."""
    first = start(where)
    with scratch() as folder:
        other = places(folder)
        try:
            second = start(other)
            assert not set(first.ports.values()) - {8080} & set(second.ports.values()) - {8080}
        finally:
            stack.stop(other)
            shutil.rmtree(other.data, ignore_errors=True)
    assert all(process.runs() for process in first.processes if process.name != "roles")


def test_a_killed_supervisor_leaves_nothing_and_can_be_replaced(where: Places) -> None:
    """After kill -9 of the supervisor its processes end, by the kernel or by `down`, and a new start works."""
    told = start(where)
    assert told.supervisor.pid is not None
    os.kill(told.supervisor.pid, signal.SIGKILL)
    if sys.platform == "linux":
        until(lambda: not any(process.runs() for process in told.processes))
    else:
        stack.stop(where)
    again = start(where)
    assert again.supervisor.pid != told.supervisor.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_a_command_starts_for_itself_ends_with_it(where: Places, number: signal.Signals) -> None:
    """PostgreSQL that is started for one command does not outlive it, however the command ends."""
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells a process of its parent's death")
    holder = subprocess.Popen(
        [sys.executable, "-m", "deploy.local", "exec", "--", sys.executable, "-c", "import time; time.sleep(60)"],
        env={**os.environ, "STACK_FOLDER": str(where.run)},
        cwd=CHECKOUT,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        until(lambda: (told := state.read(where)) is not None and told.phase == "ready")
    finally:
        holder.send_signal(number)
        holder.wait(WITHIN)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(holder.pid, signal.SIGKILL)  # the command that it ran
    until(lambda: (told := state.read(where)) is not None and not told.runs() and not told.leftovers())


def test_leftovers_are_ended(where: Places) -> None:
    """Processes that outlived their supervisor are known by number and start, and `down` ends them."""
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    try:
        started = machine.started(left.pid)
        gone = state.Known("supervisor", "ready", left.pid, 0.0)
        lost = state.Known("lost", "ready", left.pid, started)
        where.make()
        state.write(where, Stack("ready", gone, {}, "small", processes=[lost]))
        assert stack.stop(where)
        assert left.wait(WITHIN) == -signal.SIGTERM
    finally:
        left.kill()
        left.wait()


def test_a_taken_port_is_said_before_anything_starts(where: Places) -> None:
    """`up` on a taken port ends at once with a sentence, and makes nothing."""
    port = next(free_ports())
    with socket.create_server(("127.0.0.1", port)):
        refused = command(where, "up", GATEWAY_PORT=str(port))
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken by" in refused.stderr
    assert not where.data.exists()
