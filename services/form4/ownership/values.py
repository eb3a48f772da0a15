"""Read the text of one element as a number, a day, a box or a word, and note what is odd about it.

Shape: every reader takes the stripped text, the field's name and the record's notes, and returns the value or None; it
never raises. What could not be read is kept, cut short, in the notes.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

from services.form4.domain import DocumentFlag, LineFlag, Ownership, UnreadValue

EXACT = Context(prec=200)
"""Multiplies and adds without rounding: a number has at most 48 digits, a product 96, a document 2,000 lines."""

EARLIEST = dt.date(1934, 1, 1)
"""Section 16 begins with the Securities Exchange Act of 1934: an earlier year is a typing error."""

MAX_TEXT = 1_000
"""Longest one-line text that is kept; EDGAR allows 150 characters for a name."""

MAX_CODE = 5
"""Longest code of EDGAR's: the version of a schema, X0609."""

MAX_UNREAD = 50
"""Values of one record whose text is kept although it could not be read; a line has 20."""

_LIMIT = Decimal("999999999999.9999")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,30})?", re.ASCII)
_ODD_NUMBER = re.compile(r"\+?(?:\d{1,18}(?:\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_DIGITS = re.compile(r"\+?\d*(?:\.\d*)?", re.ASCII)  # one way to match each text, or a long one takes the square
_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{0,30})?", re.ASCII)
_NEGATIVE = re.compile(r"-\s?[\d.,]+", re.ASCII)
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)
_CIK = re.compile(r"0*[1-9]\d{0,9}", re.ASCII)
_BOOLEANS = {"1": True, "0": False, "true": True, "false": False}
_OWNERSHIPS = {"D": Ownership.DIRECT, "I": Ownership.INDIRECT}


@dataclass(slots=True)
class Notes:
    """Collect what is odd about one record while it is read."""

    flags: tuple[LineFlag | DocumentFlag, ...] = field(default=(), kw_only=True)
    unread: tuple[UnreadValue, ...] = field(default=(), kw_only=True)

    def note(self, flag: LineFlag | DocumentFlag) -> None:
        """Note a flag once."""
        if flag not in self.flags:
            self.flags += (flag,)

    def refuse(self, flag: LineFlag | DocumentFlag, name: str, text: str) -> None:
        """Note a value that is left out, with the beginning of its text."""
        self.note(flag)
        if len(self.unread) < MAX_UNREAD:
            self.unread += (UnreadValue(name, text[:100]),)


Reader = Callable[[str, str, Notes], Any]


def read_text(text: str, _name: str, notes: Notes) -> str:
    """Return a text of one line: breaks and runs of blanks become one blank."""
    if len(text) > MAX_TEXT:
        notes.note(LineFlag.TEXT_CUT)
        text = text[:MAX_TEXT]
    if text.isprintable() and "  " not in text:  # so are nearly all, and splitting costs twice as much
        return text
    return " ".join(text.split())


def read_code(text: str, name: str, notes: Notes) -> str:
    """Return a code of a letter or a few; it has no blanks to look for."""
    return text if len(text) <= MAX_CODE else read_text(text, name, notes)


def read_prose(text: str, _name: str, _notes: Notes) -> str:
    """Return a text of many lines as it stands."""
    return text


def read_number(text: str, name: str, notes: Notes) -> Decimal | None:
    """Return a number as exact as filed.

    Source: xs:decimal from 0 to 999,999,999,999.9999. Filers write more than four decimals, which are kept.
    """
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if _WITH_COMMAS.fullmatch(text):
        notes.note(LineFlag.NUMBER_WITH_COMMAS)
        text = text.replace(",", "")
    if _ODD_NUMBER.fullmatch(text):
        number = Decimal(text)
        if number > _LIMIT:
            notes.note(LineFlag.NUMBER_ABOVE_LIMIT)
        return number
    notes.refuse(_refusal(text), name, text)
    return None


def _refusal(text: str) -> LineFlag:
    """Tell why a text is no number that can be kept."""
    if _NEGATIVE.fullmatch(text):
        return LineFlag.NUMBER_NEGATIVE
    if _DIGITS.fullmatch(text) and text.strip("+."):
        return LineFlag.NUMBER_OUT_OF_RANGE
    return LineFlag.NUMBER_UNREADABLE


def read_date(text: str, name: str, notes: Notes) -> str:
    """Return a date as filed, noting a zone or that it is no calendar day."""
    if day_of(text) is None:
        notes.refuse(LineFlag.DATE_UNREADABLE, name, text)
    elif len(text) > len("2023-01-05"):
        notes.note(LineFlag.DATE_WITH_ZONE)
    return text[:MAX_TEXT]


def day_of(text: str | None) -> dt.date | None:
    """Return the calendar day that a filed date names, leaving its zone aside, or None."""
    if text is None or text[4:5] != "-" or text[7:8] != "-":
        return None
    if len(text) > len("2023-01-05") and not _ZONE.fullmatch(text, 10):
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def plausible(day: dt.date | None, latest: dt.date | None) -> bool:
    """Tell whether a day can be one on which insiders traded: since 1934, and not after `latest`."""
    return day is not None and day >= EARLIEST and (latest is None or day <= latest)


def read_boolean(text: str, name: str, notes: Notes) -> bool | None:
    """Return a box: 1 or true, 0 or false, in any case."""
    value = _BOOLEANS.get(text)
    if value is None:
        value = _BOOLEANS.get(text.lower())
        if value is None:
            notes.refuse(LineFlag.BOOLEAN_UNREADABLE, name, text)
    return value


def read_ownership(text: str, name: str, notes: Notes) -> Ownership | None:
    """Return how a security is held: D or I."""
    value = _OWNERSHIPS.get(text)
    if value is None:
        notes.refuse(LineFlag.OWNERSHIP_UNREADABLE, name, text)
    return value


def read_cik(text: str, name: str, notes: Notes) -> str | None:
    """Return a CIK with its ten digits."""
    if not _CIK.fullmatch(text):
        notes.refuse(DocumentFlag.CIK_UNREADABLE, name, text)
        return None
    return text.lstrip("0").zfill(10)
