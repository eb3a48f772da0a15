"""WatchlistService/GetActivity: the filings and transactions of everything that the caller watches."""

import datetime as dt
from typing import Any

import pytest
from sectracker.watchlist.v1.watchlist_service_pb2 import GetActivityRequest, GetActivityResponse, RemoveRequest
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub

from services.eastern import today
from services.watchlist import servicer
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, UNAVAILABLE, refused
from tests.contract.watchlist.house import ADA, APPLE, BERKSHIRE, BOB, MICROSOFT, WATCHLIST, Watchlist

PATH = f"{WATCHLIST}/GetActivity"


def ago(days: int) -> dt.date:
    """Return the day in New York so many days ago."""
    return today() - dt.timedelta(days=days)


def ask(watchlist: Watchlist, user_id: str = ADA, **fields: Any) -> GetActivityResponse:
    """Read a page of a user's activity."""
    return watchlist.of(user_id).GetActivity(GetActivityRequest(**fields))


def filed(answer: GetActivityResponse) -> list[str]:
    """Return the filings of a page."""
    return [filing.accession_number for filing in answer.filings]


def traded(answer: GetActivityResponse) -> list[str]:
    """Return the transactions of a page, by their filings."""
    return [row.transaction.accession_number for row in answer.transactions]


def test_answers_with_everything_of_all_companies(watchlist: Watchlist) -> None:
    """Filings and transactions of all that is watched come newest first, with numbers and sums, and nobody else's."""
    watchlist.add("AAPL", "MSFT")
    filings = [watchlist.list_filing(number, cik, day=ago(1)) for number, cik in ((1, APPLE[1]), (2, MICROSOFT[1]))]
    trades = [watchlist.store_trade(number, cik, day=ago(2)) for number, cik in ((1, APPLE[1]), (2, MICROSOFT[1]))]
    watchlist.list_filing(3, BERKSHIRE[1], day=ago(1))
    watchlist.store_trade(3, BERKSHIRE[1], day=ago(1))
    answer = ask(watchlist)
    assert (filed(answer), traded(answer)) == (filings[::-1], trades[::-1])
    assert [(filing.ticker, filing.company_name) for filing in answer.filings] == [
        (ticker, name) for ticker, _, name in (MICROSOFT, APPLE)
    ]
    assert [row.cik for row in answer.transactions] == [MICROSOFT[1], APPLE[1]]
    assert (answer.total_filings, answer.total_transactions, answer.period_days) == (2, 2, 7)
    assert (answer.summary.total_buys, answer.summary.buy_count, answer.summary.transaction_count) == (40.0, 2, 2)
    assert answer.next_page_token == ""


def test_asks_each_service_once(watchlist: Watchlist) -> None:
    """However much is watched, filings and form4 are asked one question each."""
    watchlist.add("AAPL", "MSFT", "BRK-B")
    watchlist.neighbours.asked.clear()
    ask(watchlist)
    assert sorted(watchlist.neighbours.asked) == ["ListByIssuers", "ListTransactionsByIssuers"]


def test_an_empty_list_asks_nobody(watchlist: Watchlist) -> None:
    """Who watches nothing gets zeros without a question to anybody."""
    answer = ask(watchlist, days=30)
    assert (filed(answer), traded(answer), answer.total_filings, answer.total_transactions) == ([], [], 0, 0)
    assert (answer.HasField("summary"), answer.period_days, answer.next_page_token) == (True, 30, "")
    assert watchlist.neighbours.asked == []


def test_another_users_companies_are_not_there(watchlist: Watchlist) -> None:
    """Each user reads of what that user watches."""
    watchlist.add("AAPL")
    watchlist.add("MSFT", user_id=BOB)
    mine = watchlist.list_filing(1, APPLE[1], day=ago(0))
    theirs = watchlist.list_filing(2, MICROSOFT[1], day=ago(0))
    assert (filed(ask(watchlist)), filed(ask(watchlist, BOB))) == ([mine], [theirs])


@pytest.mark.parametrize(
    ("days", "expected"), [(None, [-1, 0, 7]), (1, [-1, 0, 1]), (7, [-1, 0, 7]), (90, [-1, 0, 90])]
)
def test_the_window_is_of_filing_dates(watchlist: Watchlist, days: int | None, expected: list[int]) -> None:
    """The window reaches back so many days, that day included; what is dated tomorrow belongs to it."""
    watchlist.add("AAPL")
    dates = sorted({-1, 0, expected[-1], expected[-1] + 1})
    by_day = {watchlist.list_filing(500 - age, APPLE[1], day=ago(age)): age for age in dates}
    traded_on = {watchlist.store_trade(500 - age, APPLE[1], day=ago(age)): age for age in dates}
    answer = ask(watchlist) if days is None else ask(watchlist, days=days)
    assert [by_day[number] for number in filed(answer)] == expected
    assert [traded_on[number] for number in traded(answer)] == expected
    assert (answer.total_filings, answer.total_transactions) == (3, 3)


def test_a_shared_filing_is_told_under_the_company_watched_longest(watchlist: Watchlist) -> None:
    """A filing of two watched companies is there once."""
    watchlist.add("MSFT", "AAPL")
    watchlist.list_filing(1, APPLE[1], MICROSOFT[1], day=ago(1))
    answer = ask(watchlist)
    assert [filing.cik for filing in answer.filings] == [MICROSOFT[1]]
    assert answer.total_filings == 1


