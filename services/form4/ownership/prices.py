"""Read from a price's footnote whether the price is an average of several fills, and of which range.

Source: the SEC's staff lets a filer report the fills of a day within one dollar as one line at their weighted average,
if a footnote gives the range (no-action letter of 25 June 2008).
"""

import re
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

MAX_ANALYSED = 10_000
"""Characters of a footnote that are looked at; EDGAR allows 1,000."""

MAX_RANGES = 5
"""Ranges that are read from one footnote; with more, none can be told to be the line's."""

_AVERAGE_PRICE = re.compile(r"average\s(?:(?:sales?|selling|purchase|purchasing|execution|net)\s){0,2}price")
_ABBREVIATED = re.compile(r"\bavg\b\.?")
_OTHER_AVERAGES = ("volume weighted ", "volume-weighted ", "trailing ")
_PRICE_IS_AVERAGE = re.compile(
    r"price[^.]{0,60}\s(?:is|are|represents?|reflects?)\s(?:an?|the)\s(?:weighted[ -])?average\b",
)
_SEVERAL = re.compile(
    r"\b(?:multiple|separate|several|series of|various|different)\s(?:\w+\s){0,2}(?:trade|transaction)"
)
_NUMBER = r"(\d{1,3}(?:(?:,\d{3}){1,3}(?!\d)|\d{0,6})(?:\.\d{1,8})?|\.\d{1,8})"
_TO = (
    r"(?:(?:\sper\s|/)\w+)?,?\s?(?:(?:up\s)?to|and|through|[-\u0096\u0097\u2010-\u2014])\s?"
    r"(?:a\shigh\sof\s)?(?:approximately\s)?"
)
_RANGE = re.compile(rf"\$(?:(?<![a-z]\$)|(?<=\bus\$))\s?{_NUMBER}{_TO}(?:us\s?)?\$?\s?{_NUMBER}")
_BARE_RANGE = re.compile(rf"(?:rang(?:ing|ed?|es)(?::|\sof|\sfrom)|between)\s{_NUMBER}{_TO}{_NUMBER}")


class PriceNote(NamedTuple):
    """Hold what a footnote says of a price."""

    is_average: bool
    ranges: list[tuple[Decimal, Decimal]]
    """Least and greatest price of each range that the footnote names, in dollars a share."""


def price_note(footnote: str) -> PriceNote:
    """Return what a footnote says of the price that refers to it.

    Shape: ranges only where the footnote speaks of several fills; a vesting hurdle of "$10 to $20" is none.
    """
    text = footnote[:MAX_ANALYSED].lower()
    if "avg" in text:
        text = _ABBREVIATED.sub("average", text)
    is_average = _says_average(text)
    if not is_average and not _SEVERAL.search(text):
        return PriceNote(is_average=False, ranges=[])
    ranges = []
    for match in islice((_RANGE if "$" in text else _BARE_RANGE).finditer(text), MAX_RANGES):
        low, high = (Decimal(number.replace(",", "")) for number in match.groups())
        if low <= high:
            ranges.append((low, high))
    return PriceNote(is_average or bool(ranges), ranges)


def _says_average(text: str) -> bool:
    """Tell whether a text in lower case calls the price an average, other than one of the market."""
    if "average" not in text:
        return False
    for match in _AVERAGE_PRICE.finditer(text):
        if not text.endswith(_OTHER_AVERAGES, 0, match.start()):
            return True
    return _PRICE_IS_AVERAGE.search(text) is not None
