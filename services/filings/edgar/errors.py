# ruff: noqa: N818 -- these name what EDGAR answered; `NotFoundError` would say nothing more
"""Name every way in which EDGAR gives no document.

EdgarError
├── NotFound              404: there is no such document
├── MissingIndex          403 AccessDenied for an index: a holiday, or not written yet
├── Throttled             the fleet is paused until a stated time
├── UndeclaredUserAgent   no contact is declared, here or in the SEC's eyes
├── Forbidden             any other refusal: hold, skip nothing
├── TooLarge              more bytes than this kind of document may have
├── Malformed             a whole document that is not of its kind
└── Unavailable           no answer, or none undamaged, after every attempt
    └── BudgetUnavailable no grant: Redis is away or the queue is too long
"""

from datetime import datetime
from typing import ClassVar


class EdgarError(Exception):
    """Say why there is no document.

    Shape: `outcome` is a metric's label.
    """

    outcome: ClassVar[str] = "error"

    def __init__(self, message: str, *, url: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.url = url
        self.status = status


class NotFound(EdgarError):
    """Report that EDGAR has no such document."""

    outcome = "not_found"


class MissingIndex(EdgarError):
    """Report that EDGAR has no index for that day: a holiday, a weekend or a day not yet written."""

    outcome = "missing_index"


class Throttled(EdgarError):
    """Report that the SEC has told the fleet to slow down, and until when nothing may be sent."""

    outcome = "throttled"

    def __init__(self, message: str, *, until: datetime, url: str = "", status: int = 0) -> None:
        super().__init__(message, url=url, status=status)
        self.until = until


class UndeclaredUserAgent(EdgarError):
    """Report that the User-Agent names nobody whom the SEC could write to."""

    outcome = "undeclared"


class Forbidden(EdgarError):
    """Report a refusal that is none of the known ones; nothing may be concluded from it, so nothing is skipped."""

    outcome = "forbidden"


class TooLarge(EdgarError):
    """Report a document larger than its kind may be, cut off while it was read."""

    outcome = "too_large"


class Malformed(EdgarError):
    """Report a document that arrived whole and is not of its kind."""

    outcome = "malformed"


class Unavailable(EdgarError):
    """Report that the SEC gave no answer, or none that arrived undamaged, after every attempt."""

    outcome = "unavailable"


class BudgetUnavailable(Unavailable):
    """Report that no request was sent, because no grant could be had in time."""

    outcome = "no_grant"
