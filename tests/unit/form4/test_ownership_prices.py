"""A footnote of a price says whether it is an average, and of which range (pitfall 18)."""

from decimal import Decimal

import pytest

from services.form4.ownership.prices import MAX_RANGES, price_note


@pytest.mark.parametrize(
    ("footnote", "low", "high"),
    [
        ("Weighted average price. Sold in multiple trades at prices ranging from $2.84 to $2.905.", "2.84", "2.905"),
        ("The price is a weighted average price of trades between $1,023.000 and $1,023.990.", "1023.000", "1023.990"),
        ("Represents the weighted average sale price of the shares sold from $71.01 to $71.36.", "71.01", "71.36"),
        ("WEIGHTED AVERAGE PURCHASE PRICE; RANGE OF $5 - $6", "5", "6"),
        ("Average price per share, from a low of $9.50 to a high of $9.99.", "9.50", "9.99"),
        ("Weighted average price; prices from $10.05 per share to $10.10 per share.", "10.05", "10.10"),
        ("Weighted average price, $.95\u2013$.99", "0.95", "0.99"),
        ("The price reported is the weighted average; prices ranging from 12.10 to 12.20.", "12.10", "12.20"),
        ("The shares were sold in multiple transactions at prices ranging from $4.00 to $4.10.", "4.00", "4.10"),
        ("Weighted avg. price of sales from US$4.00 to US$4.10.", "4.00", "4.10"),
        ("Weighted average price; prices ranged from $4.00 per share up to $4.10 per share.", "4.00", "4.10"),
        ("Weighted average price, $4.00/share to $4.10/share.", "4.00", "4.10"),
        ("Weighted average price, $4.00\u0096$4.10.", "4.00", "4.10"),
        ("Weighted average price. Range: 4.00-4.10", "4.00", "4.10"),
        ("Average price, from a low of $4.00 to a high of approximately $4.10.", "4.00", "4.10"),
    ],
)
def test_averages_and_their_ranges_are_read(footnote: str, low: str, high: str) -> None:
    """Every wording gives an average with its least and greatest price."""
    note = price_note(footnote)
    assert note.is_average
    assert note.ranges == [(Decimal(low), Decimal(high))]


@pytest.mark.parametrize(
    "footnote",
    [
        "",
        "Represents a gift.",
        "Vests if the volume weighted average price equals or exceeds $12.00 for 20 days.",
        "Shares in lieu of fees, determined by the trailing average price of a share.",
        "Options with exercise prices from $10.00 to $20.00.",
        "Sold at $10.00 on May 5 to 7 buyers.",
    ],
)
def test_other_averages_and_prices_are_none(footnote: str) -> None:
    """An average of the market, a hurdle or a list of exercise prices says nothing of the fills of a line."""
    note = price_note(footnote)
    assert not note.is_average
    assert note.ranges == []


@pytest.mark.parametrize(
    "footnote",
    [
        "Weighted average sale price. Full information will be given on request.",
        "Weighted average price; prices ranging from $9 to $8.",
        "Weighted average price; prices ranging from C$10.00 to $10.99.",
        "Weighted average price; prices ranging from $1,139.920 to $1,1140.890.",
    ],
)
def test_an_average_may_have_no_readable_range(footnote: str) -> None:
    """A range that is missing, runs backwards, is mistyped or in other dollars is none."""
    note = price_note(footnote)
    assert note.is_average
    assert note.ranges == []


def test_ranges_of_one_footnote_are_bounded() -> None:
    """A footnote full of ranges costs no more than a few."""
    note = price_note("Average price of multiple trades: " + "$1 to $2, " * 500)
    assert len(note.ranges) == MAX_RANGES
