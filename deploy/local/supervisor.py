"""Keep a table of processes running: started by readiness, stopped in reverse."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from deploy.local import logfile
from deploy.local.child import Child, GaveUp, Patience
from deploy.local.process import Process

LOOK_AT_LOGS_SECONDS = 2.0

Phase = Literal["starting", "ready", "degraded", "stopping", "stopped", "failed"]


class Supervisor:
    """A running table of processes.

    While the table is starting, a process that cannot be kept running ends all of it. Later the others go on without
    it, and the phase is `degraded`.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        logs: Path,
        changed: Callable[["Supervisor"], None],
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self.phase: Phase = "starting"
        self.message = ""
        self.changed = changed
        self.told = asyncio.Event()
        self.children = {
            process.name: Child(process, logs / f"{process.name}.log", lambda: changed(self), patience)
            for process in processes
        }

    async def run(self) -> None:
        """Run the table until `stop` is called, a signal comes or the start fails; then stop all of it."""
        tasks = {name: asyncio.create_task(self.tend(child)) for name, child in self.children.items()}
        others = [asyncio.create_task(self.announce()), asyncio.create_task(self.bound_logs())]
        try:
            with stopping_signals(self.stop):
                await self.told.wait()
                await self.end(tasks)
        finally:
            for task in (*tasks.values(), *others):
                task.cancel()
            await asyncio.gather(*tasks.values(), *others, return_exceptions=True)
        self.become("failed" if self.message else "stopped")

    def stop(self) -> None:
        """Begin to stop; a second call changes nothing, since every step of stopping is bounded in time."""
        self.told.set()

    def become(self, phase: Phase) -> None:
        """Take a phase and let it be known."""
        self.phase = phase
        self.changed(self)

    async def tend(self, child: Child) -> None:
        """Keep one process running once what it needs is ready."""
        for name in child.process.needs:
            await self.children[name].ready.wait()
        try:
            await child.keep()
        except GaveUp as decision:
            self.without(child, str(decision))
        except Exception as error:  # noqa: BLE001 - one broken line of the table must not leave the rest unwatched
            self.without(child, f"{child.process.name} cannot be run: {error}")

    def without(self, child: Child, why: str) -> None:
        """Go on without a process, or end everything when it is needed to get started."""
        child.become("failed", why)
        if self.phase == "starting":
            self.message = why
            self.stop()
        elif self.phase == "ready":
            self.become("degraded")

    async def announce(self) -> None:
        """Say when every process has become ready."""
        for child in self.children.values():
            await child.ready.wait()
        if self.phase == "starting" and not self.told.is_set():
            self.become("ready")

    async def bound_logs(self) -> None:
        """Keep the logs small."""
        while True:
            for child in self.children.values():
                logfile.rotate(child.log)
            await asyncio.sleep(LOOK_AT_LOGS_SECONDS)

    async def end(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """End every process once those that need it have ended."""
        self.become("stopping")
        await asyncio.gather(*(self.end_one(child, tasks[name]) for name, child in self.children.items()))

    async def end_one(self, child: Child, task: asyncio.Task[None]) -> None:
        """End one process in its turn."""
        for other in self.children.values():
            if child.process.name in other.process.needs:
                await other.ended.wait()
        task.cancel()
        await asyncio.wait([task])
        if child.state not in {"failed", "done"}:
            child.become("stopped", child.message)
        child.ended.set()


@contextlib.contextmanager
def stopping_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Stop on SIGTERM, SIGINT and SIGHUP instead of dying of them."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
