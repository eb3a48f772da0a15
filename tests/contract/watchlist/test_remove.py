"""WatchlistService/Remove: stop watching a company."""

import pytest
from sectracker.watchlist.v1.watchlist_service_pb2 import ListRequest, RemoveRequest

from tests.contract.serving import INVALID, NO_MESSAGE, NOT_FOUND, UNAUTHENTICATED, UNAVAILABLE, refused
from tests.contract.watchlist.house import ADA, APPLE, BERKSHIRE, BERKSHIRE_A, BOB, MICROSOFT, WATCHLIST, Watchlist

PATH = f"{WATCHLIST}/Remove"


def remove(watchlist: Watchlist, ticker: str, user_id: str = ADA) -> None:
    """Stop watching a company."""
    watchlist.of(user_id).Remove(RemoveRequest(ticker=ticker))


def ciks(watchlist: Watchlist, user_id: str = ADA) -> list[str]:
    """Return what a user watches."""
    return [item.cik for item in watchlist.of(user_id).List(ListRequest()).items]


@pytest.mark.parametrize("ticker", ["BRK-B", "brk.b", "BRK-A", "brk/a"])
def test_any_ticker_of_the_company_removes_it(watchlist: Watchlist, ticker: str) -> None:
    """The item goes by whichever of its company's tickers, in any spelling; others stay."""
    watchlist.add("AAPL", "BRK-B")
    remove(watchlist, ticker)
    assert ciks(watchlist) == [APPLE[1]]


@pytest.mark.parametrize("ticker", ["AAPL", "APPL"])
def test_a_renamed_company_goes_by_old_and_new_ticker(watchlist: Watchlist, ticker: str) -> None:
    """What a company was added under is good as long as it is watched."""
    watchlist.add("AAPL")
    watchlist.know([("APPL", *APPLE[1:]), MICROSOFT, BERKSHIRE], "2")
    remove(watchlist, ticker)
    assert ciks(watchlist) == []


def test_the_company_that_has_the_ticker_today_goes_first(watchlist: Watchlist) -> None:
    """Where two companies have exchanged tickers, the ticker means what the list shows."""
    watchlist.add("AAPL", "MSFT")
    watchlist.know([("MSFT", *APPLE[1:]), ("AAPL", *MICROSOFT[1:])], "2")
    remove(watchlist, "AAPL")
    assert ciks(watchlist) == [APPLE[1]]


def test_a_company_that_is_gone_can_be_removed(watchlist: Watchlist) -> None:
    """A company that the SEC's files no longer name goes by the ticker that it was added under."""
    watchlist.add("AAPL", "MSFT")
    watchlist.know([MICROSOFT, BERKSHIRE, BERKSHIRE_A], "2")
    remove(watchlist, "AAPL")
    assert ciks(watchlist) == [MICROSOFT[1]]


def test_what_it_was_added_under_is_enough_while_filings_is_away(watchlist: Watchlist) -> None:
    """Without filings an item goes by its stored ticker; whose another one is cannot be told: it may be tried again."""
    watchlist.add("AAPL", "BRK-B")
    watchlist.neighbours.away.add("filings")
    remove(watchlist, "aapl")
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
        remove(watchlist, "BRK-A")
    watchlist.neighbours.away.clear()
    assert ciks(watchlist) == [BERKSHIRE[1]]


@pytest.mark.parametrize("ticker", ["MSFT", "ZZZZ"])
def test_what_is_not_watched_is_not_found(watchlist: Watchlist, ticker: str) -> None:
    """A company that is not on the list, and a ticker that nobody has, are the same answer."""
    watchlist.add("AAPL")
    with refused(NOT_FOUND, "ITEM_UNKNOWN", ticker=ticker):
        remove(watchlist, ticker)
    assert ciks(watchlist) == [APPLE[1]]


def test_removing_twice_is_not_found(watchlist: Watchlist) -> None:
    """What was removed is not there any more."""
    watchlist.add("AAPL")
    remove(watchlist, "AAPL")
    with refused(NOT_FOUND, "ITEM_UNKNOWN", ticker="AAPL"):
        remove(watchlist, "AAPL")


def test_another_users_item_is_not_there(watchlist: Watchlist) -> None:
    """Nobody removes what another user watches, nor learns that it is watched."""
    watchlist.add("AAPL", user_id=BOB)
    with refused(NOT_FOUND, "ITEM_UNKNOWN", ticker="AAPL"):
        remove(watchlist, "AAPL")
    assert ciks(watchlist, BOB) == [APPLE[1]]


@pytest.mark.parametrize("ticker", ["", "A" * 17, "?", "AA\0"])
def test_bad_input_names_the_field(watchlist: Watchlist, ticker: str) -> None:
    """What can be no ticker is refused by the name of the field."""
    with refused(INVALID, "FIELD_INVALID", field="ticker"):
        remove(watchlist, ticker)


def test_strangers_remove_nothing(watchlist: Watchlist) -> None:
    """Without a token there is nobody whose list it could be."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        watchlist.served.bytes(PATH, RemoveRequest(ticker="AAPL").SerializeToString(), anonymous=True)


def test_bytes_that_are_no_message_are_refused(watchlist: Watchlist) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        watchlist.served.user(ADA).unary_unary(f"/{PATH}", bytes, bytes)(NO_MESSAGE)
