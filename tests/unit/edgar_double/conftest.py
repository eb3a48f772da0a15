"""Give tests of the small EDGAR the folder of real files, a session that says who it is, and a running EDGAR."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.edgar import SmallEdgar, small_edgar

REAL_FILES = Path(__file__).parents[4] / "shared" / "edgar"
DECLARED = {"User-Agent": "Sec-Tracker tests admin@example.com"}


@pytest.fixture
def real_files() -> Path:
    """Return the folder of real files beside the checkout."""
    if not REAL_FILES.exists():
        pytest.skip("the folder of real files does not exist")
    return REAL_FILES


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client that declares itself."""
    async with aiohttp.ClientSession(headers=DECLARED) as client:
        yield client


@pytest.fixture
async def edgar() -> AsyncIterator[SmallEdgar]:
    """Return an EDGAR that serves the project's facts without a limit."""
    async with small_edgar(rate=0) as running:
        yield running
