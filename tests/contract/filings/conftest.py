"""Give each test a filings on tables and a queue that are empty before and after; its server stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from services.chassis.db import Sessions
from tests.contract.filings.house import LISTED, Filings, running
from tests.support.keyvalue import KeyValue


@pytest.fixture(scope="session")
def filings_house(filings_connection: Connection, valkey_server: KeyValue) -> Iterator[Filings]:
    """Yield a running filings on the connection that stays."""
    with running(Sessions.over(filings_connection), valkey_server.queue_url) as house:
        yield house


@pytest.fixture
def empty(filings_house: Filings, filings_sessions: Sessions, valkey: KeyValue) -> Filings:
    """Return a running filings that has not read a list of tickers; its writes are rolled back."""
    return filings_house


@pytest.fixture
def filings(empty: Filings) -> Filings:
    """Return a running filings that knows some companies."""
    empty.know(LISTED)
    return empty
