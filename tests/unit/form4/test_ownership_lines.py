"""Lines are classified by table, code and direction, and dated, priced and planned as they say."""

import datetime as dt
from decimal import Decimal

import pytest

from services.form4.domain import CODE_TYPES, Headline, LineFlag, PlannedSource, TransactionType
from services.form4.ownership import parse
from tests.factories.ownership import Terms, document, holding, transaction

PLAN = {"F1": "Sold pursuant to a Rule 10b5-1 trading plan."}


@pytest.mark.parametrize("code", sorted(CODE_TYPES))
def test_the_code_alone_gives_the_type(code: str) -> None:
    """Every code of the specification has its type, whatever the direction."""
    for direction in ("A", "D"):
        assert parse(document(transaction(code=code, acquired=direction))).lines[0].type is CODE_TYPES[code]


@pytest.mark.parametrize(
    ("code", "flag"), [("V", LineFlag.CODE_UNKNOWN), ("K", LineFlag.CODE_UNKNOWN), (None, LineFlag.CODE_ABSENT)]
)
def test_no_code_of_the_specification_is_other(code: str | None, flag: LineFlag) -> None:
    """V and K are printed by EDGAR but are no codes; such a line is other, flagged, and no headline."""
    line = parse(document(transaction(code=code))).lines[0]
    assert (line.type, line.headline, line.flags) == (TransactionType.OTHER, None, (flag,))


@pytest.mark.parametrize(
    ("code", "acquired", "headline"),
    [
        ("P", "A", Headline.BUY),
        ("S", "D", Headline.SELL),
        ("A", "A", None),
        ("M", "A", None),
        ("F", "D", None),
        ("G", "D", None),
        ("J", "A", None),
    ],
)
def test_only_open_market_trades_are_headline(code: str, acquired: str, headline: Headline | None) -> None:
    """Vesting acquires and withholding disposes, but neither is bought or sold."""
    assert parse(document(transaction(code=code, acquired=acquired))).lines[0].headline is headline


@pytest.mark.parametrize(("code", "acquired"), [("P", "D"), ("S", "A")])
def test_a_code_against_its_direction_is_no_headline(code: str, acquired: str) -> None:
    """A purchase that disposes is a slip: shown, flagged, and in no sum."""
    parsed = parse(document(transaction(code=code, acquired=acquired)))
    assert parsed.lines[0].headline is None
    assert parsed.lines[0].flags == (LineFlag.CODE_CONTRADICTS_DIRECTION,)
    assert (parsed.summary.buy_count, parsed.summary.sell_count) == (0, 0)


def test_the_derivative_table_never_enters_the_headline() -> None:
    """A purchase of warrants keeps its amount and adds nothing to the sums, whatever its title says (pitfall 3)."""
    terms = Terms(underlying="Common")
    row = transaction(table="derivative", title="Common Stock", shares="5000000", price="1000000", terms=terms)
    parsed = parse(document(row, transaction(title="Option on Derivative")))
    derivative = parsed.lines[1]
    assert (derivative.headline, derivative.amount) == (None, Decimal(5000000000000))
    assert parsed.lines[0].headline is Headline.BUY
    assert parsed.summary.total_buys == Decimal("1050.00")


def test_an_equity_swap_is_no_headline() -> None:
    """A purchase through a swap is shown, and in no sum."""
    parsed = parse(document(transaction(swap="true")))
    assert parsed.lines[0].headline is None
    assert parsed.summary.buy_count == 0


def test_amounts_and_sums_are_exact() -> None:
    """Shares times price keeps every digit, where binary floating point and 28 digits would not (pitfall 23)."""
    long = transaction(shares="123456789012.123456789", price="0.123456789012345678")
    parsed = parse(document(transaction(shares="0.1", price="0.2"), long))
    assert str(parsed.lines[0].amount) == "0.02"
    digits = 123456789012123456789 * 123456789012345678
    assert parsed.lines[1].amount == Decimal(f"{digits}E-27")
    assert parsed.summary.total_buys == Decimal(f"{digits + 2 * 10**25}E-27")


