"""Read amounts as people type them, and write figures as people read them.

Figures are rounded here and nowhere else: `--json` and `--csv` carry them whole.
"""

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ABSENT = "\u2013"  # an en dash
AMOUNT = re.compile(r"\$?((?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?|\.[0-9]+)([kmb]?)", re.IGNORECASE)
UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
MAX_AMOUNT = Decimal(10**15)
MAX_CHARACTERS = 40
THRESHOLDS = {"+": "min_buys", "-": "min_sells"}
# From a million on, tables show three or more digits and a letter.
LETTERS = ((Decimal(10**12), "T"), (Decimal(10**9), "B"), (Decimal(10**6), "M"))
CENT, DOLLAR, SHARE = Decimal("0.01"), Decimal(1), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Threshold:
    """Hold what `-min` asks: the request's field and the amount in USD."""

    field: str
    amount: Decimal


def parse_amount(text: str) -> Decimal:
    """Return an amount in USD from 100000, 100,000, $100k or 1.5M.

    Raises: ValueError with a sentence.
    """
    match = AMOUNT.fullmatch(text.strip()) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise ValueError(f"{text[:MAX_CHARACTERS]!r} is no amount; write it as 100000, 100k or 1.5M")
    amount = Decimal(match[1].replace(",", "")) * UNITS[match[2].lower()]
    if amount > MAX_AMOUNT:
        raise ValueError(f"{text!r} is more than {MAX_AMOUNT:,}")
    return amount


def parse_threshold(text: str) -> Threshold:
    """Return the threshold that X, +X or -X is.

    Raises: ValueError with a sentence.
    """
    field = THRESHOLDS.get(text[:1])
    return Threshold(field, parse_amount(text[1:])) if field else Threshold("min_amount", parse_amount(text))


def exact(value: float) -> Decimal:
    """Return the shortest decimal that is this double."""
    return Decimal(repr(value))


def dollars(value: float | None) -> str:
    """Return an amount for a table: $925,000, -$4.08M, $1.23B; absent is a dash."""
    if value is None or not math.isfinite(value):
        return ABSENT
    amount = exact(value)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if size < 1000:  # noqa: PLR2004 - below a thousand the cents are told
        return f"{'' if size.quantize(CENT, ROUND_HALF_UP) == 0 else sign}${size.quantize(CENT, ROUND_HALF_UP):,}"
    for unit, letter in LETTERS:
        if (scaled := (size / unit).quantize(CENT, ROUND_HALF_UP)) >= 1:
            return f"{sign}${scaled:,}{letter}"
    return f"{sign}${size.quantize(DOLLAR, ROUND_HALF_UP):,}"


def price(value: float | None) -> str:
    """Return a price a share for a table: two decimals at the least, four at the most; absent is a dash."""
    if value is None or not math.isfinite(value):
        return ABSENT
    rounded = exact(value).quantize(SHARE, ROUND_HALF_UP)
    cents = rounded.quantize(CENT, ROUND_HALF_UP)
    return f"${cents if cents == rounded else rounded.normalize():,}"


def shares(value: float | None) -> str:
    """Return a number of shares for a table: four decimals at the most; absent is a dash."""
    if value is None or not math.isfinite(value):
        return ABSENT
    whole, dot, fraction = f"{exact(value).quantize(SHARE, ROUND_HALF_UP):,}".partition(".")
    return f"{whole}{dot}{fraction}".rstrip("0").rstrip(".") if dot else whole


def plain(value: float) -> str:
    """Return a double with all its digits and no exponent, for programs."""
    if not math.isfinite(value):
        return ""
    text = f"{exact(value):f}"
    return text.removesuffix(".0")
