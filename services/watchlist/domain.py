"""State the words and rules of watchlists. No I/O."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self
from uuid import UUID

MOST_ITEMS = 500
"""As many companies as filings and form4 are asked for in one call."""


class Company(NamedTuple):
    """Name a company by one of its tickers."""

    ticker: str
    cik: str
    name: str


class Item(NamedTuple):
    """Hold a company that somebody watches, with ticker and name as of when it was added, or as of today."""

    cik: str
    ticker: str
    company_name: str
    added_at: dt.datetime

    def named(self, company: Company) -> Self:
        """Return the item with the ticker and name of its company today."""
        return self._replace(ticker=company.ticker, company_name=company.name)


def longest_watched_first(items: Iterable[Item]) -> list[Item]:
    """Order items for questions about all of them: it decides under which company a shared filing is told."""
    return sorted(items, key=lambda item: (item.added_at, item.cik))


def digest(user_id: UUID, ciks: Sequence[str]) -> str:
    """Return what tells one user's companies from all others', short enough for a page token."""
    return hashlib.blake2b("\n".join([str(user_id), *ciks]).encode(), digest_size=16).hexdigest()