def test_absent_zero_and_footnoted_prices_differ() -> None:
    """A gift at 0 has an amount of 0, a price left to a footnote has none and says so, a missing one has none."""
    rows = [
        transaction(code="G", acquired="D", price="0"),
        transaction(price=None, notes={"transactionPricePerShare": ["F1"]}),
        transaction(price=None),
    ]
    parsed = parse(document(*rows, footnotes={"F1": "Paid in kind."}))
    assert [line.price for line in parsed.lines] == [Decimal(0), None, None]
    assert [line.amount for line in parsed.lines] == [Decimal(0), None, None]
    assert [line.flags for line in parsed.lines] == [(), (LineFlag.PRICE_IN_FOOTNOTE,), ()]
    assert (parsed.summary.buy_count, parsed.summary.total_buys) == (2, Decimal(0))


def test_holdings_are_never_classified() -> None:
    """A balance has no type, headline, amount, plan or group; it is as of the period of report."""
    line = parse(document(holding(notes={"securityTitle": ["F1"]}), box="1", footnotes=PLAN)).lines[0]
    assert (line.type, line.headline, line.amount, line.planned, line.planned_source) == (None,) * 5
    assert (line.related_group, line.transaction_date, line.date_effective) == (None, None, dt.date(2024, 1, 15))


@pytest.mark.parametrize(
    ("box", "notes", "planned", "source"),
    [
        (None, [], None, None),
        (None, ["F1"], True, PlannedSource.FOOTNOTE),
        (None, ["F2"], None, None),
        ("0", [], False, PlannedSource.BOX),
        ("false", ["F2"], False, PlannedSource.BOX),
        ("0", ["F1"], True, PlannedSource.FOOTNOTE),
        ("1", [], True, PlannedSource.BOX),
        ("true", ["F1"], True, PlannedSource.BOX),
    ],
)
def test_planned_has_three_values_and_a_source(
    box: str | None, notes: list[str], planned: bool | None, source: PlannedSource | None
) -> None:
    """An absent box is unknown, not false; a footnote of the line can say so in its place (pitfall 13)."""
    footnotes = PLAN | {"F2": "Not pursuant to a Rule 10b5-1 plan."}
    parsed = parse(document(transaction(notes={"transactionCoding": notes}), box=box, footnotes=footnotes))
    assert (parsed.lines[0].planned, parsed.lines[0].planned_source) == (planned, source)


def test_a_footnote_counts_only_for_lines_that_refer_to_it() -> None:
    """Of two sales, only the one whose footnote names the plan is planned (pitfall 14)."""
    planned, other = transaction(notes={"transactionDate": ["F1"]}), transaction()
    assert [line.planned for line in parse(document(planned, other, footnotes=PLAN)).lines] == [True, None]


@pytest.mark.parametrize("date", ["2035-01-10", "0022-01-15", "2024-01-18"])
def test_impossible_dates_count_under_the_period_of_report(date: str) -> None:
    """A year typed wrong, or a day after the last that the document names, is kept and flagged (pitfall 7)."""
    parsed = parse(document(transaction(date=date)))
    line = parsed.lines[0]
    assert (line.date, str(line.transaction_date)) == (date, date)
    assert line.date_effective == dt.date(2024, 1, 15)
    assert line.flags == (LineFlag.DATE_IMPLAUSIBLE,)
    assert parsed.summary.buy_count == 1


def test_the_day_of_filing_bounds_dates_where_it_is_known() -> None:
    """A trade may be later than a mistyped signature, but never later than the filing."""
    row, signed = transaction(date="2024-01-16"), "2023-01-17"
    assert parse(document(row, signed=signed), filed_on=dt.date(2024, 1, 17)).lines[0].flags == ()
    line = parse(document(row), filed_on=dt.date(2024, 1, 15)).lines[0]
    assert (line.date_effective, line.flags) == (dt.date(2024, 1, 15), (LineFlag.DATE_IMPLAUSIBLE,))


@pytest.mark.parametrize("signed", [None, "2023-01-17"])
def test_a_signature_that_is_missing_or_mistyped_bounds_nothing(signed: str | None) -> None:
    """The period of report is the day of the first trade: it makes no later trade impossible."""
    line = parse(document(transaction(date="2024-01-16"), signed=signed)).lines[0]
    assert (line.date_effective, line.flags) == (dt.date(2024, 1, 16), ())


