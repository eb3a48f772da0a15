"""Form4Service/GetMarketActivity: which companies' insiders bought and sold, and in what order they are told."""

import datetime as dt
import math
from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetMarketActivityRequest,
    GetMarketActivityResponse,
)
from sectracker.form4.v1.transaction_pb2 import CompanyTotals

from services.eastern import today
from tests.contract.form4.house import APPLE, BERKSHIRE, MICROSOFT, NOBODYS_CIK, READERS, Form4, at, buy, sell
from tests.contract.serving import INVALID, NO_MESSAGE, refused
from tests.factories.ownership import owner, transaction

PATH = f"{READERS}/GetMarketActivity"
EVER: dict[str, Any] = {"start_date": "2000-01-01"}
ANN, BOB, CAT, DAN = (owner(f"000000000{number}", name) for number, name in enumerate(("Ann", "Bob", "Cat", "Dan"), 1))


def ask(form4: Form4, **fields: Any) -> GetMarketActivityResponse:
    """Read the market's activity since ever, unless a window is named."""
    window = {} if fields.keys() & {"days", "start_date", "end_date"} else EVER
    return form4.readers.GetMarketActivity(GetMarketActivityRequest(**window, **fields))


def ciks(answer: GetMarketActivityResponse) -> list[str]:
    """Return the companies of a page, in its order."""
    return [company.cik for company in answer.companies]


def company(number: int) -> str:
    """Return the CIK of one of many companies."""
    return f"{number:010}"


def ago(days: int) -> str:
    """Return the day that lies so many days back in New York."""
    return (today() - dt.timedelta(days=days)).isoformat()


def test_answers_with_companies_and_totals(form4: Form4) -> None:
    """A company has its ticker and name of today, exact sums, a signal, and those who stand out."""
    form4.ingest(buy("3", "0.1"), buy("1", "0.2"), sell("2", "0.1"), owners=[owner(title="CFO", officer="1")])
    form4.cover(APPLE.cik, "2022-01-17", "2024-01-17T21:00:00+00:00")
    form4.cover(MICROSOFT.cik, "2022-01-17", "2024-01-18T21:00:00+00:00")
    answer = ask(form4)
    [told] = answer.companies
    assert (told.ticker, told.cik, told.company_name) == APPLE
    assert (told.buy_count, told.sell_count, told.total_buys, told.total_sells, told.net) == (2, 1, 0.5, 0.2, 0.3)
    assert told.signal == "↑"
    [insider] = told.top_insiders
    assert (insider.cik, insider.name, insider.role, insider.net) == ("0000067890", "Doe Jane", "Director, CFO", 0.3)
    assert (answer.buying_companies, answer.selling_companies) == (1, 0)
    assert (answer.total_companies, answer.total_transactions) == (1, 3)
    assert answer.last_updated == at("2024-01-18T21:00:00+00:00")
    assert answer.next_page_token == ""


def test_an_empty_market_has_zeros(form4: Form4) -> None:
    """Without a line in the window there is no company, and every total is zero."""
    answer = ask(form4)
    assert not answer.companies
    assert (answer.buying_companies, answer.selling_companies) == (0, 0)
    assert (answer.total_companies, answer.total_transactions) == (0, 0)
    assert not answer.HasField("last_updated")


def test_signal_draws_the_direction_of_net(form4: Form4) -> None:
    """An arrow up for net purchases, down for net sales, level for neither; a level company is counted as neither."""
    form4.ingest(buy("1", "0.3"), sell("3", "0.1"), cik=APPLE.cik)
    form4.ingest(sell("1", "1"), cik=MICROSOFT.cik)
    form4.ingest(buy("1", "2"), cik=BERKSHIRE.cik)
    answer = ask(form4)
    assert [(told.ticker, told.signal) for told in answer.companies] == [("BRK-B", "↑"), ("MSFT", "↓"), ("AAPL", "→")]
    assert (answer.buying_companies, answer.selling_companies, answer.total_companies) == (1, 1, 3)


