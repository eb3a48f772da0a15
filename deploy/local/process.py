"""What the supervisor has to know about a process: how to start it, when it is ready and what it needs."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import launcher
from deploy.local.places import CHECKOUT


@dataclass(frozen=True, slots=True)
class Tcp:
    """Ready when something accepts connections on a port."""

    port: int


@dataclass(frozen=True, slots=True)
class Http:
    """Ready when an address answers with a status below 400."""

    url: str


@dataclass(frozen=True, slots=True)
class GrpcHealth:
    """Ready when the standard health service says SERVING; the empty name asks for the process as a whole."""

    port: int
    service: str = ""


@dataclass(frozen=True, slots=True)
class Redis:
    """Ready when the server answers PING, which it does not while it loads its data."""

    url: str


@dataclass(frozen=True, slots=True)
class Succeeds:
    """Ready when a command, run again and again, ends with 0."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """Ready when it has lived for a while: for processes that listen nowhere."""

    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Ends:
    """A step rather than a server: ready when it has ended with 0; not run again, and never restarted."""


Check = Tcp | Http | GrpcHealth | Redis | Succeeds | Running | Ends


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the table.

    Shape: `name` is unique and names the log; `needs` are names of processes that must be ready before this one starts
    and that outlive it. `port` and `metrics_port` are told in the state file.
    Unit: seconds.
    """

    name: str
    command: tuple[str, ...]
    ready: Check
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    metrics_port: int | None = None
    folder: Path = CHECKOUT
    user: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within: float = 60.0
    stopped_within: float = 20.0

    def tied(self) -> tuple[str, ...]:
        """Return the command that starts it as its own user, tied to the life of this process."""
        return tied(self.command, self.stop_signal, self.user)


def tied(command: Sequence[str], death_signal: signal.Signals, user: int | None = None) -> tuple[str, ...]:
    """Return a command that gets a signal when this process dies, however it dies."""
    as_user = "-" if user is None else str(user)
    starter = (sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), str(int(death_signal)), as_user)
    return (*starter, *command)
