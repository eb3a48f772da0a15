"""The limit of a list holds however many add to it at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from services.chassis.db import Sessions
from services.watchlist import repository
from services.watchlist.add_item import put
from services.watchlist.domain import MOST_ITEMS, Company
from services.watchlist.errors import WatchlistFull
from tests.conftest import Database
from tests.contract.serving import Limits

ADA, BOB = UUID("01890a5d-ac96-774b-bcce-b302099a8057"), UUID("01890a5d-ac96-774b-bcce-b302099a8058")
TOGETHER = 8
FREE = 5


@pytest.fixture
def sessions(database: Database) -> Iterator[Sessions]:
    """Yield sessions that commit, one for each of those who add at once."""
    made = Sessions(Limits(database.url("watchlist_serve", "psycopg2"), connections=TOGETHER))
    yield made
    made.close()


def company(number: int) -> Company:
    """Return one of many companies."""
    return Company(f"T{number}", f"{number:010}", f"Company {number}")


def fill(sessions: Sessions, user_id: UUID, items: int) -> None:
    """Have a user watch so many companies."""
    with sessions() as session:
        for number in range(items):
            repository.add(session, user_id, company(number))


def total(sessions: Sessions, user_id: UUID) -> int:
    """Count what a user watches."""
    with sessions.read() as session:
        return len(repository.items(session, user_id))


def add_together(sessions: Sessions, asked: list[tuple[UUID, Company]]) -> Counter[str]:
    """Add companies, as many at once as there are connections, and count how that ended."""
    ready = Barrier(TOGETHER)

    def add(part: list[tuple[UUID, Company]]) -> list[str]:
        """Add one after the other, from the moment at which all are ready."""
        ready.wait()
        return [outcome(user_id, one) for user_id, one in part]

    def outcome(user_id: UUID, one: Company) -> str:
        """Say whether a company was taken."""
        try:
            put(sessions, user_id, one)
        except WatchlistFull:
            return "full"
        return "taken"

    with ThreadPoolExecutor(TOGETHER) as pool:
        parts = [asked[first::TOGETHER] for first in range(TOGETHER)]
        return Counter(word for words in pool.map(add, parts) for word in words)


def test_many_who_add_at_once_do_not_pass_the_limit(sessions: Sessions) -> None:
    """Of 40 new companies at once, a list with room for five takes exactly five."""
    fill(sessions, ADA, MOST_ITEMS - FREE)
    told = add_together(sessions, [(ADA, company(1000 + number)) for number in range(40)])
    assert told == {"taken": FREE, "full": 40 - FREE}
    assert total(sessions, ADA) == MOST_ITEMS


def test_one_company_added_at_once_is_one_item(sessions: Sessions) -> None:
    """Whoever comes second gets the item of the first, also when it was the last that fitted."""
    fill(sessions, ADA, MOST_ITEMS - 1)
    assert add_together(sessions, [(ADA, company(1000))] * 40) == {"taken": 40}
    assert total(sessions, ADA) == MOST_ITEMS


def test_a_full_list_is_nobody_elses(sessions: Sessions) -> None:
    """Two users who add at once are each held to their own list."""
    fill(sessions, ADA, MOST_ITEMS - FREE)
    asked = [(user_id, company(1000 + number)) for number in range(20) for user_id in (ADA, BOB)]
    assert add_together(sessions, asked) == {"taken": FREE + 20, "full": 20 - FREE}
    assert (total(sessions, ADA), total(sessions, BOB)) == (MOST_ITEMS, 20)