def busy(watchlist: Watchlist, filings: int, trades: int) -> None:
    """Watch two companies with so many filings and transactions."""
    watchlist.add("AAPL", "MSFT")
    for number in range(filings):
        watchlist.list_filing(number, (APPLE[1], MICROSOFT[1])[number % 2], day=ago(1))
    for number in range(trades):
        watchlist.store_trade(number, (APPLE[1], MICROSOFT[1])[number % 2], day=ago(1))


@pytest.mark.parametrize(("filings", "trades"), [(5, 2), (2, 5), (4, 4), (0, 3), (3, 0)])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_pages_give_everything_once_in_order(watchlist: Watchlist, filings: int, trades: int, count: int) -> None:
    """Both lists go on side by side; where one has ended its number and sums are still told."""
    busy(watchlist, filings, trades)
    everything = ask(watchlist)
    read: tuple[list[str], list[str]] = ([], [])
    pages = max(-(-filings // count), -(-trades // count))
    token = ""
    for page in range(pages):
        answer = ask(watchlist, count=count, page_token=token)
        assert (answer.total_filings, answer.total_transactions) == (filings, trades)
        assert answer.summary == everything.summary
        read[0].extend(filed(answer))
        read[1].extend(traded(answer))
        token = answer.next_page_token
        assert bool(token) is (page < pages - 1)
    assert read == (filed(everything), traded(everything))


def test_a_page_has_a_hundred_of_each_unless_told(watchlist: Watchlist) -> None:
    """The default page has 100 filings, and so many transactions."""
    busy(watchlist, 101, 1)
    answer = ask(watchlist)
    assert (len(answer.filings), answer.total_filings, bool(answer.next_page_token)) == (100, 101, True)


def test_the_window_does_not_move_between_pages(watchlist: Watchlist, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that begins before midnight and ends after it keeps its first day."""
    watchlist.add("AAPL")
    numbers = [watchlist.list_filing(number, APPLE[1], day=ago(7)) for number in (1, 2)]
    first = ask(watchlist, count=1)
    monkeypatch.setattr(servicer, "today", lambda: ago(-1))
    second = ask(watchlist, count=1, page_token=first.next_page_token)
    assert filed(first) + filed(second) == numbers[::-1]
    assert filed(ask(watchlist)) == []


def test_what_is_added_between_pages_is_not_on_them(watchlist: Watchlist) -> None:
    """A reading goes on about the companies of its first page; a new one includes what was added."""
    busy(watchlist, 3, 0)
    first = ask(watchlist, count=2)
    watchlist.add("BRK-B")
    added = watchlist.list_filing(0, BERKSHIRE[1], day=ago(2))
    second = ask(watchlist, count=2, page_token=first.next_page_token)
    assert (len(second.filings), second.total_filings, second.next_page_token) == (1, 3, "")
    assert filed(ask(watchlist))[-1] == added


def test_a_reading_ends_with_a_company_of_it(watchlist: Watchlist) -> None:
    """Once one of its companies is no longer watched, or watched anew, a reading has to start again."""
    busy(watchlist, 3, 0)
    token = ask(watchlist, count=2).next_page_token
    watchlist.of(ADA).Remove(RemoveRequest(ticker="MSFT"))
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(watchlist, count=2, page_token=token)
    watchlist.add("MSFT")
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(watchlist, count=2, page_token=token)


def test_a_token_is_good_for_its_user_and_request(watchlist: Watchlist) -> None:
    """A token goes with its user, who may be another one with the same companies, and with its window."""
    busy(watchlist, 3, 0)
    watchlist.add("AAPL", "MSFT", user_id=BOB)
    token = ask(watchlist, count=2).next_page_token
    for user_id, fields in ((BOB, {}), (ADA, {"days": 8}), (ADA, {"days": 7})):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(watchlist, user_id, count=2, page_token=token, **fields)
    assert len(ask(watchlist, count=1, page_token=token).filings) == 1


def test_auth_is_named_when_nobody_could_be_asked(watchlist: Watchlist, nameless: WatchlistServiceStub) -> None:
    """Before auth has said who we are, it is auth that is away."""
    watchlist.add("AAPL")
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="auth"):
        nameless.GetActivity(GetActivityRequest())


@pytest.mark.parametrize("service", ["filings", "form4"])
def test_a_service_that_is_away_is_named(watchlist: Watchlist, service: str) -> None:
    """Half an answer is none: without filings or form4 it may be tried again."""
    watchlist.add("AAPL")
    watchlist.neighbours.away.add(service)
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency=service):
        ask(watchlist)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"days": 0}, "days"),
    ({"days": 91}, "days"),
    ({"count": 0}, "count"),
    ({"count": 501}, "count"),
    ({"page_token": "x" * 2049}, "page_token"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(watchlist: Watchlist, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(watchlist, **fields)


def test_a_forged_token_is_refused(watchlist: Watchlist) -> None:
    """A token that was not made here is refused, also where nothing is watched."""
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(watchlist, page_token="forged")


def test_strangers_have_no_activity(watchlist: Watchlist) -> None:
    """Without a token there is nobody whose companies they could be."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        watchlist.served.bytes(PATH, b"", anonymous=True)


def test_bytes_that_are_no_message_are_refused(watchlist: Watchlist) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        watchlist.served.user(ADA).unary_unary(f"/{PATH}", bytes, bytes)(NO_MESSAGE)