def test_dates_with_a_zone_are_kept_and_read() -> None:
    """A zone is flagged and left aside: the day is the one that was typed."""
    line = parse(document(transaction(date="2024-01-12-05:00"))).lines[0]
    assert (line.date, line.date_effective) == ("2024-01-12-05:00", dt.date(2024, 1, 12))
    assert line.flags == (LineFlag.DATE_WITH_ZONE,)


@pytest.mark.parametrize(("date", "flag"), [(None, LineFlag.DATE_ABSENT), ("January 15", LineFlag.DATE_UNREADABLE)])
def test_lines_without_a_readable_date_count_under_the_period(date: str | None, flag: LineFlag) -> None:
    """No date and no calendar day both leave the period of report."""
    line = parse(document(transaction(date=date))).lines[0]
    assert (line.date, line.transaction_date, line.date_effective) == (date, None, dt.date(2024, 1, 15))
    assert line.flags == (flag,)


def test_an_impossible_period_leaves_the_day_of_filing() -> None:
    """Where neither the line nor the report has a possible day, the filing's own is left."""
    filed = dt.date(2024, 1, 17)
    line = parse(document(transaction(date="2042-01-15"), period="2042-01-15"), filed_on=filed).lines[0]
    assert line.date_effective == filed


def test_weighted_averages_have_a_range() -> None:
    """A price that is an average says so and gives the range of its own footnote (pitfall 18)."""
    notes = {"transactionPricePerShare": ["F1"], "securityTitle": ["F2"]}
    footnotes = {
        "F1": "Weighted average price; sold in multiple trades at prices ranging from $10.25 to $10.75, inclusive.",
        "F2": "Bought in multiple transactions at prices from $1.00 to $99.00.",
    }
    averaged, single = parse(document(transaction(notes=notes), transaction(), footnotes=footnotes)).lines
    assert (averaged.price_is_average, averaged.price_low, averaged.price_high) == (
        True,
        Decimal("10.25"),
        Decimal("10.75"),
    )
    assert averaged.price == Decimal("10.50")
    assert (single.price_is_average, single.price_low, single.price_high) == (False, None, None)


def test_of_several_ranges_the_one_around_the_price_is_taken() -> None:
    """Footnotes that several lines share name a range for each; a price outside all of them is flagged."""
    footnotes = {"F1": "Average prices; multiple trades from $9.00 to $9.50 and from $10.00 to $10.99 were made."}
    notes = {"transactionPricePerShare": ["F1"]}
    inside, outside = parse(
        document(transaction(notes=notes), transaction(price="20", notes=notes), footnotes=footnotes)
    ).lines
    assert (inside.price_low, inside.price_high, inside.flags) == (Decimal("10.00"), Decimal("10.99"), ())
    assert (outside.price_low, outside.flags) == (Decimal("9.00"), (LineFlag.PRICE_OUTSIDE_RANGE,))


def test_an_exercise_is_related_to_the_sale_of_its_day() -> None:
    """An exercise is no purchase; the sale and the withholding of that day share its group (pitfall 19)."""
    parsed = parse(
        document(
            transaction(code="M", acquired="A"),
            transaction(code="S", acquired="D"),
            transaction(code="F", acquired="D"),
            transaction(code="S", acquired="D", date="2024-01-12"),
            transaction(code="G", acquired="D"),
            transaction(table="derivative", code="M", acquired="D"),
        ),
    )
    assert [line.related_group for line in parsed.lines] == [1, 1, 1, None, None, 1]
    assert (parsed.summary.buy_count, parsed.summary.sell_count) == (0, 2)


def test_groups_are_counted_by_day() -> None:
    """Two days with exercise and sale are two groups, the earlier first; an exercise alone is in none."""
    rows = [
        transaction(code=code, acquired=direction, date=date)
        for date in ("2024-01-15", "2024-01-12")
        for code, direction in (("M", "A"), ("S", "D"))
    ]
    parsed = parse(document(*rows, transaction(code="M", date="2024-01-11")))
    assert [line.related_group for line in parsed.lines] == [2, 2, 1, 1, None]
