"""Do something again and again beside the calls: refresh a directory, sweep lost jobs, relay events."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from services.chassis import faults
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable
from services.chassis.logs import get_logger
from services.chassis.metrics import LOOPS

JOIN_SECONDS = 5.0
TELL_AGAIN_SECONDS = 60.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loop:
    """One function, its name, and the seconds of rest after each round."""

    name: str
    seconds: float
    function: Callable[[], object]


def termination() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set, in place of ending the process."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    return told


class Loops:
    """Run functions in threads of their own until told to stop. An error is logged and ends the round, not the loop.

    Shape: what goes on failing in the same way is logged again after a minute, and once more when it works again.
    """

    def __init__(self) -> None:
        self._loops: list[Loop] = []
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def every(self, seconds: float, function: Callable[[], object], name: str | None = None) -> None:
        """Add a function: its first round is at start, the next one each `seconds` after the end of the last."""
        self._loops.append(Loop(name or function.__name__, seconds, function))

    def start(self) -> None:
        """Start all loops."""
        for loop in self._loops:
            thread = threading.Thread(target=self._run, args=[loop], name=f"loop {loop.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End all loops after the round that they are in; one that takes too long is left to die with the process."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def _run(self, loop: Loop) -> None:
        """Do one loop's rounds until stopped."""
        trouble, told_at = "", 0.0
        while not self._stopped.is_set():
            try:
                loop.function()
            except Exception as error:  # noqa: BLE001 - whatever it is, the loop goes on and the log has a line
                if faults.cause(error) != trouble or monotonic() - told_at >= TELL_AGAIN_SECONDS:
                    trouble, told_at = faults.cause(error), monotonic()
                    tell(loop, error)
                LOOPS.labels(loop.name, "failed").inc()
            else:
                if trouble:
                    log.info("loop works again", loop=loop.name)
                    trouble = ""
                LOOPS.labels(loop.name, "done").inc()
            self._stopped.wait(loop.seconds)


def tell(loop: Loop, error: Exception) -> None:
    """Log why a round failed: a dependency that is away, as at a start, in one line; all else with its traceback."""
    told = faults.refusal(error)
    if isinstance(told, DependencyUnavailable | DeadlineExceeded):
        log.warning("loop round failed", loop=loop.name, reason=told.reason, cause=faults.cause(error))
    else:
        log.error("loop round failed", loop=loop.name, exc_info=error)
