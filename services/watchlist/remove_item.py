"""Stop watching a company, by a ticker of today or by the one that it was added under."""

from uuid import UUID

from services.chassis.db import Sessions
from services.chassis.errors import DependencyUnavailable, ServiceError
from services.identifiers import Ticker
from services.watchlist import repository
from services.watchlist.companies import Companies
from services.watchlist.errors import ItemUnknown


def remove_item(sessions: Sessions, companies: Companies, user_id: UUID, ticker: Ticker) -> None:
    """Take the company that has a ticker today off a user's list, else the one that was added under it.

    Raises: ItemUnknown; DependencyUnavailable when nothing was added under it and nobody can tell whose it is today.
    """
    refusal: ServiceError = ItemUnknown(ticker=ticker)
    company = None
    try:
        company = companies.find(ticker)
    except DependencyUnavailable as away:
        refusal = away
    with sessions() as session:
        if company is not None and repository.remove(session, user_id, company.cik):
            return
        if not repository.remove_added_as(session, user_id, ticker):
            raise refusal
