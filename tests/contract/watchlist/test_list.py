"""WatchlistService/List: what the caller watches."""

from uuid import UUID

from sectracker.watchlist.v1.watchlist_service_pb2 import ListRequest, ListResponse
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub

from services.chassis.db import Sessions
from services.watchlist import repository
from services.watchlist.domain import Company
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused
from tests.contract.watchlist.house import (
    ADA,
    APPLE,
    BERKSHIRE,
    BERKSHIRE_A,
    BOB,
    LISTED,
    MICROSOFT,
    WATCHLIST,
    Watchlist,
)

PATH = f"{WATCHLIST}/List"


def read(watchlist: Watchlist, user_id: str = ADA) -> ListResponse:
    """Read a user's list."""
    return watchlist.of(user_id).List(ListRequest())


def told(answer: ListResponse) -> list[tuple[str, str, str]]:
    """Return ticker, CIK and name of each item."""
    return [(item.ticker, item.cik, item.company_name) for item in answer.items]


def test_the_newest_comes_first(watchlist: Watchlist) -> None:
    """Items come in the reverse order of their adding, with today's tickers and names, and their number."""
    added = watchlist.add("aapl", "brk.a", "MSFT")
    answer = read(watchlist)
    assert told(answer) == [MICROSOFT, BERKSHIRE_A, APPLE]
    assert list(answer.items) == added[::-1]
    assert answer.total == 3


def test_a_new_list_is_empty_and_asks_nobody(watchlist: Watchlist) -> None:
    """Who watches nothing has an empty list, and filings is not asked for names."""
    answer = read(watchlist)
    assert (list(answer.items), answer.total) == ([], 0)
    assert watchlist.neighbours.asked == []


def test_names_are_one_question(watchlist: Watchlist) -> None:
    """However much is watched, filings is asked once."""
    watchlist.add("AAPL", "BRK-A", "MSFT")
    watchlist.neighbours.asked.clear()
    read(watchlist)
    assert watchlist.neighbours.asked == ["BatchGet"]


def test_another_users_items_are_not_there(watchlist: Watchlist) -> None:
    """Each user sees what that user has added."""
    watchlist.add("AAPL", "MSFT")
    watchlist.add("BRK-B", user_id=BOB)
    assert told(read(watchlist)) == [MICROSOFT, APPLE]
    assert told(read(watchlist, BOB)) == [BERKSHIRE]


def test_a_renamed_company_has_its_new_ticker_and_name(watchlist: Watchlist) -> None:
    """A company that has lost its ticker is shown under the first that it has today; names are today's."""
    watchlist.add("AAPL", "BRK-A")
    renamed = ("APPL", APPLE[1], "Apple Computer Inc.")
    watchlist.know([renamed, MICROSOFT, BERKSHIRE, BERKSHIRE_A], "2")
    assert told(read(watchlist)) == [BERKSHIRE_A, renamed]


def test_a_ticker_that_went_to_another_company_stays_with_neither_item(watchlist: Watchlist) -> None:
    """Where two companies have exchanged tickers, each item follows its own company."""
    watchlist.add("AAPL", "MSFT")
    watchlist.know([("MSFT", *APPLE[1:]), ("AAPL", *MICROSOFT[1:])], "2")
    assert told(read(watchlist)) == [("AAPL", *MICROSOFT[1:]), ("MSFT", *APPLE[1:])]


def test_a_company_that_is_gone_does_not_disappear(watchlist: Watchlist) -> None:
    """A company that the SEC's files no longer name keeps the ticker and name that it was added with."""
    watchlist.add("AAPL", "MSFT")
    watchlist.know([MICROSOFT, BERKSHIRE, BERKSHIRE_A], "2")
    assert told(read(watchlist)) == [MICROSOFT, APPLE]


def test_the_list_is_there_while_filings_is_away(watchlist: Watchlist) -> None:
    """Without filings, tickers and names are those of the day of adding."""
    watchlist.add("AAPL", "BRK-A")
    watchlist.neighbours.away.add("filings")
    assert told(read(watchlist)) == [BERKSHIRE_A, APPLE]


def test_the_list_is_there_before_auth_has_said_who_we_are(
    watchlist: Watchlist, nameless: WatchlistServiceStub
) -> None:
    """Without a token to ask filings with, tickers and names are those of the day of adding."""
    watchlist.add("AAPL", "BRK-A")
    assert told(nameless.List(ListRequest())) == [BERKSHIRE_A, APPLE]


def test_five_hundred_items_are_one_question(watchlist: Watchlist, watchlist_sessions: Sessions) -> None:
    """The longest list is answered whole, with one question to filings."""
    companies = [Company(f"T{number}", f"{number:010}", f"Company {number}") for number in range(1, 501)]
    watchlist.know([*LISTED, *companies], "2")
    with watchlist_sessions() as session:
        for company in companies:
            repository.add(session, UUID(ADA), company)
    answer = read(watchlist)
    assert (answer.total, told(answer)) == (500, [tuple(company) for company in reversed(companies)])
    assert watchlist.neighbours.asked == ["BatchGet"]


def test_strangers_have_no_list(watchlist: Watchlist) -> None:
    """Without a token there is nobody whose list it could be."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        watchlist.served.bytes(PATH, b"", anonymous=True)


def test_bytes_that_are_no_message_are_refused(watchlist: Watchlist) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        watchlist.served.user(ADA).unary_unary(f"/{PATH}", bytes, bytes)(NO_MESSAGE)
