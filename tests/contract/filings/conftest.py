"""Give each test a filings of its own, on tables that are empty before and after."""

from collections.abc import Iterator

import pytest

from services.chassis.db import Sessions
from tests.contract.filings.house import LISTED, Filings, running
from tests.support.keyvalue import KeyValue


@pytest.fixture
def empty(filings_sessions: Sessions, valkey: KeyValue) -> Iterator[Filings]:
    """Yield a running filings that has not read a list of tickers."""
    with running(filings_sessions, valkey.queue_url) as house:
        yield house


@pytest.fixture
def filings(empty: Filings) -> Filings:
    """Return a running filings that knows some companies."""
    empty.know(LISTED)
    return empty
