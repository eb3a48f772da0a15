"""Watch a company: once, by CIK, and no more companies than one may."""

from uuid import UUID

from services.chassis.db import Sessions
from services.identifiers import Ticker
from services.watchlist import repository
from services.watchlist.companies import Companies
from services.watchlist.domain import MOST_ITEMS, Company, Item
from services.watchlist.errors import CompanyUnknown, WatchlistFull


def add_item(sessions: Sessions, companies: Companies, user_id: UUID, ticker: Ticker) -> Item:
    """Put the company that has a ticker on a user's list, and return its item under today's ticker and name.

    Shape: a company that is there keeps its item, by whichever of its tickers it is added again, also on a full list.
    Raises: CompanyUnknown, WatchlistFull, DependencyUnavailable.
    """
    company = companies.find(ticker)
    if company is None:
        raise CompanyUnknown(ticker=ticker)
    item = put(sessions, user_id, company)
    if item.ticker == company.ticker:
        return item.named(company)
    [named] = companies.named([item])
    return named


def put(sessions: Sessions, user_id: UUID, company: Company) -> Item:
    """Return the item of a company, new or as it is.

    Shape: whoever adds to the same list waits, so that two who see 499 items do not both add one.
    Raises: WatchlistFull.
    """
    with sessions() as session:
        repository.lock(session, user_id)
        item = repository.find(session, user_id, company.cik)
        if item is not None:
            return item
        if repository.count(session, user_id) >= MOST_ITEMS:
            raise WatchlistFull(limit=MOST_ITEMS)
        return repository.add(session, user_id, company)
