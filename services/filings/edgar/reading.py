"""Read values of the SEC's JSON one at a time, trusting none of them."""

import re
from datetime import date
from typing import Final

import orjson

from services.filings.edgar.errors import Malformed

_MAX_TEXT_CHARACTERS: Final = 1_000
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
# EDGAR began in 1993, but filers' own dates reach further both ways; beyond these they are slips of the pen.
_YEARS: Final = range(1900, 2200)


def parse_json(body: bytes, what: str) -> object:
    """Parse JSON of any size that was fetched within its bound.

    Raises: Malformed, also for nesting deeper than the parser allows.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{what} is no JSON") from error


def text(value: object) -> str:
    """Return a short, storable text, or nothing; PostgreSQL takes no NUL."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT_CHARACTERS or "\0" in value:
        return ""
    return value.strip()


def day(value: object) -> date | None:
    """Return a date of a possible year, written as 2023-08-08 or 20230808, or nothing."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def count(value: object) -> int | None:
    """Return a whole number from zero to what PostgreSQL's integer holds, or nothing."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    return None
