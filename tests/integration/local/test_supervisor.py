"""The supervisor with real processes: order, restarts, giving up, and leaving nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.child import Patience
from deploy.local.machine import started
from deploy.local.process import Process, Redis
from deploy.local.supervisor import Supervisor

HASTY = Patience(settled=5, quick_deaths=3, first_pause=0.02, longest_pause=0.1, look_again=0.02)
WITHIN = 15.0  # seconds: the machine may be busy

Make = Callable[..., Process]


class Witness:
    """Writes down every state that a process takes."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []

    def __call__(self, supervisor: Supervisor) -> None:
        """Note what is new."""
        for name, child in supervisor.children.items():
            if (name, child.state) not in self.states[-12:]:
                self.states.append((name, child.state))

    def before(self, first: tuple[str, str], second: tuple[str, str]) -> bool:
        """Say whether one state came before another."""
        return self.states.index(first) < self.states.index(second)


@asynccontextmanager
async def supervised(logs: Path, *processes: Process) -> AsyncIterator[tuple[Supervisor, Witness]]:
    """Run a table while a test looks at it, and stop it afterwards."""
    witness = Witness()
    supervisor = Supervisor(processes, logs, witness, HASTY)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, witness
    finally:
        supervisor.stop()
        await asyncio.wait_for(running, WITHIN)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(WITHIN):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


async def test_starts_in_order_of_readiness(tmp_path: Path, server: Make, step: Make) -> None:
    """A process starts once what it needs is ready, whatever the order of the table, and all stop in reverse."""
    door, tables, store = server("door", needs=["tables"]), step("tables", needs=["store"]), server("store")
    async with supervised(tmp_path, door, tables, store) as (supervisor, witness):
        await until(lambda: supervisor.phase == "ready")
    assert witness.before(("store", "ready"), ("tables", "starting"))
    assert witness.before(("tables", "done"), ("door", "starting"))
    assert witness.before(("door", "stopped"), ("store", "stopped"))
    assert supervisor.phase == "stopped"


async def test_a_killed_process_comes_back(tmp_path: Path, server: Make) -> None:
    """A process that is killed is started again, under a new number, and the stack stays up."""
    async with supervised(tmp_path, server("store")) as (supervisor, _):
        store = supervisor.children["store"]
        await until(lambda: supervisor.phase == "ready")
        first = store.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: store.restarts == 1 and store.state == "ready")
        assert store.pid != first
        assert supervisor.phase == "ready"


async def test_gives_up_on_a_process_that_keeps_dying(tmp_path: Path, server: Make, make: Make) -> None:
    """At the start, a process that dies again and again ends the stack, with a sentence and the end of its log."""
    broken = make("broken", "print('cannot bind'); raise SystemExit(4)", ready=Redis("redis://127.0.0.1:1/0"))
    async with supervised(tmp_path, server("store"), broken) as (supervisor, _):
        await until(lambda: supervisor.phase == "failed")
    assert supervisor.phase == "failed"
    assert "broken ended (exit code 4) after 2 restarts" in supervisor.message
    assert "cannot bind" in supervisor.message


async def test_goes_on_without_a_process_that_fails_later(tmp_path: Path, server: Make, make: Make) -> None:
    """Once the stack is up, a process that cannot be kept running is given up alone."""
    flag = tmp_path / "broken"
    weak = make("weak", f"import pathlib, time\nwhile not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.02)")
    async with supervised(tmp_path, server("store"), weak) as (supervisor, _):
        await until(lambda: supervisor.phase == "ready")
        flag.touch()
        await until(lambda: supervisor.phase == "degraded")
        assert supervisor.children["weak"].state == "failed"
        assert supervisor.children["store"].state == "ready"


async def test_a_failed_step_is_not_tried_again(tmp_path: Path, step: Make, server: Make) -> None:
    """A step that fails ends the start at once: what needs it is never started."""
    tables, door = step("tables", code=1), server("door", needs=["tables"])
    async with supervised(tmp_path, tables, door) as (supervisor, witness):
        await until(lambda: supervisor.phase == "failed")
    assert "tables ended (exit code 1) at its first start" in supervisor.message
    assert "tables says: no table" in supervisor.message
    assert ("door", "starting") not in witness.states


async def test_says_what_was_not_ready_in_time(tmp_path: Path, make: Make) -> None:
    """A process that runs but never answers is reported as such."""
    silent = make("silent", "import time; time.sleep(60)", ready=Redis("redis://127.0.0.1:1/0"), within=0.3)
    async with supervised(tmp_path, silent) as (supervisor, _):
        await until(lambda: supervisor.phase == "failed")
    assert "silent was not ready within 0 s" in supervisor.message


async def test_a_program_that_does_not_exist_is_said(tmp_path: Path) -> None:
    """A command that is not there is a sentence in the message, not a traceback."""
    absent = Process("absent", ("/nowhere/absent",), Redis("redis://127.0.0.1:1/0"), folder=tmp_path)
    async with supervised(tmp_path, absent) as (supervisor, _):
        await until(lambda: supervisor.phase == "failed")
    assert "/nowhere/absent cannot be started: No such file or directory" in supervisor.message


async def test_a_stubborn_process_is_killed_with_its_children(tmp_path: Path, make: Make) -> None:
    """What ignores SIGTERM is killed after its time, together with what it started."""
    code = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    async with supervised(tmp_path, make("stubborn", code)) as (supervisor, _):
        await until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "")
    await until(lambda: not alive(int((tmp_path / "child").read_text())))
    assert "had to be killed" in supervisor.children["stubborn"].message


SUPERVISE = """
import asyncio, pathlib, sys
from deploy.local.process import Process, Running
from deploy.local.supervisor import Supervisor

def changed(supervisor):
    child = supervisor.children["child"]
    if child.state == "ready":
        pathlib.Path(sys.argv[1], "pid").write_text(str(child.pid))

folder = pathlib.Path(sys.argv[1])
child = Process("child", (sys.executable, "-c", "import time; time.sleep(60)"), Running(0.1), folder=folder)
asyncio.run(Supervisor([child], folder, changed).run())
"""


def test_no_orphans_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    """Even kill -9 of the supervisor ends its processes, where the kernel can tell them."""
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISE, str(tmp_path)])  # noqa: S603 - ours
    told = tmp_path / "pid"
    try:
        wait_until(told.exists)
    finally:
        supervisor.kill()
        supervisor.wait()
    child = int(told.read_text())
    if sys.platform == "linux":
        wait_until(lambda: not alive(child))
    else:
        os.kill(child, signal.SIGKILL)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait in a test without a loop."""
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be collected does not."""
    return started(pid) is not None
