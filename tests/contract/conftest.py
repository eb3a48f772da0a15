"""Give contract tests sessions on a connection that stays: PostgreSQL plans a statement once, not once a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine

from services.chassis.db import Sessions
from tests.conftest import Database


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Yield a connection and close it."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


@contextmanager
def undone(connection: Connection) -> Iterator[Sessions]:
    """Yield sessions on a connection; all that they commit is rolled back."""
    with connection.begin() as everything:
        try:
            yield Sessions.over(connection)
        finally:
            everything.rollback()


def connection_of(service: str) -> Any:
    """Return a fixture: a connection as a service's serving role."""

    @pytest.fixture(scope="session", name=f"{service}_connection")
    def connection(shared_database: Database) -> Iterator[Connection]:
        """Yield a connection as the serving role."""
        with connected(shared_database.url(f"{service}_serve")) as made:
            yield made

    return connection


def sessions_of(service: str) -> Any:
    """Return a fixture: sessions as a service's serving role, all that they commit is rolled back after the test."""

    @pytest.fixture(name=f"{service}_sessions")
    def sessions(request: pytest.FixtureRequest) -> Iterator[Sessions]:
        """Yield sessions as the serving role."""
        with undone(request.getfixturevalue(f"{service}_connection")) as made:
            yield made

    return sessions


filings_connection, filings_sessions = connection_of("filings"), sessions_of("filings")
form4_connection, form4_sessions = connection_of("form4"), sessions_of("form4")
auth_connection, auth_sessions = connection_of("auth"), sessions_of("auth")
watchlist_connection, watchlist_sessions = connection_of("watchlist"), sessions_of("watchlist")
