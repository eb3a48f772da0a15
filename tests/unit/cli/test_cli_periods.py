"""Dates and ranges as people type them."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cli.periods import Period, parse_day, parse_period

TODAY = date(2026, 11, 24)
DATES = st.dates(date(1900, 1, 1), date(2100, 12, 31))
# February 29 needs a leap year and is told apart below.
COMMON = st.dates(date(2025, 1, 1), date(2025, 12, 31)).map(lambda day: (day.month, day.day))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("11/1 - 11/24", "2026-11-01", "2026-11-24"),
        ("11/20-11/30", "2026-11-20", "2026-11-30"),
        ("1/1 - 3/31", "2026-01-01", "2026-03-31"),
        ("12/1 - 12/31", "2025-12-01", "2025-12-31"),
        ("12/15 - 1/15", "2025-12-15", "2026-01-15"),
        ("11/25 - 11/24", "2025-11-25", "2026-11-24"),
        ("6/15", "2026-06-15", "2026-06-15"),
        ("12/25", "2025-12-25", "2025-12-25"),
        ("today", "2026-11-24", "2026-11-24"),
        ("11/1 - TODAY", "2026-11-01", "2026-11-24"),
        ("1/2/2023 - 3/4/2024", "2023-01-02", "2024-03-04"),
        ("1/2/2023 - 3/4", "2023-01-02", "2023-03-04"),
        ("12/1 - 3/4/2024", "2023-12-01", "2024-03-04"),
        ("1/1/2027 - 2/1/2027", "2027-01-01", "2027-02-01"),
        ("2023-01-02 - 2023-01-03", "2023-01-02", "2023-01-03"),
        ("2023-01-02 to 2023-01-03", "2023-01-02", "2023-01-03"),
        ("2/29/2024", "2024-02-29", "2024-02-29"),
        ("  6/1 \N{EN DASH} 6/2 ", "2026-06-01", "2026-06-02"),
    ],
)
def test_a_period_is_what_its_writer_means(text: str, start: str, end: str) -> None:
    """Ranges without years reach back from today, pass New Year, and never lie wholly ahead."""
    assert parse_period(text, TODAY) == Period(date.fromisoformat(start), date.fromisoformat(end))


def test_new_year_is_passed_in_january_too() -> None:
    """Early in a year a range over New Year is the one that has just begun."""
    assert parse_period("12/15 - 1/15", date(2027, 1, 5)) == Period(date(2026, 12, 15), date(2027, 1, 15))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no period"),
        ("tomorrow", "is no period"),
        ("1/2 - 3/4 - 5/6", "is no period"),
        ("1/2 3/4", "is no period"),
        ("13/1", "there is no 13/1 in 2025"),
        ("2/30 - 3/1", "there is no 2/30 in 2026"),
        ("2/29", "there is no 2/29 in 2026"),
        ("0/1", "there is no 0/1 in 2026"),
        ("3/4/2024 - 1/2/2023", "2023-01-02 is before 2024-03-04"),
        ("1/1/0000", "there is no 1/1 in 0"),
        ("1/1" * 100, "is no period"),
        ("\u0661/\u0661", "is no period"),
    ],
)
def test_what_is_no_period_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    """Anything else is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=sentence):
        parse_period(text, TODAY)


@given(COMMON, COMMON, DATES)
def test_ranges_without_years_begin_within_a_year_and_last_at_most_one(
    first: tuple[int, int], last: tuple[int, int], today: date
) -> None:
    """The first date is the latest such day up to today, the last the first such day from there on."""
    period = parse_period(f"{first[0]}/{first[1]} - {last[0]}/{last[1]}", today)

    assert (period.start.month, period.start.day, period.end.month, period.end.day) == (*first, *last)
    assert today - timedelta(days=366) < period.start <= today
    assert period.start <= period.end < period.start + timedelta(days=366)


@given(DATES, DATES, DATES)
def test_ranges_with_years_are_taken_as_they_are(start: date, end: date, today: date) -> None:
    """Years that are given are never changed, whatever today is."""
    assume(start <= end)
    slashed = f"{start.month}/{start.day}/{start.year:04} - {end.month}/{end.day}/{end.year:04}"

    assert parse_period(slashed, today) == parse_period(f"{start} - {end}", today) == Period(start, end)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is a period or a ValueError."""
    try:
        period = parse_period(text, TODAY)
    except ValueError:
        return
    assert period.start <= period.end


@pytest.mark.parametrize(
    ("text", "meant"), [("2026-01-05", "2026-01-05"), ("12/31", "2025-12-31"), ("today", "2026-11-24")]
)
def test_a_day_without_a_year_is_the_latest(text: str, meant: str) -> None:
    """One date is read by the same rule as the first of a range."""
    assert parse_day(text, TODAY) == date.fromisoformat(meant)


@pytest.mark.parametrize("text", ["1/2 - 3/4", "soon", "20260105", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    """A range is no day."""
    with pytest.raises(ValueError, match="is no date"):
        parse_day(text, TODAY)
