"""Give contract tests sessions on a connection that stays: PostgreSQL plans a statement once, not once a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, NullPool, create_engine

from services.chassis.db import Sessions
from tests.conftest import Database


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Yield a connection and close it."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def filings_connection(shared_database: Database) -> Iterator[Connection]:
    """Yield a connection as filings' serving role."""
    with connected(shared_database.url("filings_serve")) as connection:
        yield connection


@pytest.fixture(scope="session")
def form4_connection(shared_database: Database) -> Iterator[Connection]:
    """Yield a connection as form4's serving role."""
    with connected(shared_database.url("form4_serve")) as connection:
        yield connection


@pytest.fixture(scope="session")
def auth_connection(shared_database: Database) -> Iterator[Connection]:
    """Yield a connection as auth's serving role."""
    with connected(shared_database.url("auth_serve")) as connection:
        yield connection


@pytest.fixture(scope="session")
def watchlist_connection(shared_database: Database) -> Iterator[Connection]:
    """Yield a connection as watchlist's serving role."""
    with connected(shared_database.url("watchlist_serve")) as connection:
        yield connection


@contextmanager
def undone(connection: Connection) -> Iterator[Sessions]:
    """Yield sessions on a connection; all that they commit is rolled back."""
    with connection.begin() as everything:
        try:
            yield Sessions.over(connection)
        finally:
            everything.rollback()


@pytest.fixture
def filings_sessions(filings_connection: Connection) -> Iterator[Sessions]:
    """Yield sessions as filings' serving role; all that they commit is rolled back after the test."""
    with undone(filings_connection) as sessions:
        yield sessions


@pytest.fixture
def form4_sessions(form4_connection: Connection) -> Iterator[Sessions]:
    """Yield sessions as form4's serving role; all that they commit is rolled back after the test."""
    with undone(form4_connection) as sessions:
        yield sessions


@pytest.fixture
def auth_sessions(auth_connection: Connection) -> Iterator[Sessions]:
    """Yield sessions as auth's serving role; all that they commit is rolled back after the test."""
    with undone(auth_connection) as sessions:
        yield sessions


@pytest.fixture
def watchlist_sessions(watchlist_connection: Connection) -> Iterator[Sessions]:
    """Yield sessions as watchlist's serving role; all that they commit is rolled back after the test."""
    with undone(watchlist_connection) as sessions:
        yield sessions
