"""Know the calendar day by which the SEC dates filings: that of New York."""

import datetime as dt
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")


def today() -> dt.date:
    """Return the calendar day in New York."""
    return dt.datetime.now(EASTERN).date()