def test_a_company_without_a_ticker_is_there(form4: Form4) -> None:
    """A company that the ticker files do not name has no ticker, and the name that its newest filing gives it."""
    form4.ingest(buy(), cik=NOBODYS_CIK)
    [told] = ask(form4).companies
    assert not told.HasField("ticker")
    assert (told.cik, told.company_name) == (NOBODYS_CIK, "Example Corp")


def test_a_company_has_its_first_ticker(form4: Form4) -> None:
    """Of several tickers a company is shown under the one that the SEC lists first."""
    form4.ingest(buy(), cik=BERKSHIRE.cik)
    assert [told.ticker for told in ask(form4).companies] == ["BRK-B"]


def test_only_open_market_lines_make_a_company_appear(form4: Form4) -> None:
    """Grants, derivative purchases, swaps and slips of direction are no activity of the market (pitfall 3)."""
    form4.ingest(
        transaction(code="A"),
        transaction(table="derivative", code="P", price="1000000"),
        transaction(code="S", acquired="D", swap="1"),
        transaction(code="P", acquired="D"),
    )
    answer = ask(form4)
    assert (answer.total_companies, answer.total_transactions) == (0, 0)


def test_a_line_without_a_price_counts_and_adds_nothing(form4: Form4) -> None:
    """A company of which only unpriced lines are known is there, with a net of zero (pitfall 17)."""
    form4.ingest(buy(price=None), buy(price=None))
    [told] = ask(form4).companies
    assert (told.buy_count, told.total_buys, told.net, told.signal) == (2, 0, 0, "→")


def test_three_insiders_stand_out_at_most(form4: Form4) -> None:
    """The three owners with the largest |net| are named, largest first."""
    for person, row in ((ANN, buy("1", "2")), (BOB, sell("1", "9")), (CAT, buy("1", "1")), (DAN, buy("1", "3"))):
        form4.ingest(row, owners=[person])
    [told] = ask(form4).companies
    assert [(insider.name, insider.net) for insider in told.top_insiders] == [("Bob", -9), ("Dan", 3), ("Ann", 2)]


def test_insiders_stand_out_by_what_matches(form4: Form4) -> None:
    """Lines outside the window and hidden ones do not make an insider stand out."""
    form4.ingest(sell("1", "100"), owners=[ANN], filed_on="2024-01-10")
    form4.ingest(sell("1", "50"), owners=[BOB], box="1")
    form4.ingest(sell("1", "1"), owners=[CAT])
    [told] = ask(form4, start_date="2024-01-11", hide_planned=True).companies
    assert [insider.name for insider in told.top_insiders] == ["Cat"]
    assert told.net == -1


def test_an_insider_has_name_and_role_of_one_line(form4: Form4) -> None:
    """Name and role come from the newest line that matches, not each from wherever it is last in the alphabet."""
    before = owner("0000000001", "Zoe Smith", director=None, officer="1", title="Treasurer")
    after = owner("0000000001", "Ann Jones", director="1")
    form4.ingest(buy(), owners=[before], filed_on="2024-01-10")
    form4.ingest(sell(), owners=[after], filed_on="2024-01-12")
    form4.ingest(transaction(code="A"), owners=[owner("0000000001", "Ann Grantee")], filed_on="2024-01-14")
    [told] = ask(form4).companies
    assert [(insider.name, insider.role) for insider in told.top_insiders] == [("Ann Jones", "Director")]
    [told] = ask(form4, end_date="2024-01-11").companies
    assert [(insider.name, insider.role) for insider in told.top_insiders] == [("Zoe Smith", "Treasurer")]


