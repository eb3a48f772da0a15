"""Answer watchlist's RPCs: whose list it is says the caller's token, and nothing else."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from grpc import ServicerContext
from sectracker.watchlist.v1.watchlist_service_pb2 import (
    AddRequest,
    GetActivityRequest,
    GetActivityResponse,
    Item,
    ListRequest,
    ListResponse,
    RemoveRequest,
    RemoveResponse,
)
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceServicer

from services.chassis.call import current_caller
from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.eastern import today
from services.identifiers import Ticker
from services.watchlist import mapping, repository
from services.watchlist.add_item import add_item
from services.watchlist.companies import Companies
from services.watchlist.read_activity import Place, Sources, question
from services.watchlist.remove_item import remove_item

ACTIVITY_DAYS = 7
ACTIVITY_COUNT = 100


def user_id() -> UUID:
    """Return the user who calls."""
    return UUID(current_caller().user_id)


@dataclass(frozen=True, slots=True)
class WatchlistServicer(WatchlistServiceServicer):
    """Answer users about their own lists."""

    sessions: Sessions
    tokens: PageTokens
    companies: Companies
    sources: Sources

    def List(self, request: ListRequest, context: ServicerContext) -> ListResponse:
        """Read the caller's list."""
        with self.sessions.read() as session:
            items = repository.items(session, user_id())
        return mapping.items(self.companies.named(items))

    def Add(self, request: AddRequest, context: ServicerContext) -> Item:
        """Watch a company."""
        return mapping.item(add_item(self.sessions, self.companies, user_id(), Ticker(request.ticker)))

    def Remove(self, request: RemoveRequest, context: ServicerContext) -> RemoveResponse:
        """Stop watching a company."""
        remove_item(self.sessions, self.companies, user_id(), Ticker(request.ticker))
        return RemoveResponse()

    def GetActivity(self, request: GetActivityRequest, context: ServicerContext) -> GetActivityResponse:
        """Read what happened at the companies that the caller watches."""
        days = request.days or ACTIVITY_DAYS
        place = self.tokens.read(request, Place)
        with self.sessions.read() as session:
            items = repository.items(session, user_id())
        first_day = today() - dt.timedelta(days=days)
        asked = question(user_id(), items, place, first_day, request.count or ACTIVITY_COUNT)
        found = self.sources.read(asked) if asked is not None else None
        response = mapping.activity(found, days)
        if found is not None and found.next is not None:
            response.next_page_token = self.tokens.write(request, found.next)
        return response
