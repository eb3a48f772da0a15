"""One supervised process: started, asked until it is ready, started again when it dies, and ended for good."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL
from asyncio.subprocess import Process as Running
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.local import logfile
from deploy.local.machine import started
from deploy.local.process import Ends, Process
from deploy.local.ready import is_ready

State = Literal["waiting", "starting", "ready", "done", "restarting", "failed", "stopped"]


class GaveUp(Exception):  # noqa: N818 - it is a decision
    """A process will not be started again; the message says why and how its log ends."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a process may die, and how long to wait before it is started again.

    Unit: seconds. A death is quick when it comes sooner than `settled` after the start.
    """

    settled: float = 10.0
    quick_deaths: int = 6
    first_pause: float = 0.2
    longest_pause: float = 30.0
    look_again: float = 0.1

    def pauses(self) -> Iterator[float]:
        """Yield the pause after each quick death in a row: it doubles, until there is no more patience."""
        for number in range(self.quick_deaths - 1):
            yield min(self.first_pause * 2**number, self.longest_pause)


class Child:
    """One process of the table and what became of it."""

    def __init__(self, process: Process, log: Path, changed: Callable[[], None], patience: Patience) -> None:
        self.process = process
        self.log = log
        self.changed = changed
        self.patience = patience
        self.state: State = "waiting"
        self.message = ""
        self.restarts = 0
        self.pid: int | None = None
        self.started: float | None = None
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()

    def become(self, state: State, message: str = "") -> None:
        """Take a state and let it be known."""
        self.state, self.message = state, message
        if state in {"ready", "done"}:
            self.ready.set()
        self.changed()

    async def keep(self) -> None:
        """Keep the process running until this task is cancelled, or run a step once.

        Raises: GaveUp.
        """
        pauses = self.patience.pauses()
        while True:
            lived, code = await self.live()
            if isinstance(self.process.ready, Ends) and code == 0:
                self.become("done")
                return
            if lived >= self.patience.settled:
                pauses = self.patience.pauses()
            pause = None if isinstance(self.process.ready, Ends) else next(pauses, None)
            if pause is None:
                raise GaveUp(self.last_words(f"ended ({reason(code)}) {self.history()}"))
            self.restarts += 1
            self.become("restarting", f"ended ({reason(code)})")
            await asyncio.sleep(pause)

    async def live(self) -> tuple[float, int]:
        """Run the process once and return how long it lived and how it ended.

        Raises: GaveUp when it does not become ready in time.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        running = await self.start()
        try:
            if not isinstance(self.process.ready, Ends):
                await self.await_ready(running)
            code = await running.wait()
        finally:
            await self.end(running)
        return loop.time() - began, code

    async def start(self) -> Running:
        """Start the process in a group of its own, its output appended to its log."""
        process = self.process
        with self.log.open("ab") as output:
            running = await asyncio.create_subprocess_exec(
                *process.tied(),
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(process.environment),
                cwd=process.folder,
                process_group=0,
            )
        self.pid, self.started = running.pid, started(running.pid)
        self.become("starting")
        return running

    async def await_ready(self, running: Running) -> None:
        """Ask until the process is ready or dead.

        Raises: GaveUp when it is neither in time.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while running.returncode is None:
            age = loop.time() - began
            if await is_ready(self.process.ready, age):
                self.become("ready")
                return
            if age > self.process.ready_within:
                raise GaveUp(self.last_words(f"was not ready within {self.process.ready_within:.0f} s"))
            await asyncio.sleep(self.patience.look_again)

    async def end(self, running: Running) -> None:
        """End the process and all that it started: politely, and after its time by force."""
        if running.returncode is None:
            running.send_signal(self.process.stop_signal)
            # Not asyncio.timeout: in a task that is being cancelled, as here, Python 3.11.2 has no TimeoutError.
            waiting = asyncio.ensure_future(running.wait())
            await asyncio.wait({waiting}, timeout=self.process.stopped_within)
            if not waiting.done():
                self.message = f"had to be killed: it did not stop within {self.process.stopped_within:.0f} s"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        await running.wait()
        self.pid = self.started = None

    def history(self) -> str:
        """Say how often it was tried."""
        return f"after {self.restarts} restarts" if self.restarts else "at its first start"

    def last_words(self, what: str) -> str:
        """Say what happened to the process, and how its log ends."""
        tail = logfile.tail(self.log, lines=12)
        says = f"its log {self.log} ends with:\n{tail}" if tail else f"its log {self.log} is empty."
        return f"{self.process.name} {what}; {says}"


def reason(code: int) -> str:
    """Say how a process ended."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