@pytest.mark.parametrize(("days", "reach"), [(None, 30), (1, 1), (90, 90), (3_660, 3_660)])
def test_days_count_back_by_filing_date(form4: Form4, days: int | None, reach: int) -> None:
    """The window is the last 30 days by filing date unless told; its first day is included."""
    for number, filed in enumerate((0, reach, reach + 1), 1):
        form4.ingest(buy(date=ago(3_700)), cik=company(number), filed_on=ago(filed), period=ago(3_700))
    request = GetMarketActivityRequest() if days is None else GetMarketActivityRequest(days=days)
    assert ciks(form4.readers.GetMarketActivity(request)) == [company(1), company(2)]


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ({"start_date": "2024-02-02"}, [2, 3]),
        ({"end_date": "2024-02-02"}, [1, 2]),
        ({"start_date": "2024-02-02", "end_date": "2024-02-02"}, [2]),
        ({"start_date": "2024-02-04"}, []),
        ({"start_date": "2024-02-01", "days": 1}, [1, 2, 3]),
        ({"end_date": "2024-02-03", "days": 1}, [1, 2, 3]),
    ],
)
def test_start_and_end_are_inclusive_and_override_days(form4: Form4, window: dict[str, Any], days: list[int]) -> None:
    """Both ends belong to the window, either may be absent, and `days` gives way to them."""
    for day in (1, 2, 3):
        form4.ingest(buy(), cik=company(day), filed_on=f"2024-02-0{day}")
    assert ciks(ask(form4, **window)) == [company(day) for day in days]


def test_hide_planned_hides_true_only(form4: Form4) -> None:
    """Known plans leave the sums; known no-plans and unknown lines stay (pitfall 13)."""
    form4.ingest(sell("1", "1"))
    form4.ingest(sell("1", "10"), box="0")
    form4.ingest(sell("1", "100"), box="1")
    form4.ingest(sell("1", "1000"), box="1", cik=MICROSOFT.cik)
    assert [told.net for told in ask(form4).companies] == [-1000, -111]
    hidden = ask(form4, hide_planned=True)
    assert [(told.ticker, told.net) for told in hidden.companies] == [("AAPL", -11)]
    assert (hidden.total_companies, hidden.total_transactions) == (1, 2)


def fill(form4: Form4) -> None:
    """Store four companies: bought 100 and sold 40; sold 90; bought 5 in five lines; bought 60 and sold 60."""
    form4.ingest(buy("1", "100"), sell("1", "40"), cik=company(1))
    form4.ingest(sell("1", "90"), cik=company(2))
    form4.ingest(*[buy("1", "1")] * 5, cik=company(3))
    form4.ingest(buy("1", "60"), sell("1", "60"), cik=company(4))


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, [2, 1, 3, 4]),
        ({"min_amount": 60}, [2, 1]),
        ({"min_amount": 60.01}, [2]),
        ({"min_amount": 0}, [2, 1, 3, 4]),
        ({"max_amount": 60}, [1, 3, 4]),
        ({"max_amount": 0}, [4]),
        ({"min_amount": 5, "max_amount": 60}, [1, 3]),
        ({"min_amount": 61, "max_amount": 60}, []),
        ({"min_buys": 60}, [1, 4]),
        ({"min_buys": 100.5}, []),
        ({"min_sells": 60}, [2, 4]),
        ({"min_sells": 40}, [2, 1, 4]),
        ({"min_buys": 60, "min_sells": 60}, [4]),
        ({"min_buys": 1e308}, []),
        ({"active": True}, [3, 1, 4, 2]),
        ({"active": True, "min_amount": 60}, [1, 2]),
    ],
)
def test_bounds_are_on_net_and_on_sums(form4: Form4, fields: dict[str, Any], left: list[int]) -> None:
    """`min_amount` and `max_amount` bound |net|, `min_buys` and `min_sells` the sums; totals are of what is left."""
    fill(form4)
    answer = ask(form4, **fields)
    assert ciks(answer) == [company(number) for number in left]
    lines = {1: 2, 2: 1, 3: 5, 4: 2}
    assert answer.total_companies == len(left)
    assert answer.total_transactions == sum(lines[number] for number in left)
    assert answer.buying_companies == len({1, 3} & set(left))
    assert answer.selling_companies == len({2} & set(left))


