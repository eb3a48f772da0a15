"""Read dates and ranges as people type them: 'M/D - M/D', 'M/D/YYYY', 'YYYY-MM-DD', 'today'."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DAY = r"today|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{4})?"
PERIOD = re.compile(rf"({DAY})(?:\s*(?:-|–|\bto\b)\s*({DAY}))?", re.IGNORECASE)  # noqa: RUF001 - the en dash is meant
FORMS = "M/D, M/D/YYYY, YYYY-MM-DD or today"
MAX_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Period:
    """Hold a range of dates, both ends inclusive."""

    start: date
    end: date

    def __str__(self) -> str:
        """Return the range in ISO dates."""
        return f"{self.start}" if self.start == self.end else f"{self.start} to {self.end}"


def eastern_today() -> date:
    """Return today's date in Eastern time, which the SEC and the services count by."""
    return datetime.now(EASTERN).date()


def parse_period(text: str, today: date) -> Period:
    """Return the range that a text means.

    Shape: a single date is a range of one day. A first date without a year is the latest such day that is not after
    today; a last date without a year is the first such day on or after the first. So a range may pass New Year, and one
    that lies ahead in this year means the year before. A first date without a year before a last one with a year is the
    latest such day that is not after the last.

    Raises: ValueError with a sentence.
    """
    match = PERIOD.fullmatch(text.strip()) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise ValueError(
            f"{text[:MAX_CHARACTERS]!r} is no period; write 'M/D - M/D', 'M/D/YYYY - M/D/YYYY', one date or 'today'"
        )
    first, last = match[1].lower(), (match[2] or match[1]).lower()
    start = resolve(first, today if lacks_year(last) else resolve(last, today, today), today)
    end = resolve(last, start, today, onward=True) if match[2] else start
    if end < start:
        raise ValueError(f"{end} is before {start}")
    return Period(start, end)


def parse_day(text: str, today: date) -> date:
    """Return one date; without a year it is the latest such day that is not after today.

    Raises: ValueError with a sentence.
    """
    word = text.strip().lower()
    if len(text) > MAX_CHARACTERS or not re.fullmatch(DAY, word):
        raise ValueError(f"{text[:MAX_CHARACTERS]!r} is no date; write {FORMS}")
    return resolve(word, today, today)


def lacks_year(word: str) -> bool:
    """Say whether a date names no year."""
    return word.count("/") == 1


def resolve(word: str, bound: date, today: date, *, onward: bool = False) -> date:
    """Return the date that a word means; without a year it is the nearest not after the bound, or not before it."""
    if word == "today":
        return today
    if "-" in word:
        return day(*map(int, word.split("-")))
    month, number, *year = map(int, word.split("/"))
    if year:
        return day(year[0], month, number)
    if onward:
        return day(bound.year + ((month, number) < (bound.month, bound.day)), month, number)
    return day(bound.year - ((month, number) > (bound.month, bound.day)), month, number)


def day(year: int, month: int, number: int) -> date:
    """Return a date of the calendar.

    Raises: ValueError with a sentence.
    """
    try:
        return date(year, month, number)
    except ValueError:
        raise ValueError(f"there is no {month}/{number} in {year}") from None
