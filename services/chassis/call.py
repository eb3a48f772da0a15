"""Know the call that is being answered, wherever the code is: its id, its caller and the time it has left."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

from services.chassis.cache import Standing
from services.chassis.errors import Headers
from services.chassis.identity import Caller, Metadata

REQUEST_ID_HEADER = "x-request-id"
# A new id is this process's random part and a number: asking the kernel for random bytes in every call gives up the
# interpreter's lock, and with four busy threads getting it back costs more than all else that a call does here.
PROCESS = secrets.token_hex(12)
NUMBERS = count()
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Call:
    """One RPC on its way.

    Shape: caller is anonymous until the RPC, which says who may call, has looked; standing says how long the answer
    may be kept, if it is a shared one; headers are still to be sent before the answer.
    Unit: deadline is monotonic seconds; without one it is infinite.
    """

    # gRPC's context is not here: it would close a circle around every call, which only the garbage collector breaks.
    method: str
    request_id: str
    caller: Caller
    deadline: float
    metadata: Metadata = field(default_factory=dict)
    standing: Standing | None = None
    headers: Headers = ()

    def time_remaining(self) -> float:
        """Return the seconds that the client still waits, zero when it no longer does."""
        return max(self.deadline - monotonic(), 0.0)


CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)


def current_call() -> Call | None:
    """Return the call that this code answers; in workers and loops there is none."""
    return CURRENT.get()


def answering() -> Call:
    """Return the call that this code answers.

    Raises: RuntimeError outside a call, because nobody there may be taken for somebody.
    """
    call = CURRENT.get()
    if call is None:
        raise RuntimeError("No call is being answered here, so there is no caller.")
    return call


def keep_until_changed(topic: str, seconds: float) -> None:
    """Let the answer to this call, if it is a shared one, stand until its topic changes, at most so many seconds."""
    call = CURRENT.get()
    if call is not None:
        call.standing = Standing(topic, seconds)


def current_caller() -> Caller:
    """Return who makes the call that this code answers.

    Raises: RuntimeError outside a call.
    """
    return answering().caller


def request_id(metadata: Mapping[str, str | bytes]) -> str:
    """Return the id that the gateway or the calling service gave, or a new one where none has the right shape."""
    given = metadata.get(REQUEST_ID_HEADER)
    return given if isinstance(given, str) and REQUEST_ID.fullmatch(given) else f"{PROCESS}{next(NUMBERS):08x}"
