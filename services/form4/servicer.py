"""Answer form4's RPCs: read the request, ask one question, say the rows."""

from dataclasses import dataclass

from grpc import ServicerContext
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetMarketActivityRequest,
    GetMarketActivityResponse,
    GetSummaryRequest,
    GetSummaryResponse,
)
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceServicer
from sectracker.form4.v1.ownership_service_pb2 import (
    IngestRequest,
    IngestResponse,
    ListTransactionsByIssuersRequest,
    ListTransactionsByIssuersResponse,
    SetCoverageRequest,
    SetCoverageResponse,
)
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceServicer

from services.chassis.call import keep_until_changed
from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.eastern import read_day
from services.form4 import mapping, questions
from services.form4.directory import Directory
from services.form4.ingest import ingest
from services.form4.refreshes import Refreshes
from services.form4.repository import activity, filings, issuers, lines, market, summary
from services.form4.windows import last, read_moment
from services.identifiers import Ticker


@dataclass(frozen=True, slots=True)
class Form4Servicer(Form4ServiceServicer):
    """Answer readers."""

    sessions: Sessions
    tokens: PageTokens
    directory: Directory
    refreshes: Refreshes

    def GetCompanyActivity(
        self, request: GetCompanyActivityRequest, context: ServicerContext
    ) -> GetCompanyActivityResponse:
        """Read one company's lines, insiders and sums."""
        shape, values = questions.activity_question(request)
        company = self.directory.company(Ticker(request.ticker))
        after = self.tokens.read(request, lines.Position)
        count = request.count or questions.ACTIVITY_COUNT
        with self.sessions.read() as session:
            found = activity.activity(session, company.cik, shape, values, after=after, limit=count + 1)
        keep_until_changed(company.cik, self.refreshes.want(company.cik, found.totals.refreshed_at))
        response = mapping.company_activity(company, found, count)
        if len(found.lines) > count:
            response.next_page_token = self.tokens.write(request, lines.position(found.lines[count - 1]))
        return response

    def GetSummary(self, request: GetSummaryRequest, context: ServicerContext) -> GetSummaryResponse:
        """Read the sums of one company."""
        company = self.directory.company(Ticker(request.ticker))
        days = request.days or questions.SUMMARY_DAYS
        with self.sessions.read() as session:
            row = summary.summary(session, company.cik, last(days))
        keep_until_changed(company.cik, self.refreshes.want(company.cik, row.refreshed_at))
        return mapping.company_summary(company, row, days)

    def GetMarketActivity(
        self, request: GetMarketActivityRequest, context: ServicerContext
    ) -> GetMarketActivityResponse:
        """Read which companies' insiders bought and sold."""
        shape, values = questions.market_question(request)
        after = self.tokens.read(request, market.Position)
        count = request.count or questions.MARKET_COUNT
        with self.sessions.read() as session:
            found = market.market(session, shape, values, after=after, limit=count + 1)
        response = mapping.market_activity(found, count, self.directory)
        if len(found.companies) > count:
            response.next_page_token = self.tokens.write(request, market.position(found.companies[count - 1]))
        return response


@dataclass(frozen=True, slots=True)
class OwnershipServicer(OwnershipServiceServicer):
    """Take what other services of the house know."""

    sessions: Sessions
    tokens: PageTokens

    def ListTransactionsByIssuers(
        self, request: ListTransactionsByIssuersRequest, context: ServicerContext
    ) -> ListTransactionsByIssuersResponse:
        """Read the lines and sums of many companies."""
        shape, values = questions.issuers_question(request)
        after = self.tokens.read(request, lines.Position)
        limit = request.limit or questions.ISSUERS_LIMIT
        with self.sessions.read() as session:
            found = issuers.issuers_activity(session, list(request.ciks), shape, values, after=after, limit=limit + 1)
        response = mapping.issuers_activity(found, limit)
        if len(found.lines) > limit:
            response.next_page_token = self.tokens.write(request, lines.position(found.lines[limit - 1][1]))
        return response

    def Ingest(self, request: IngestRequest, context: ServicerContext) -> IngestResponse:
        """Store one ownership document."""
        with self.sessions() as session:
            return mapping.ingested(ingest(session, mapping.submission(request)))

    def SetCoverage(self, request: SetCoverageRequest, context: ServicerContext) -> SetCoverageResponse:
        """Record how far a company has been read."""
        start = read_day("coverage_start", request.coverage_start)
        refreshed_at = read_moment("refreshed_at", request.refreshed_at)
        with self.sessions() as session:
            filings.cover(session, request.cik, start, refreshed_at)
        return SetCoverageResponse()
