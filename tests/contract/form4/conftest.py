"""Give each test a form4 of its own, on tables that are empty before and after."""

from collections.abc import Iterator

import pytest

from services.chassis.db import Sessions
from tests.contract.form4.house import Form4, running


@pytest.fixture
def form4(form4_sessions: Sessions) -> Iterator[Form4]:
    """Yield a running form4 whose writes are rolled back."""
    with running(form4_sessions) as house:
        yield house
