"""Know the calendar day by which the SEC dates filings: that of New York."""

import datetime as dt
from zoneinfo import ZoneInfo

from services.chassis.errors import InvalidField

EASTERN = ZoneInfo("America/New_York")


def today() -> dt.date:
    """Return the calendar day in New York."""
    return dt.datetime.now(EASTERN).date()


def read_day(field: str, text: str) -> dt.date:
    """Return the calendar day that a field holds.

    Raises: InvalidField.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidField(field, f"must be a calendar day as YYYY-MM-DD, not {text!r}") from error


def refuse_backwards(start: dt.date | None, end: dt.date | None) -> None:
    """Hold a window's end to be no earlier than its start.

    Raises: InvalidField.
    """
    if start and end and end < start:
        raise InvalidField("end_date", f"must not be before start_date ({start})")
