"""One whole stack for most tests that go through the door: real processes, the small EDGAR behind them."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.stack.asking import get, until
from tests.support.stack import Running, whole_stack

PAUSE_SECONDS = "3"  # after a throttle answer; the real one is ten minutes


@pytest.fixture(scope="session")
def running_stack() -> Iterator[Running]:
    """Yield a stack that knows the tickers and no filing yet; what a test writes is seen by the next."""
    with whole_stack(EDGAR="small", EDGAR_OPTIONS="--rate 0", SEC_RATE="100", SEC_PAUSE_SECONDS=PAUSE_SECONDS) as made:
        until(lambda: knows_tickers(made))
        yield made


@pytest.fixture(scope="session")
def stack_url(running_stack: Running) -> str:
    """Return the address of the door."""
    return running_stack.url


def knows_tickers(stack: Running) -> bool:
    """Say whether both processes of form4 have read the tickers: until then they cannot tell who is unknown."""
    return all(get(stack, "form4/ZZZZZ").status_code == httpx.codes.NOT_FOUND for _ in range(8))
