"""What tests may ask for: a PostgreSQL with the project's roles and schemas, and a Valkey.

One server of each a test process, started at the first test that asks and thrown away at the end. What a test writes is
gone when it ends.
"""

from collections.abc import Iterator

import pytest

from tests.support.database import Cluster, throwaway_cluster
from tests.support.keyvalue import KeyValue, throwaway_valkey


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield a PostgreSQL cluster whose database `sectracker` has roles and schemas, and no tables."""
    with throwaway_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[KeyValue]:
    """Yield a Valkey server; what a test leaves in it is seen by the next."""
    with throwaway_valkey() as made:
        yield made


@pytest.fixture
def valkey(valkey_server: KeyValue) -> KeyValue:
    """Return the Valkey server with nothing in it."""
    valkey_server.flush()
    return valkey_server
