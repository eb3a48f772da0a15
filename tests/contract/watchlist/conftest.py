"""Give each test a watchlist on tables that are empty before and after; its servers stay."""

from collections.abc import Iterator

import pytest
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub
from sqlalchemy import Connection

from services.chassis.db import Sessions
from tests.contract.serving import served
from tests.contract.watchlist.house import ADA, LISTED, WATCHLIST, Watchlist, running, without_token


@pytest.fixture(scope="session")
def watchlist_house(
    watchlist_connection: Connection, filings_connection: Connection, form4_connection: Connection
) -> Iterator[Watchlist]:
    """Yield a running watchlist on the connections that stay."""
    connections = (watchlist_connection, filings_connection, form4_connection)
    with running(*map(Sessions.over, connections)) as house:
        yield house


@pytest.fixture
def watchlist(
    watchlist_house: Watchlist, watchlist_sessions: Sessions, filings_sessions: Sessions, form4_sessions: Sessions
) -> Watchlist:
    """Return a running watchlist whose filings knows some companies; all writes are rolled back."""
    watchlist_house.begin_anew()
    watchlist_house.know(LISTED, "1")
    return watchlist_house


@pytest.fixture
def nameless(watchlist_sessions: Sessions) -> Iterator[WatchlistServiceStub]:
    """Yield what Ada calls of a watchlist that can ask nobody: auth has issued no token for it yet."""
    with served({WATCHLIST: without_token(watchlist_sessions)}, "gateway") as server:
        yield WatchlistServiceStub(server.user(ADA))