def test_bounds_are_exact(form4: Form4) -> None:
    """A sum of tenths is neither above nor below the bound that it equals (pitfall 23)."""
    form4.ingest(*[buy("1", "0.1")] * 3)
    assert ask(form4, min_amount=0.3, max_amount=0.3, min_buys=0.3).total_companies == 1
    assert ask(form4, min_amount=0.30000000000000004).total_companies == 0


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 20])
def test_pages_give_every_company_once_in_order(form4: Form4, count: int, active: bool) -> None:
    """Reading to the end gives all companies, ties of net or number by CIK; totals are the same on every page."""
    for number in range(1, 13):
        rows = [buy("1", f"{number % 3}.1")] * (1 + number % 4) if number % 2 else [sell("1", "0.7"), sell("1", "0.7")]
        form4.ingest(*rows, cik=company(number))
    everything = ask(form4, count=200, active=active)

    def place(told: CompanyTotals) -> tuple[float, str]:
        return -(told.buy_count + told.sell_count if active else abs(told.net)), told.cik

    assert ciks(everything) == [told.cik for told in sorted(everything.companies, key=place)]
    read: list[str] = []
    token = ""
    while len(read) < 12:
        page = ask(form4, count=count, active=active, page_token=token)
        assert (page.total_companies, page.total_transactions) == (12, everything.total_transactions)
        read += ciks(page)
        token = page.next_page_token
    assert read == ciks(everything)
    assert token == ""


def test_pages_of_bounded_companies(form4: Form4) -> None:
    """Bounds go before the limit: a page is full as long as companies match."""
    for number in range(1, 9):
        form4.ingest(buy("1", str(number)), cik=company(number))
    first = ask(form4, count=2, max_amount=4)
    second = ask(form4, count=2, max_amount=4, page_token=first.next_page_token)
    assert (ciks(first), ciks(second)) == ([company(4), company(3)], [company(2), company(1)])
    assert second.next_page_token == ""


def test_a_page_has_fifty_companies_unless_told(form4: Form4) -> None:
    """The default page has 50 companies."""
    for number in range(1, 53):
        form4.ingest(buy(), cik=company(number))
    answer = ask(form4)
    assert (len(answer.companies), answer.total_companies) == (50, 52)
    assert answer.next_page_token


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"count": 0}, "count"),
    ({"count": 201}, "count"),
    ({"days": 0}, "days"),
    ({"days": 3_661}, "days"),
    ({"start_date": "2025-02-30"}, "start_date"),
    ({"end_date": "01/02/2025"}, "end_date"),
    ({"start_date": "2025-01-02", "end_date": "2025-01-01"}, "end_date"),
    ({"min_amount": -1}, "min_amount"),
    ({"min_amount": math.nan}, "min_amount"),
    ({"min_amount": math.inf}, "min_amount"),
    ({"max_amount": -0.01}, "max_amount"),
    ({"max_amount": math.nan}, "max_amount"),
    ({"max_amount": -math.inf}, "max_amount"),
    ({"min_buys": math.inf}, "min_buys"),
    ({"min_buys": -1}, "min_buys"),
    ({"min_sells": math.nan}, "min_sells"),
    ({"min_sells": -1}, "min_sells"),
    ({"page_token": "x" * 1025}, "page_token"),
    ({"start_date": "2025-01-0\0"}, "start_date"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(form4, **fields)


def test_a_token_is_good_for_its_own_request(form4: Form4) -> None:
    """A token goes with one set of filters and one order, and no other RPC's is taken."""
    fill(form4)
    token = ask(form4, count=1).next_page_token
    for fields in ({"active": True}, {"hide_planned": True}, {"min_amount": 1}, {"min_buys": 0}, {"days": 3_660}):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(form4, count=1, page_token=token, **fields)
    form4.ingest(buy(), buy())
    activity = form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL", count=1))
    for other in (activity.next_page_token, "AAAA", token[:-1], "\u2191"):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(form4, count=1, page_token=other)


def test_bytes_that_are_no_message_are_refused(form4: Form4) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    for data in (NO_MESSAGE, b"\x1a\x03\xff\xfe\xfd"):
        with refused(INVALID, "MESSAGE_MALFORMED"):
            form4.served.bytes(PATH, data)
