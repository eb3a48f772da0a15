"""Answer filings' RPCs: read the request, ask one question, say the rows."""

import datetime as dt
from dataclasses import dataclass

from grpc import ServicerContext
from sectracker.filings.v1.company_service_pb2 import (
    BatchGetRequest,
    BatchGetResponse,
    CompanyServiceGetRequest,
    CompanyServiceGetResponse,
    CompanyServiceSearchRequest,
    CompanyServiceSearchResponse,
    ListTickersRequest,
    ListTickersResponse,
)
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceServicer
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest, ListByIssuersResponse
from sectracker.filings.v1.filings_service_pb2_grpc import FilingsServiceServicer
from sectracker.filings.v1.refresh_service_pb2 import RequestRefreshRequest, RequestRefreshResponse
from sectracker.filings.v1.refresh_service_pb2_grpc import RefreshServiceServicer

from services.chassis.db import Sessions
from services.chassis.errors import InvalidField, Violation
from services.chassis.paging import PageTokens
from services.filings import mapping
from services.filings.errors import CompanyUnknown
from services.filings.messages import Messages
from services.filings.repository import by_issuers, companies
from services.filings.request_refresh import request_background
from services.filings.windows import window
from services.identifiers import Ticker

SEARCH_LIMIT = 10
LONGEST_NAME = 200
LIST_LIMIT = 100
MOST_AT_ONCE = 500
BAD_NUMBER = f"name 1 to {MOST_AT_ONCE} tickers and CIKs together"


@dataclass(frozen=True, slots=True)
class CompanyServicer(CompanyServiceServicer):
    """Answer by ticker, CIK and name."""

    sessions: Sessions

    def Search(self, request: CompanyServiceSearchRequest, context: ServicerContext) -> CompanyServiceSearchResponse:
        """Find companies; a text that is empty or longer than any name finds none."""
        if not 0 < len(request.q.strip()) <= LONGEST_NAME:
            return CompanyServiceSearchResponse()
        with self.sessions.read() as session:
            rows = companies.search(session, request.q, as_ticker(request.q), request.limit or SEARCH_LIMIT)
        return CompanyServiceSearchResponse(results=map(mapping.company, rows))

    def Get(self, request: CompanyServiceGetRequest, context: ServicerContext) -> CompanyServiceGetResponse:
        """Read one company."""
        ticker = Ticker(request.ticker)
        with self.sessions.read() as session:
            row = companies.by_tickers(session, [ticker]).get(ticker)
        if row is None:
            raise CompanyUnknown(ticker=ticker)
        return CompanyServiceGetResponse(company=mapping.company(row))

    def BatchGet(self, request: BatchGetRequest, context: ServicerContext) -> BatchGetResponse:
        """Read many companies, in the order of the request."""
        if not 1 <= len(request.tickers) + len(request.ciks) <= MOST_AT_ONCE:
            raise InvalidField("tickers", BAD_NUMBER, Violation("ciks", BAD_NUMBER))
        tickers = [Ticker(ticker) for ticker in request.tickers]
        with self.sessions.read() as session:
            rows = companies.by_tickers(session, tickers) if tickers else {}
            named = companies.by_ciks(session, request.ciks) if request.ciks else {}
        found = [*(rows.get(ticker) for ticker in tickers), *(named.get(cik) for cik in request.ciks)]
        once = {row.cik: row for row in reversed(found) if row is not None}
        return BatchGetResponse(companies=map(mapping.company, reversed(once.values())))

    def ListTickers(self, request: ListTickersRequest, context: ServicerContext) -> ListTickersResponse:
        """Read every ticker, unless the caller has them."""
        with self.sessions.read() as session:
            known = companies.version(session)
            if known is None or known.version == request.known_version:
                return ListTickersResponse(version=request.known_version)
            rows = companies.tickers(session)
        return ListTickersResponse(version=known.version, tickers=map(mapping.company, rows))


@dataclass(frozen=True, slots=True)
class FilingsServicer(FilingsServiceServicer):
    """Answer with what is stored of filings."""

    sessions: Sessions
    tokens: PageTokens

    def ListByIssuers(self, request: ListByIssuersRequest, context: ServicerContext) -> ListByIssuersResponse:
        """Read the filings of many companies."""
        start, end = window(request)
        after = self.tokens.read(request, by_issuers.Position)
        limit, ciks = request.limit or LIST_LIMIT, list(request.ciks)
        with self.sessions.read() as session:
            found = by_issuers.by_issuers(session, ciks, start=start, end=end, after=after, limit=limit + 1)
        response = mapping.listed(found, limit)
        if len(found.filings) > limit:
            response.next_page_token = self.tokens.write(request, by_issuers.position(found.filings[limit - 1]))
        return response


@dataclass(frozen=True, slots=True)
class RefreshServicer(RefreshServiceServicer):
    """Take what readers cause."""

    sessions: Sessions
    messages: Messages
    min_age: dt.timedelta
    most_waiting: int

    def RequestRefresh(self, request: RequestRefreshRequest, context: ServicerContext) -> RequestRefreshResponse:
        """Queue a refresh in the background."""
        outcome = request_background(self.sessions, self.messages, request.cik, self.min_age, self.most_waiting)
        return RequestRefreshResponse(outcome=RequestRefreshResponse.Outcome.Value(outcome))


def as_ticker(typed: str) -> str:
    """Return what was typed as a ticker, or nothing where it can be none."""
    try:
        return Ticker(typed)
    except InvalidField:
        return ""
