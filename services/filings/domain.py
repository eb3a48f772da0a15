"""State the words and rules of filings: forms, jobs, and what has become of an ownership document. No I/O."""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

OWNERSHIP_FORMS = frozenset({"3", "3/A", "4", "4/A", "5", "5/A"})

DEFAULT_YEARS = 2
"""How far back a refresh reads where nobody asks for more."""


class JobKind(StrEnum):
    """Name the kinds of work."""

    REFRESH_FORM4 = "refresh_form4"


class JobStatus(StrEnum):
    """Name where a job stands; the database allows no other way than queued, processing, then complete or failed."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETE = "complete"
    FAILED = "failed"


class Priority(StrEnum):
    """Name for whom the SEC is asked: what users wait for goes before what readers merely caused."""

    USER = "user"
    BACKGROUND = "background"


class Fate(StrEnum):
    """Name what has become of a listed ownership document."""

    LISTED = "listed"
    """Known from a list, not fetched yet."""
    INGESTED = "ingested"
    """Stored here, and its lines are in form4."""
    MISSING = "missing"
    """Listed, but the SEC has no such document."""
    UNREADABLE = "unreadable"
    """Stored here, but no ownership document can be read from it."""


class JobReason(StrEnum):
    """Name why a job failed; filings.v1.ErrorReason documents each."""

    WORKER_LOST = "WORKER_LOST"
    SEC_UNAVAILABLE = "SEC_UNAVAILABLE"
    DEPENDENCY_UNAVAILABLE = "DEPENDENCY_UNAVAILABLE"
    INTERNAL = "INTERNAL"


class RequestOutcome(StrEnum):
    """Name what became of a request for a refresh; the words are the contract's."""

    QUEUED = "queued"
    RUNNING = "running"
    FRESH = "fresh"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Job:
    """Hold a job that this worker has claimed."""

    id: UUID
    kind: JobKind
    cik: str
    priority: Priority
    horizon: dt.date
    """Filings on and after this day are wanted."""
    created_at: dt.datetime
    listed_at: dt.datetime | None
    """When the SEC's list was read; None before."""
    covered_since: dt.date | None
    """How far back that list reaches without a gap; None before it was read."""
    lease: UUID
    """Names this claim: whoever holds an older one may not write."""

    def listed(self, at: dt.datetime, since: dt.date) -> "Job":
        """Return the job with its list read."""
        return replace(self, listed_at=at, covered_since=since)


def horizon(years: int, today: dt.date) -> dt.date:
    """Return the day that lies so many years back."""
    return today - dt.timedelta(days=365 * years + years // 4)
