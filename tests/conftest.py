"""What tests may ask for: a PostgreSQL with the project's roles and schemas, and a Valkey.

One server of each a test process, started at the first test that asks and thrown away at the end. What a test writes is
gone when it ends: `filings_sessions`, `form4_sessions`, `auth_sessions` and `watchlist_sessions` roll it back;
`database` is a copy that is dropped, for tests in which several connections or processes must see what was committed.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest

from services.chassis import migrate
from services.chassis.db import Sessions
from tests.support.database import Cluster, rolled_back, throwaway_cluster
from tests.support.keyvalue import KeyValue, throwaway_valkey

# A busy machine is no failure: nothing here is judged by its time.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("untimed")

# A shell's background job ignores Ctrl-C, and so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MIGRATED = ("filings", "form4", "auth", "watchlist")


@dataclass(frozen=True, slots=True)
class Database:
    """One database with every service's tables."""

    cluster: Cluster
    name: str

    def url(self, role: str, driver: str = "psycopg") -> str:
        """Return its address for one role: `form4_serve`, `filings_migrate`, `postgres`."""
        return self.cluster.url(role, self.name, driver)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield a PostgreSQL cluster whose database `sectracker` has roles and schemas, and no tables."""
    with throwaway_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """Yield the name of a database with every service's tables, to be copied; nobody may stay connected to it."""
    with cluster.copy() as name:
        for service in MIGRATED:
            migrate.upgrade(f"services.{service}", cluster.url(f"{service}_migrate", name))
        yield name


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[Database]:
    """Yield a migrated database of the test's own, in which it may commit."""
    with cluster.copy(of=template) as name:
        yield Database(cluster, name)


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """Yield the migrated database that all tests see and none commits in."""
    with cluster.copy(of=template) as name:
        yield Database(cluster, name)


def sessions_of(service: str) -> Any:
    """Return a fixture: sessions as a service's serving role, all that they commit is rolled back after the test."""

    @pytest.fixture(name=f"{service}_sessions")
    def sessions(shared_database: Database) -> Iterator[Sessions]:
        """Yield sessions as the serving role."""
        with rolled_back(shared_database.url(f"{service}_serve")) as made:
            yield made

    return sessions


filings_sessions, form4_sessions = sessions_of("filings"), sessions_of("form4")
auth_sessions, watchlist_sessions = sessions_of("auth"), sessions_of("watchlist")


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
