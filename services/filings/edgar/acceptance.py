"""Tell when EDGAR accepted a filing, from sources that do not agree on the clock.

A submission's header says it in Eastern time. The submissions JSON writes every time with a Z; in some pages that is
true, in others the digits are Eastern clock time. A page keeps to one of the two, so its rows decide together: EDGAR
accepts filings on weekdays from 6:00 to 22:00 Eastern, and what it accepts after 17:30 gets the next business day's
filing date, unless it is a Form 3, 4, 5 or 144 or a Schedule 13D or 13G. Of 435 filings that are listed in two pages of
different clocks, all agree once resolved so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final

from services.eastern import EASTERN

_OPENS: Final = time(6)
# A submission that began to arrive at 22:00 is accepted some minutes later; likewise at 17:30.
_CLOSES: Final = time(22, 30)
_DAY_ENDS: Final = time(17, 30)
_DAY_ENDS_SURELY: Final = time(17, 35)
_LONGEST_WEEKEND_DAYS: Final = 4
_SATURDAY: Final = 5
_YEARS: Final = range(1990, 2200)
_HEADER_FORMAT: Final = "%Y%m%d%H%M%S"
_HEADER_DIGITS: Final = 14
_LATE_FORMS: Final = frozenset({"3", "4", "5", "144"})
_LATE_SCHEDULES: Final = ("SC 13D", "SC 13G", "SCHEDULE 13D", "SCHEDULE 13G")


class AcceptanceSource(StrEnum):
    """Say what an acceptance time rests on, best first."""

    HEADER = "header"
    LISTING_UTC = "listing_utc"
    LISTING_EASTERN = "listing_eastern"
    LISTING_UNSURE = "listing_unsure"
    FILING_DATE = "filing_date"


class Clock(StrEnum):
    """Say what the digits of a page's acceptance times mean."""

    UTC = "utc"
    EASTERN = "eastern"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Hold a time of acceptance as written, as understood, and why it is understood so.

    Unit: at is in UTC. Where the truth is not known it is the latest that it can be, so that nothing is ever said to
    have been known earlier than it was.
    """

    raw: str
    at: datetime
    source: AcceptanceSource


@dataclass(frozen=True, slots=True)
class Stamp:
    """Hold what one row of a listing says about its own date and time."""

    form: str
    filing_date: date
    raw: str


def from_header(raw: str) -> Acceptance | None:
    """Read the 14 digits of a submission's header; an hour that occurs twice in autumn is the later one.

    Source: <ACCEPTANCE-DATETIME>, US Eastern.
    """
    digits = raw.strip()
    if len(digits) != _HEADER_DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    try:
        local = datetime.strptime(digits, _HEADER_FORMAT).replace(tzinfo=EASTERN, fold=1)
    except ValueError:
        return None
    return Acceptance(digits, local.astimezone(UTC), AcceptanceSource.HEADER) if local.year in _YEARS else None


def from_filing_date(filing_date: date, raw: str = "") -> Acceptance:
    """Take the end of EDGAR's day, where nothing better than the filing date is known."""
    last = datetime.combine(filing_date, time(22), tzinfo=EASTERN)
    return Acceptance(raw, last.astimezone(UTC), AcceptanceSource.FILING_DATE)


def from_listing(stamp: Stamp, clock: Clock) -> Acceptance:
    """Read one row's time by its page's clock; a midnight stands for no time at all.

    Source: acceptanceDateTime of the submissions JSON.
    """
    written = _written(stamp.raw)
    if written is None or written.time() == time(0):
        return from_filing_date(stamp.filing_date, stamp.raw)
    if clock is Clock.UTC:
        return Acceptance(stamp.raw, written, AcceptanceSource.LISTING_UTC)
    at = written.replace(tzinfo=EASTERN, fold=1).astimezone(UTC)
    unsure = clock is Clock.UNSURE
    return Acceptance(stamp.raw, at, AcceptanceSource.LISTING_UNSURE if unsure else AcceptanceSource.LISTING_EASTERN)


def clock_of(stamps: Iterable[Stamp]) -> Clock:
    """Find the clock of a page: that of most rows that fit only one of the two."""
    only_utc = only_eastern = 0
    for stamp in stamps:
        written = _written(stamp.raw)
        if written is None or written.time() == time(0):
            continue
        as_utc = _fits(stamp, written.astimezone(EASTERN))
        as_eastern = _fits(stamp, written.replace(tzinfo=EASTERN))
        only_utc += as_utc and not as_eastern
        only_eastern += as_eastern and not as_utc
    if only_utc == only_eastern:
        return Clock.UNSURE
    return Clock.UTC if only_utc > only_eastern else Clock.EASTERN


def _written(raw: str) -> datetime | None:
    """Read a time as written, Z taken at its word; one with another zone, or of an impossible year, is none."""
    try:
        written = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if written.utcoffset() or written.year not in _YEARS:
        return None
    return written.replace(tzinfo=UTC)


def _fits(stamp: Stamp, local: datetime) -> bool:
    """Say whether a filing of this form and filing date can have been accepted at this Eastern time."""
    clock = local.time()
    if local.weekday() >= _SATURDAY or not _OPENS <= clock < _CLOSES:
        return False
    days = (stamp.filing_date - local.date()).days
    is_late_form = stamp.form.removesuffix("/A") in _LATE_FORMS or stamp.form.startswith(_LATE_SCHEDULES)
    if days == 0:
        return is_late_form or clock < _DAY_ENDS_SURELY
    return 0 < days <= _LONGEST_WEEKEND_DAYS and clock >= _DAY_ENDS and not is_late_form
