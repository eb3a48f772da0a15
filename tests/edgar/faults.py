"""Keep the faults that tests ask for, each a number of times."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Kind = Literal[
    "slow",  # answers after `seconds`
    "trickle",  # answers in small pieces over `seconds`
    "cut",  # promises the whole body, sends half and breaks the connection
    "garbage",  # says gzip and sends something else
    "bomb",  # says gzip and sends `megabytes` of blanks in a few kilobytes
    "endless",  # sends blanks until the client leaves, for `seconds` at the most
    "status",  # answers with `status` and a page
    "throttle",  # answers with the page of the rate limit, and for `seconds` everything does
    "redirect",  # sends the client to `location`, or to where it already is
    "body",  # answers 200 with `body` of `content_type`
]


def _compiles(text: str) -> str:
    """Refuse a path that is no regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"path is no regular expression: {error}") from error
    return text


class Fault(BaseModel):
    """What to do to requests whose path and query match.

    Shape: `times` None is for ever.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, AfterValidator(_compiles)]
    kind: Kind
    times: int | None = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0, le=3600)
    status: int = Field(default=503, ge=200, le=599)
    location: str = ""
    body: str = ""
    content_type: str = "text/plain"
    megabytes: int = Field(default=100, ge=1, le=1000)


@dataclass(slots=True)
class _Pending:
    """A fault and how often it is still to happen."""

    fault: Fault
    left: int | None


class Faults:
    """Find the fault for a request: of those that match, the one asked for first."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def add(self, fault: Fault) -> None:
        """Ask for a fault."""
        self._pending.append(_Pending(fault, fault.times))

    def take(self, path: str) -> Fault | None:
        """Return the fault for a path and use it up once."""
        for pending in self._pending:
            if re.search(pending.fault.path, path):
                if pending.left is not None:
                    pending.left -= 1
                    if not pending.left:
                        self._pending.remove(pending)
                return pending.fault
        return None

    def left(self) -> list[dict[str, object]]:
        """Return what is still to happen."""
        return [{**pending.fault.model_dump(), "times": pending.left} for pending in self._pending]

    def clear(self) -> None:
        """Forget all faults."""
        self._pending.clear()
