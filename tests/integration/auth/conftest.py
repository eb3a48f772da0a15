"""Give each test tables of its own, in which several connections commit."""

from collections.abc import Iterator

import pytest

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.serving import Limits
from tests.integration.auth.house import Tokens, standing


@pytest.fixture
def sessions(database: Database) -> Iterator[Sessions]:
    """Yield sessions as auth's serving role."""
    made = Sessions(Limits(database.url("auth_serve", "psycopg2")))
    yield made
    made.close()


@pytest.fixture
def tokens(sessions: Sessions) -> Iterator[Tokens]:
    """Yield auth's tokens on empty tables."""
    with standing(sessions) as made:
        yield made
