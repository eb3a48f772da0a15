"""Give each test an auth on tables of its own: the server's loops and calls work on several connections."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.auth.people_house import People, open_to_people
from tests.contract.auth.token_house import Auth, running
from tests.contract.serving import Limits


@pytest.fixture
def sessions(database: Database) -> Iterator[Sessions]:
    """Yield sessions as auth's serving role, that commit."""
    with closing(Sessions(Limits(database.url("auth_serve", "psycopg2")))) as made:
        yield made


@pytest.fixture
def auth(sessions: Sessions) -> Iterator[Auth]:
    """Yield a running auth without accounts."""
    with running(sessions) as made:
        yield made


@pytest.fixture
def people(sessions: Sessions) -> Iterator[People]:
    """Yield a running auth without accounts that looks at passwords."""
    with open_to_people(sessions) as made:
        yield made
