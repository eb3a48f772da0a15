"""Form4Service/GetSummary: the sums of one company's open-market trades over the last days."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetSummaryRequest,
    GetSummaryResponse,
)

from services.eastern import today
from tests.contract.form4.house import APPLE, MICROSOFT, READERS, Form4, at, buy, sell
from tests.contract.serving import INVALID, NO_MESSAGE, NO_UTF8, NOT_FOUND, UNAVAILABLE, refused
from tests.factories.ownership import owner, transaction

PATH = f"{READERS}/GetSummary"


def ask(form4: Form4, ticker: str = "AAPL", **fields: Any) -> GetSummaryResponse:
    """Read a company's sums."""
    return form4.readers.GetSummary(GetSummaryRequest(ticker=ticker, **fields))


def ago(days: int) -> str:
    """Return the day that lies so many days back in New York."""
    return (today() - dt.timedelta(days=days)).isoformat()


def file(form4: Form4, *rows: str, days: int, **words: Any) -> None:
    """Store a filing of so many days ago."""
    form4.ingest(*rows, filed_on=ago(days), period=ago(days), **words)


def test_answers_with_exact_sums(form4: Form4) -> None:
    """Counts and sums of open-market lines, exact to the last digit; all else adds nothing."""
    rows = [buy("3", "0.1"), buy("1", "0.2"), sell("1", "0.1"), sell("2", "0.1"), buy(price=None)]
    nothing = [transaction(table="derivative", code="P", price="1000000"), transaction(code="P", swap="1")]
    file(form4, *rows, *nothing, transaction(code="A"), days=1)
    answer = ask(form4)
    assert (answer.buy_count, answer.sell_count) == (3, 2)
    assert (answer.total_buys, answer.total_sells, answer.net) == (0.5, 0.3, 0.2)
    assert (answer.ticker, answer.period_days) == ("AAPL", 30)


@pytest.mark.parametrize(("days", "told"), [(None, 30), (1, 1), (30, 30), (365, 365)])
def test_days_count_back_by_filing_date(form4: Form4, days: int | None, told: int) -> None:
    """The window reaches back so many days by the date of filing, 30 unless told; its first day is included."""
    for filed in (0, told, told + 1):
        form4.ingest(buy("1", "1", date=ago(900)), filed_on=ago(filed), period=ago(900))
    answer = ask(form4) if days is None else ask(form4, days=days)
    assert (answer.buy_count, answer.period_days) == (2, told)


def test_is_the_sum_of_the_insiders(form4: Form4) -> None:
    """The summary, the activity's summary over the same window and the sum of its insiders are one and the same."""
    people = [owner(f"000000000{number}", f"Owner {number}") for number in (1, 2, 3)]
    for number, person in enumerate(people * 2, 1):
        file(form4, buy(str(number), "0.1"), sell("1", f"{number}.01"), days=number, owners=[person])
    answer = ask(form4, days=60)
    window = GetCompanyActivityRequest(ticker="AAPL", days=60, count=1)
    activity: GetCompanyActivityResponse = form4.readers.GetCompanyActivity(window)
    for name in ("buy_count", "sell_count", "total_buys", "total_sells", "net"):
        total = float(sum(Decimal(str(getattr(insider, name))) for insider in activity.insiders))
        assert getattr(answer, name) == getattr(activity.summary, name) == total


def test_other_companies_add_nothing(form4: Form4) -> None:
    """Sums are of the one company that the ticker names, in any spelling."""
    file(form4, buy("1", "1"), days=1)
    file(form4, buy("1", "1000"), days=1, cik=MICROSOFT.cik)
    assert ask(form4, "aapl").total_buys == 1
    assert ask(form4, "MSFT").total_buys == 1000


def test_planned_lines_are_part_of_it(form4: Form4) -> None:
    """Nothing is hidden: the summary has no such filter."""
    file(form4, sell("1", "1"), days=1, box="1")
    assert ask(form4).sell_count == 1


def test_status_follows_the_coverage(form4: Form4) -> None:
    """A company is loading, with zeros, until its first refresh has ended."""
    before = ask(form4)
    assert before.status == GetCompanyActivityResponse.loading
    assert not before.HasField("last_updated")
    assert (before.buy_count, before.total_buys, before.net) == (0, 0, 0)
    form4.cover(APPLE.cik, "2022-01-17", "2024-01-17T21:00:00+00:00")
    after = ask(form4)
    assert after.status == GetCompanyActivityResponse.ready
    assert after.last_updated == at("2024-01-17T21:00:00+00:00")


def test_unknown_ticker_is_not_found(form4: Form4) -> None:
    """A ticker that the SEC's files do not name is NOT_FOUND."""
    with refused(NOT_FOUND, "TICKER_UNKNOWN", ticker="ZZZZ"):
        ask(form4, "zzzz")


def test_before_the_tickers_are_read_it_says_so(form4: Form4) -> None:
    """A process that does not know the tickers yet is unavailable."""
    form4.directory.listing = form4.directory.listing._replace(version="")
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
        ask(form4)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"ticker": ""}, "ticker"),
    ({"ticker": "?"}, "ticker"),
    ({"ticker": "A" * 17}, "ticker"),
    ({"ticker": "A\0"}, "ticker"),
    ({"days": 0}, "days"),
    ({"days": -30}, "days"),
    ({"days": 366}, "days"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(form4, **fields)


@pytest.mark.parametrize("data", [NO_MESSAGE, NO_UTF8])
def test_bytes_that_are_no_message_are_refused(form4: Form4, data: bytes) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        form4.served.bytes(PATH, data)
