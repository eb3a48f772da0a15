"""Give each test tables and a queue of its own; the small EDGAR is shared, and forgets."""

from collections.abc import Iterator

import pytest

from tests.conftest import Database
from tests.edgar import SmallEdgar, threaded_edgar
from tests.integration.filings.house import House
from tests.integration.filings.house import house as put_together
from tests.support.keyvalue import KeyValue


@pytest.fixture(scope="session")
def shared_edgar() -> Iterator[SmallEdgar]:
    """Yield a small EDGAR without a limit of its own."""
    with threaded_edgar(rate=0) as running:
        yield running


@pytest.fixture
def edgar(shared_edgar: SmallEdgar) -> SmallEdgar:
    """Return the small EDGAR, without faults and without a log."""
    shared_edgar.reset()
    return shared_edgar


@pytest.fixture
def house(database: Database, valkey: KeyValue, edgar: SmallEdgar) -> Iterator[House]:
    """Yield an installation of the test's own."""
    with put_together(database, valkey, edgar) as made:
        yield made
