"""Numbers, days and boxes are read exactly, or left out with a reason."""

import datetime as dt
from decimal import Decimal

import pytest

from services.form4.domain import LineFlag, UnreadValue
from services.form4.ownership import parse
from services.form4.ownership.values import Notes, day_of, plausible, read_boolean, read_cik, read_number
from tests.factories.ownership import document, transaction


@pytest.mark.parametrize(
    ("text", "number", "flags"),
    [
        ("0", "0", ()),
        ("10.5000", "10.5000", ()),
        (".5", "0.5", ()),
        ("5.", "5", ()),
        ("+5", "5", ()),
        ("0.123456789012345678901234567890", "0.123456789012345678901234567890", ()),
        ("999999999999.9999", "999999999999.9999", ()),
        ("1000000000000", "1000000000000", (LineFlag.NUMBER_ABOVE_LIMIT,)),
        ("1,234,567.5", "1234567.5", (LineFlag.NUMBER_WITH_COMMAS,)),
    ],
)
def test_numbers_are_exact(text: str, number: str, flags: tuple[LineFlag, ...]) -> None:
    """A number keeps every digit it was filed with; what EDGAR would not accept is flagged."""
    notes = Notes()
    assert str(read_number(text, "shares", notes)) == number
    assert notes.flags == flags


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("1e999999", LineFlag.NUMBER_UNREADABLE),
        ("NaN", LineFlag.NUMBER_UNREADABLE),
        ("Infinity", LineFlag.NUMBER_UNREADABLE),
        ("see footnote", LineFlag.NUMBER_UNREADABLE),
        ("1_000", LineFlag.NUMBER_UNREADABLE),
        ("\u0661\u0662", LineFlag.NUMBER_UNREADABLE),
        ("1,00", LineFlag.NUMBER_UNREADABLE),
        ("1.2.3", LineFlag.NUMBER_UNREADABLE),
        ("$5", LineFlag.NUMBER_UNREADABLE),
        (".", LineFlag.NUMBER_UNREADABLE),
        ("-5", LineFlag.NUMBER_NEGATIVE),
        ("- 1,000.5", LineFlag.NUMBER_NEGATIVE),
        ("1" * 40, LineFlag.NUMBER_OUT_OF_RANGE),
        ("1." + "3" * 40, LineFlag.NUMBER_OUT_OF_RANGE),
        ("1" * 1_000_000, LineFlag.NUMBER_OUT_OF_RANGE),
    ],
)
def test_what_is_no_number_is_absent_and_kept_as_text(text: str, flag: LineFlag) -> None:
    """Text where a number belongs leaves the field absent, flags the line, and costs it nothing else."""
    line = parse(document(transaction(price=text))).lines[0]
    assert line.price is None
    assert line.amount is None
    assert line.flags == (flag,)
    assert line.unread == (UnreadValue("price", text[:100]),)
    assert line.shares == Decimal(100)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2024-01-05-05:00", dt.date(2024, 1, 5)),
        ("2024-01-05Z", dt.date(2024, 1, 5)),
        ("0022-01-05", dt.date(22, 1, 5)),
        ("2023-02-29", None),
        ("2024-1-5", None),
        ("20240105", None),
        ("2024-W01-1", None),
        ("01/05/2024", None),
        ("2024-01-05T00:00:00", None),
        ("2024-01-05 or so", None),
        ("", None),
        (None, None),
    ],
)
def test_days_are_read_from_filed_dates(text: str | None, day: dt.date | None) -> None:
    """A date is year, month and day with an optional zone; nothing else is guessed."""
    assert day_of(text) == day


def test_plausible_days_are_since_1934_and_not_after_the_filing() -> None:
    """Nobody reported under Section 16 before there was one, nor trades tomorrow."""
    filed = dt.date(2024, 1, 17)
    assert plausible(dt.date(2024, 1, 17), filed)
    assert plausible(dt.date(2099, 1, 1), None)
    assert not plausible(dt.date(2024, 1, 18), filed)
    assert not plausible(dt.date(1933, 12, 31), None)
    assert not plausible(None, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("true", True), ("TRUE", True), ("0", False), ("False", False), ("yes", None), ("2", None)],
)
def test_boxes_have_three_values(text: str, value: bool | None) -> None:
    """1 and true are true, 0 and false are false, in any case; anything else is unknown and noted."""
    notes = Notes()
    assert read_boolean(text, "equity_swap", notes) is value
    assert notes.flags == (() if value is not None else (LineFlag.BOOLEAN_UNREADABLE,))


def test_a_cik_has_ten_digits() -> None:
    """A CIK is padded to ten digits, and one that is padded too far is still that CIK."""
    assert read_cik("320193", "cik", Notes()) == "0000320193"
    assert read_cik("000000320193", "cik", Notes()) == "0000320193"


def test_unreadable_ownership_and_swap_are_flagged() -> None:
    """A letter that is neither D nor I, and a swap that is neither yes nor no, are absent and told."""
    line = parse(document(transaction(ownership="X", swap="perhaps"))).lines[0]
    assert (line.ownership, line.equity_swap) == (None, None)
    assert set(line.flags) == {LineFlag.OWNERSHIP_UNREADABLE, LineFlag.BOOLEAN_UNREADABLE}
