"""Form4Service/GetCompanyActivity: each filter, and that filtering comes before ordering and limiting."""

import datetime as dt
from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse

from services.eastern import today
from tests.contract.form4.house import Form4, buy, sell
from tests.factories.ownership import owner

BY_TRANSACTION = GetCompanyActivityRequest.transaction
BY_FILING = GetCompanyActivityRequest.filing
PLAN = {"F1": "This trade was made pursuant to a Rule 10b5-1 trading plan."}
NO_PLAN = {"F1": "This trade was not made pursuant to a Rule 10b5-1 trading plan."}
NOTED = {"transactionShares": ["F1"]}


def ask(form4: Form4, **fields: Any) -> GetCompanyActivityResponse:
    """Read Apple's activity."""
    return form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL", **fields))


def numbers(answer: GetCompanyActivityResponse) -> list[str]:
    """Return the filings of the lines of an answer, in its order."""
    return [line.accession_number for line in answer.transactions]


def ago(days: int) -> str:
    """Return the day that lies so many days back in New York."""
    return (today() - dt.timedelta(days=days)).isoformat()


def test_hide_planned_hides_true_only(form4: Form4) -> None:
    """Known plans are hidden, by box or by footnote; known no-plans and unknown lines stay (pitfall 13)."""
    unknown = form4.ingest(sell())
    by_box = form4.ingest(sell(), box="1")
    not_by_box = form4.ingest(sell(), box="0")
    by_footnote = form4.ingest(sell(notes=NOTED), footnotes=PLAN)
    negated = form4.ingest(sell(notes=NOTED), footnotes=NO_PLAN)
    of_another_line = form4.ingest(sell("1"), sell("2", notes=NOTED), footnotes=PLAN)
    everything = ask(form4)
    assert everything.summary.sell_count == 7
    planned = {
        line.accession_number: line.is_planned for line in everything.transactions if line.HasField("is_planned")
    }
    assert planned == {by_box: True, not_by_box: False, by_footnote: True, of_another_line: True}
    shown = ask(form4, hide_planned=True)
    assert numbers(shown) == [of_another_line, negated, not_by_box, unknown]
    assert [line.shares for line in shown.transactions if line.accession_number == of_another_line] == [1]
    assert shown.summary.sell_count == 4
    assert [insider.sell_count for insider in shown.insiders] == [4]


@pytest.mark.parametrize("days", [1, 30, 365])
def test_days_count_back_from_today_by_filing_date(form4: Form4, days: int) -> None:
    """The window's first day is included, the day before is not; the date of the trade does not matter (pitfall 24)."""
    form4.ingest(buy(date=ago(days)), filed_on=ago(days + 1), period=ago(days + 1))
    first = form4.ingest(buy(date=ago(3_000)), filed_on=ago(days), period=ago(3_000))
    last = form4.ingest(buy(date=ago(3_000)), filed_on=ago(0), period=ago(3_000))
    answer = ask(form4, days=days)
    assert numbers(answer) == [last, first]
    assert answer.summary.buy_count == 2


def test_without_dates_there_is_all(form4: Form4) -> None:
    """A request that names no window gets everything there is."""
    old = form4.ingest(buy(date="2004-05-06"), filed_on="2004-05-07", period="2004-05-06")
    new = form4.ingest(buy(date=ago(0)), filed_on=ago(0), period=ago(0))
    assert numbers(ask(form4)) == [new, old]


WINDOWS = [
    ({"start_date": "2024-02-02"}, [2, 3, 4]),
    ({"end_date": "2024-02-02"}, [1, 2]),
    ({"start_date": "2024-02-02", "end_date": "2024-02-03"}, [2, 3]),
    ({"start_date": "2024-02-02", "end_date": "2024-02-02"}, [2]),
    ({"start_date": "2024-02-05"}, []),
    ({"start_date": "0001-01-01", "end_date": "9999-12-31"}, [1, 2, 3, 4]),
    ({"start_date": "2024-02-04", "days": 1}, [4]),
    ({"end_date": "2024-02-01", "days": 1}, [1]),
]


@pytest.mark.parametrize(("window", "days"), WINDOWS)
def test_start_and_end_are_inclusive_and_override_days(form4: Form4, window: dict[str, Any], days: list[int]) -> None:
    """Both ends belong to the window of filing dates, either may be absent, and `days` gives way to them."""
    filed = [form4.ingest(buy(), filed_on=f"2024-02-0{day}") for day in (1, 2, 3, 4)]
    assert sorted(numbers(ask(form4, **window))) == [filed[day - 1] for day in days]


