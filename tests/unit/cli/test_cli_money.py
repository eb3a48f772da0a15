"""Amounts as people type them, figures as people read them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.money import ABSENT, dollars, parse_amount, parse_threshold, plain, price, shares

FLOATS = st.floats(-1e14, 1e14)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100000", "100000"),
        ("100k", "100000"),
        ("1.5M", "1500000"),
        ("$2b", "2000000000"),
        ("1,250,000.50", "1250000.50"),
        (".5m", "500000"),
        ("0", "0"),
    ],
)
def test_an_amount_is_read_in_every_usual_spelling(text: str, amount: str) -> None:
    """Letters k, m, b and commas between thousands are understood."""
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "k", "1,5M", "-5", "1e9", "nan", "1.2.3", "12 000", "\u0661", "9" * 100, "10000000b"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Anything ambiguous, or beyond all money, is a ValueError."""
    with pytest.raises(ValueError, match=r"is no amount|is more than"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "field"), [("500k", "min_amount"), ("+500k", "min_buys"), ("-500k", "min_sells"), ("+$0.5m", "min_buys")]
)
def test_the_sign_says_which_side(text: str, field: str) -> None:
    """No sign is the net amount, plus the purchases, minus the sales."""
    threshold = parse_threshold(text)
    assert (threshold.field, threshold.amount) == (field, Decimal(500_000))


@given(st.decimals(0, 10**5, places=3), st.sampled_from(["", "k", "K", "m", "M", "b"]))
def test_an_amount_is_its_digits_times_its_unit(number: Decimal, unit: str) -> None:
    """What is typed is never rounded."""
    factor = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}[unit.lower()]
    assert parse_amount(f"{number:f}{unit}") == number * factor


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ABSENT),
        (float("nan"), ABSENT),
        (0.0, "$0.00"),
        (-0.001, "$0.00"),
        (12.345, "$12.35"),
        (999.994, "$999.99"),
        (12_345.5, "$12,346"),
        (-925_000, "-$925,000"),
        (999_999.4, "$1.00M"),
        (9_275_000, "$9.28M"),
        (999_999_999, "$1.00B"),
        (-4_075_000, "-$4.08M"),
        (1.5e12, "$1.50T"),
        (1e18, "$1,000,000.00T"),
    ],
)
def test_amounts_are_rounded_for_people(value: float | None, shown: str) -> None:
    """Cents below a thousand, dollars below a million, then three digits and a letter; halves go away from zero."""
    assert dollars(value) == shown


@given(FLOATS)
def test_a_shown_amount_is_near_the_amount(value: float) -> None:
    """Reading the shown amount back is within half a percent, or half a dollar."""
    shown = dollars(value)
    match = re.fullmatch(r"(-?)\$([0-9,.]+)([MBT]?)", shown)
    assert match is not None
    factor = {"": 1, "M": 10**6, "B": 10**9, "T": 10**12}[match[3]]
    read = float(match[2].replace(",", "")) * factor * (-1 if match[1] else 1)
    assert abs(read - value) <= max(0.51, abs(value) * 0.0051)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ABSENT),
        (0, "$0.00"),
        (185.5, "$185.50"),
        (123.455, "$123.455"),
        (0.03754, "$0.0375"),
        (621_000, "$621,000.00"),
        (1000.5, "$1,000.50"),
    ],
)
def test_prices_keep_their_fractions(value: float | None, shown: str) -> None:
    """Two decimals at the least, four at the most."""
    assert price(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ABSENT), (50_000, "50,000"), (1_234.5678, "1,234.5678"), (100, "100"), (0.5, "0.5"), (0, "0")],
)
def test_shares_keep_their_fractions(value: float | None, shown: str) -> None:
    """Whole numbers have no point, fractions four decimals at the most."""
    assert shares(value) == shown


@given(FLOATS)
def test_programs_get_every_digit(value: float) -> None:
    """What `--csv` prints reads back as the same double, without an exponent."""
    assert float(plain(value)) == value
    assert "e" not in plain(value)
