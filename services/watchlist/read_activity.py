"""Read the filings and transactions of everything that a user watches: one call to filings, one to form4."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest, ListByIssuersResponse
from sectracker.filings.v1.filings_service_pb2_grpc import FilingsServiceStub
from sectracker.form4.v1.ownership_service_pb2 import (
    ListTransactionsByIssuersRequest,
    ListTransactionsByIssuersResponse,
)
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis.errors import InvalidPageToken
from services.watchlist.asking import asking
from services.watchlist.domain import Item, digest, longest_watched_first


class Place(NamedTuple):
    """Say where a reading stands: what its first page fixed, and the tokens by which the two lists go on."""

    first_day: dt.date
    newest: dt.datetime
    """When the newest of the companies was added; what came later is none of this reading."""
    companies: str
    """Digest of the user and the companies."""
    filings: str = ""
    """Token of filings; empty at the beginning, and when there are no more."""
    transactions: str = ""
    """Token of form4, likewise."""


@dataclass(frozen=True, slots=True)
class Question:
    """Ask for one page."""

    ciks: Sequence[str]
    place: Place
    count: int
    is_first: bool

    @property
    def wants_filings(self) -> bool:
        """Say whether the page has filings, beside their number."""
        return self.is_first or bool(self.place.filings)

    @property
    def wants_transactions(self) -> bool:
        """Say whether the page has transactions, beside their sums."""
        return self.is_first or bool(self.place.transactions)

    def of_filings(self) -> ListByIssuersRequest:
        """Return what to ask filings for; where only the number is wanted, one row comes with it."""
        return ListByIssuersRequest(
            ciks=self.ciks,
            start_date=self.place.first_day.isoformat(),
            limit=self.count if self.wants_filings else 1,
            page_token=self.place.filings,
        )

    def of_transactions(self) -> ListTransactionsByIssuersRequest:
        """Return what to ask form4 for, likewise."""
        return ListTransactionsByIssuersRequest(
            ciks=self.ciks,
            start_date=self.place.first_day.isoformat(),
            limit=self.count if self.wants_transactions else 1,
            page_token=self.place.transactions,
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """Hold a page, and the place behind it where there is more."""

    filings: ListByIssuersResponse
    transactions: ListTransactionsByIssuersResponse
    next: Place | None


@dataclass(frozen=True, slots=True)
class Sources:
    """Hold the two services that know what happened."""

    filings: FilingsServiceStub
    form4: OwnershipServiceStub

    def read(self, question: Question) -> Activity:
        """Ask both at once.

        Raises: DependencyUnavailable with the name of the one that is away.
        """
        filings_call = self.filings.ListByIssuers.future(question.of_filings())
        form4_call = self.form4.ListTransactionsByIssuers.future(question.of_transactions())
        try:
            with asking("filings"):
                filings = filings_call.result()
            with asking("form4"):
                transactions = form4_call.result()
        finally:
            form4_call.cancel()  # when filings has failed; one that has ended stays as it is
        return page(question, filings, transactions)


def question(
    user_id: UUID, items: Sequence[Item], place: Place | None, first_day: dt.date, count: int
) -> Question | None:
    """Return what to ask for a page behind a place, or None where nothing is watched.

    Raises: InvalidPageToken when a company that the place is about is not watched any more, or not by this user.
    """
    if place is None:
        if not items:
            return None
        ciks = [item.cik for item in longest_watched_first(items)]
        newest = max(item.added_at for item in items)
        return Question(ciks, Place(first_day, newest, digest(user_id, ciks)), count, is_first=True)
    ciks = [item.cik for item in longest_watched_first(items) if item.added_at <= place.newest]
    if digest(user_id, ciks) != place.companies:
        raise InvalidPageToken
    return Question(ciks, place, count, is_first=False)


def page(asked: Question, filings: ListByIssuersResponse, transactions: ListTransactionsByIssuersResponse) -> Activity:
    """Return a page without the rows of a list that has ended, and the place behind it."""
    if not asked.wants_filings:
        filings = ListByIssuersResponse(total=filings.total)
    if not asked.wants_transactions:
        transactions = ListTransactionsByIssuersResponse(summary=transactions.summary, total=transactions.total)
    further = asked.place._replace(filings=filings.next_page_token, transactions=transactions.next_page_token)
    has_more = bool(further.filings or further.transactions)
    return Activity(filings, transactions, further if has_more else None)
