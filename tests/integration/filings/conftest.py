"""Give each test an installation that has forgotten the tests before: putting one together takes a second."""

from collections.abc import Iterator

import pytest

from tests.conftest import Database
from tests.edgar import threaded_edgar
from tests.integration.filings.house import House, put_together
from tests.support.database import Cluster
from tests.support.keyvalue import KeyValue


@pytest.fixture(scope="session")
def installation(cluster: Cluster, template: str, valkey_server: KeyValue) -> Iterator[House]:
    """Yield filings and form4 with tables and a small EDGAR of their own; the EDGAR has no limit."""
    with (
        cluster.copy(of=template) as name,
        threaded_edgar(rate=0) as edgar,
        put_together(Database(cluster, name), valkey_server, edgar) as made,
    ):
        yield made


@pytest.fixture
def house(installation: House) -> House:
    """Return the installation as if nothing had ever been done in it."""
    installation.forget()
    return installation
