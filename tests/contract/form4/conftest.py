"""Give each test a form4 on tables that are empty before and after; its server stays, what it knows begins anew."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import Connection

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.form4.house import Form4, running
from tests.contract.serving import Limits


@pytest.fixture(scope="session")
def form4_house(form4_connection: Connection) -> Iterator[Form4]:
    """Yield a running form4 on the connection that stays."""
    with running(Sessions.over(form4_connection)) as house:
        yield house


@pytest.fixture
def form4(form4_house: Form4, form4_sessions: Sessions) -> Form4:
    """Return a running form4 whose writes are rolled back."""
    form4_house.begin_anew()
    return replace(form4_house, numbers=count(1))


@pytest.fixture
def sessions(database: Database) -> Iterator[Sessions]:
    """Yield sessions that commit, in a database of the test's own."""
    made = Sessions(Limits(database.url("form4_serve", "psycopg2")))
    yield made
    made.close()
