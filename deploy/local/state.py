"""The state file: what runs where, written by the supervisor and read by every other command."""

import json
import signal
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.machine import is_same
from deploy.local.places import Places, write_whole


@dataclass(frozen=True, slots=True)
class Known:
    """A process as the state file tells it.

    Shape: `pid` and `started` are absent while it does not run; the start time tells it from a later process of that
    number.
    """

    name: str
    state: str
    pid: int | None = None
    started: float | None = None
    port: int | None = None
    metrics_port: int | None = None
    restarts: int = 0
    message: str = ""
    log: str = ""
    stop_signal: int = signal.SIGTERM

    def runs(self) -> bool:
        """Say whether it is alive now."""
        return self.pid is not None and self.started is not None and is_same(self.pid, self.started)


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as the state file tells it.

    Shape: `ports` by the names of `environment.Ports`; `processes` in the order of the table.
    """

    phase: str
    supervisor: Known
    ports: dict[str, Any]
    edgar: str
    message: str = ""
    processes: list[Known] = field(default_factory=list)

    def runs(self) -> bool:
        """Say whether its supervisor is alive."""
        return self.supervisor.runs()

    def leftovers(self) -> list[Known]:
        """Return the processes that outlived their supervisor."""
        return [] if self.runs() else [process for process in self.processes if process.runs()]


def write(places: Places, stack: Stack) -> None:
    """Replace the state file."""
    write_whole(places.state, json.dumps(asdict(stack), indent=1) + "\n")


def read(places: Places) -> Stack | None:
    """Return what the state file says, or None when nothing was ever started here."""
    return parse(places.state)


def parse(path: Path) -> Stack | None:
    """Return the stack that a file tells, or None when there is no file or it is of another version."""
    try:
        told = json.loads(path.read_text())
        processes = [Known(**process) for process in told.pop("processes")]
        return Stack(supervisor=Known(**told.pop("supervisor")), processes=processes, **told)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
