"""Whole stacks for the tests that go through the door: real processes, the small EDGAR behind them.

Most tests share one whose limits are raised out of the way (`tests.support.stack.RAISED`); those that are about limits
and guessing share one that has the real ones.
"""

from collections.abc import Iterator

import pytest

from deploy.local.companies import await_companies
from tests.e2e.stack.asking import until
from tests.support.stack import REAL, Running, whole_stack

# After a throttle answer EDGAR is left alone for three seconds; the real pause is ten minutes.
OPTIONS = {"EDGAR": "small", "EDGAR_OPTIONS": "--rate 0", "SEC_RATE": "100", "SEC_PAUSE_SECONDS": "3"}


@pytest.fixture(scope="session")
def running_stack() -> Iterator[Running]:
    """Yield a stack that knows the tickers and no filing yet, limits raised; what a test writes, the next sees."""
    with whole_stack(**OPTIONS) as made:
        until(lambda: knows_tickers(made))
        yield made


@pytest.fixture(scope="session")
def guarded_stack() -> Iterator[Running]:
    """Yield a stack with the limits that every installation begins with."""
    with whole_stack(REAL, **OPTIONS) as made:
        until(lambda: knows_tickers(made))
        yield made


@pytest.fixture(scope="session")
def stack_url(running_stack: Running) -> str:
    """Return the address of the door."""
    return running_stack.url


def knows_tickers(stack: Running) -> bool:
    """Wait until both processes of form4 have read the tickers: until then they cannot tell who is unknown."""
    ports = stack.plan.ports
    return await_companies([ports.form4_1, ports.form4_2])
