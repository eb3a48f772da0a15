"""Give each test an auth on tables of its own: the server's loops and calls work on several connections."""

from collections.abc import Iterator

import pytest

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.auth.people_house import People, open_to_people
from tests.contract.auth.token_house import Auth, running
from tests.contract.serving import Limits


@pytest.fixture
def auth(database: Database) -> Iterator[Auth]:
    """Yield a running auth without accounts."""
    sessions = Sessions(Limits(database.url("auth_serve", "psycopg2")))
    try:
        with running(sessions) as made:
            yield made
    finally:
        sessions.close()


@pytest.fixture
def people(database: Database) -> Iterator[People]:
    """Yield a running auth without accounts that looks at passwords."""
    sessions = Sessions(Limits(database.url("auth_serve", "psycopg2")))
    try:
        with open_to_people(sessions) as made:
            yield made
    finally:
        sessions.close()
