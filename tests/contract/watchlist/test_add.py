"""WatchlistService/Add: watch a company."""

from uuid import UUID

import grpc
import pytest
from sectracker.watchlist.v1.watchlist_service_pb2 import AddRequest, Item, ListRequest
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub

from services.chassis.db import Sessions
from services.watchlist import repository
from services.watchlist.domain import MOST_ITEMS, Company
from tests.contract.serving import INVALID, NO_MESSAGE, NOT_FOUND, UNAUTHENTICATED, UNAVAILABLE, refused
from tests.contract.watchlist.house import ADA, APPLE, BERKSHIRE, BERKSHIRE_A, BOB, MICROSOFT, WATCHLIST, Watchlist

PATH = f"{WATCHLIST}/Add"
FULL = grpc.StatusCode.RESOURCE_EXHAUSTED


def add(watchlist: Watchlist, ticker: str, user_id: str = ADA) -> Item:
    """Watch a company."""
    return watchlist.of(user_id).Add(AddRequest(ticker=ticker))


def number(watchlist: Watchlist, user_id: str = ADA) -> int:
    """Return how much a user watches."""
    return watchlist.of(user_id).List(ListRequest()).total


def fill(sessions: Sessions, user_id: str, items: int) -> None:
    """Have a user watch so many companies that no ticker names."""
    with sessions() as session:
        for position in range(items):
            repository.add(session, UUID(user_id), Company(f"T{position}", f"9{position:09}", ""))


@pytest.mark.parametrize("spelling", ["BRK-A", "brk.a", "BRK/A", "brk a"])
def test_answers_with_the_item(watchlist: Watchlist, spelling: str) -> None:
    """A ticker in any spelling becomes an item by CIK, with ticker, name and time."""
    item = add(watchlist, spelling)
    assert (item.ticker, item.cik, item.company_name) == BERKSHIRE_A
    assert item.added_at.seconds > 0


def test_adding_twice_is_the_same_item(watchlist: Watchlist) -> None:
    """The second time nothing changes, not even the time."""
    first = add(watchlist, "AAPL")
    assert add(watchlist, "aapl") == first
    assert number(watchlist) == 1


def test_another_class_of_the_company_is_the_same_item(watchlist: Watchlist) -> None:
    """BRK-A and BRK-B are one company, which keeps the ticker that it was added under."""
    first = add(watchlist, "BRK-B")
    assert (first.ticker, first.cik, first.company_name) == BERKSHIRE
    assert add(watchlist, "BRK-A") == first
    assert number(watchlist) == 1


def test_adding_under_a_new_ticker_is_the_same_item(watchlist: Watchlist) -> None:
    """A company that has changed its ticker is the item that was added under the old one, shown under the new one."""
    first = add(watchlist, "AAPL")
    watchlist.know([("APPL", *APPLE[1:]), MICROSOFT], "2")
    again = add(watchlist, "APPL")
    assert (again.ticker, again.cik, again.added_at) == ("APPL", APPLE[1], first.added_at)
    assert number(watchlist) == 1


def test_users_do_not_share_items(watchlist: Watchlist) -> None:
    """What one user has added, another adds anew, with a time of its own."""
    mine = add(watchlist, "AAPL")
    assert number(watchlist, BOB) == 0
    theirs = add(watchlist, "AAPL", BOB)
    assert theirs.added_at.ToDatetime() > mine.added_at.ToDatetime()
    assert (number(watchlist), number(watchlist, BOB)) == (1, 1)


def test_a_full_list_takes_no_more(watchlist: Watchlist, watchlist_sessions: Sessions) -> None:
    """The 500th company is taken, the 501st refused, and what is there may be added again; others are not touched."""
    fill(watchlist_sessions, ADA, MOST_ITEMS - 1)
    last = add(watchlist, "AAPL")
    with refused(FULL, "WATCHLIST_FULL", limit="500"):
        add(watchlist, "MSFT")
    assert add(watchlist, "AAPL") == last
    assert number(watchlist) == MOST_ITEMS
    assert add(watchlist, "MSFT", BOB).cik == MICROSOFT[1]


def test_an_unknown_ticker_is_not_found(watchlist: Watchlist) -> None:
    """A ticker that no company has is NOT_FOUND, in the SEC's spelling."""
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", ticker="ZZZZ"):
        add(watchlist, "zzzz")
    assert number(watchlist) == 0


def test_auth_is_named_when_filings_could_not_be_asked(nameless: WatchlistServiceStub) -> None:
    """Before auth has said who we are nobody is asked, so nobody else is away."""
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="auth"):
        nameless.Add(AddRequest(ticker="AAPL"))


def test_filings_that_is_away_is_named(watchlist: Watchlist) -> None:
    """Without filings nobody can say which company it is; it may be tried again."""
    watchlist.neighbours.away.add("filings")
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
        add(watchlist, "AAPL")


@pytest.mark.parametrize("ticker", ["", "A" * 17, "?", "A" * 13, "AA\0", "'; DROP TABLE items"])
def test_bad_input_names_the_field(watchlist: Watchlist, ticker: str) -> None:
    """What can be no ticker is refused by the name of the field."""
    with refused(INVALID, "FIELD_INVALID", field="ticker"):
        add(watchlist, ticker)


def test_strangers_add_nothing(watchlist: Watchlist) -> None:
    """Without a token there is nobody to watch."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        watchlist.served.bytes(PATH, AddRequest(ticker="AAPL").SerializeToString(), anonymous=True)


def test_bytes_that_are_no_message_are_refused(watchlist: Watchlist) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        watchlist.served.user(ADA).unary_unary(f"/{PATH}", bytes, bytes)(NO_MESSAGE)