@pytest.mark.parametrize(("window", "days"), WINDOWS)
def test_date_basis_transaction_puts_the_window_on_the_trade(
    form4: Form4, window: dict[str, Any], days: list[int]
) -> None:
    """With `date_basis` transaction the same window is one of trading days, whenever they were filed."""
    traded = [
        form4.ingest(buy(date=f"2024-02-0{day}"), filed_on=f"2024-03-0{9 - day}", period=f"2024-02-0{day}")
        for day in (1, 2, 3, 4)
    ]
    assert sorted(numbers(ask(form4, date_basis=BY_TRANSACTION, **window))) == [traded[day - 1] for day in days]


def test_days_by_transaction_date(form4: Form4) -> None:
    """`days` obeys the date basis too: a late filing of an old trade is outside, and so is it in `unspecified`."""
    late = form4.ingest(buy(date=ago(400)), filed_on=ago(1), period=ago(400))
    prompt = form4.ingest(buy(date=ago(2)), filed_on=ago(0), period=ago(2))
    assert numbers(ask(form4, days=30, date_basis=BY_TRANSACTION)) == [prompt]
    for basis in (BY_FILING, GetCompanyActivityRequest.unspecified):
        assert numbers(ask(form4, days=30, date_basis=basis)) == [prompt, late]


def test_an_impossible_date_counts_under_the_period_of_report(form4: Form4) -> None:
    """A trade of the year 2035 is found by its effective date, and is not the newest for ever (pitfall 7)."""
    typo = form4.ingest(buy(date="2035-01-10"), period="2024-01-10")
    later = form4.ingest(buy(date="2024-01-16"), period="2024-01-16", filed_on="2024-01-18")
    answer = ask(form4)
    assert numbers(answer) == [later, typo]
    line = answer.transactions[1]
    assert (line.date, line.date_effective) == ("2035-01-10", "2024-01-10")
    assert list(line.flags) == ["date_implausible"]
    by_trade = {"date_basis": BY_TRANSACTION, "start_date": "2024-01-10", "end_date": "2024-01-10"}
    assert numbers(ask(form4, **by_trade)) == [typo]
    assert not numbers(ask(form4, date_basis=BY_TRANSACTION, start_date="2035-01-10"))


def test_filters_come_before_the_limit(form4: Form4) -> None:
    """Hiding planned trades still fills the page: filter, then order, then limit (pitfall 22)."""
    unplanned = [form4.ingest(sell(), filed_on="2024-01-16") for _ in range(5)]
    for _ in range(6):
        form4.ingest(sell(), box="1", filed_on="2024-01-17")
    answer = ask(form4, count=4, hide_planned=True)
    assert numbers(answer) == unplanned[:0:-1]
    assert answer.next_page_token
    assert answer.summary.sell_count == 5


def test_a_page_has_twenty_lines_unless_told(form4: Form4) -> None:
    """The default page has 20 lines, the largest 100."""
    form4.ingest(*[buy(str(number)) for number in range(1, 102)])
    assert len(ask(form4).transactions) == 20
    answer = ask(form4, count=100)
    assert [line.line for line in answer.transactions] == list(range(1, 101))
    assert answer.next_page_token


def test_all_filters_work_together(form4: Form4) -> None:
    """A line has to meet every condition of the request."""
    wanted = form4.ingest(sell(date="2024-02-02"), filed_on="2024-02-05", period="2024-02-02", box="0")
    form4.ingest(sell(date="2024-02-02"), filed_on="2024-02-05", period="2024-02-02", box="1")
    form4.ingest(sell(date="2024-02-04"), filed_on="2024-02-05", period="2024-02-04", box="0")
    window = {"start_date": "2024-02-01", "end_date": "2024-02-03", "date_basis": BY_TRANSACTION}
    assert numbers(ask(form4, hide_planned=True, **window)) == [wanted]


def test_insiders_are_those_with_matching_lines(form4: Form4) -> None:
    """Who has no line in the window is not among its insiders; name and role come from the newest filing in it."""
    before = [owner("0000000007", "Roe Mary", director="1")]
    after = [owner("0000000007", "Poe Mary", director="0", officer="1", title="CFO")]
    form4.ingest(buy(), filed_on="2024-01-16", owners=before)
    form4.ingest(buy(), filed_on="2024-01-17", owners=[owner("0000000008", "Doe John")])
    form4.ingest(buy(), filed_on="2024-01-18", owners=after)

    def people(**window: str) -> list[tuple[str, str]]:
        return sorted((insider.name, insider.role) for insider in ask(form4, **window).insiders)

    assert people() == [("Doe John", "Director"), ("Poe Mary", "CFO")]
    assert people(end_date="2024-01-16") == [("Roe Mary", "Director")]
    assert people(start_date="2024-01-17", end_date="2024-01-17") == [("Doe John", "Director")]
