# ruff: noqa: N802, ARG002 - names and parameters are the contract's
"""Stand-ins for the services behind the door: the chassis with answers that tests can steer by the ticker.

    python -m tests.e2e.gateway.standins auth|filings|form4|watchlist

AAPL and whatever is not below answers; ECHO lists the metadata that arrived; HANG answers when nobody waits any more;
ZZZZ is unknown; WRONG is refused; RICH has something of everything; BOOM is a bug; AWAY has no database; BIG answers
with two megabytes.
"""

import os
import sys
import time

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.auth.v1.auth_service_pb2 import LoginRequest, LoginResponse
from sectracker.auth.v1.key_service_pb2 import ListKeysRequest, ListKeysResponse
from sectracker.auth.v1.trust_service_pb2 import (
    GetTrustRequest,
    GetTrustResponse,
    IssueServiceTokenRequest,
    IssueServiceTokenResponse,
)
from sectracker.filings.v1 import company_service_pb2_grpc
from sectracker.filings.v1.company_pb2 import Company
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
from sectracker.form4.v1 import form4_service_pb2_grpc
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetMarketActivityRequest,
    GetMarketActivityResponse,
    GetSummaryRequest,
    GetSummaryResponse,
)
from sectracker.form4.v1.ownership_service_pb2 import (
    IngestRequest,
    IngestResponse,
    ListTransactionsByIssuersRequest,
    ListTransactionsByIssuersResponse,
)
from sectracker.form4.v1.transaction_pb2 import Summary, Transaction
from sectracker.watchlist.v1.watchlist_service_pb2 import ListRequest, ListResponse

from services.chassis import config, logs
from services.chassis.config import ServiceSettings
from services.chassis.errors import DependencyUnavailable, InvalidField, ServiceError
from services.chassis.server import Server
from tests.support.identity import SERVICE_SECONDS, Issuer

# The auth of all stand-ins, each of which is a process of its own.
AUTH = Issuer(private=Ed25519PrivateKey.from_private_bytes(b"the key of the stand-ins of auth"))

# Something of everything that JSON can print in more than one way.
RICH = GetCompanyActivityResponse(
    ticker='</script> "\\\u2028é😀\x7f\t',
    status=GetCompanyActivityResponse.Status.loading,
    last_updated=Timestamp(seconds=1_767_323_045, nanos=120_000_000),
    coverage_start="",
    transactions=[
        Transaction(type=Transaction.Type.sell, shares=shares, price=0, is_planned=False, flags=["", "a"])
        for shares in (0.0, -0.0, 0.1, 5.0, 221.03, 1e15, 1e16, 1e21, 1e22, 1.5e300, 5e-324, 1e-5, 1e-7, 123456789.123)
    ],
    summary=Summary(total_buys=float("inf"), total_sells=float("nan"), net=float("-inf"), buy_count=-1),
)


class TickerUnknown(ServiceError):  # noqa: N818 - named as the services name theirs
    """Refuse a ticker that nobody knows."""

    code, reason = grpc.StatusCode.NOT_FOUND, "TICKER_UNKNOWN"
    sentence = "No company has the ticker {ticker}."


class Accounts:
    """Stand in for auth: the only RPC here with a body."""

    def Login(self, request: LoginRequest, context: grpc.ServicerContext) -> LoginResponse:
        """Say who logged in, and how often anybody has."""
        self.calls = getattr(self, "calls", 0) + 1
        if request.email == "away@example.com":
            raise DependencyUnavailable(f"database, asked {self.calls} times")
        return LoginResponse(access_token=request.email, token_type="bearer")


class Keys:
    """Stand in for auth's keys: the one that all stand-ins know."""

    def ListKeys(self, request: ListKeysRequest, context: grpc.ServicerContext) -> ListKeysResponse:
        """List it."""
        return ListKeysResponse(keys=[AUTH.public()])


class Trusted:
    """Stand in for what auth tells to services."""

    def IssueServiceToken(
        self, request: IssueServiceTokenRequest, context: grpc.ServicerContext
    ) -> IssueServiceTokenResponse:
        """Believe everybody."""
        return IssueServiceTokenResponse(token=AUTH.service(request.service), expires_in=SERVICE_SECONDS)

    def GetTrust(self, request: GetTrustRequest, context: grpc.ServicerContext) -> GetTrustResponse:
        """Tell the key."""
        return AUTH.get_trust(request)


class Lists:
    """Stand in for watchlist."""

    def List(self, request: ListRequest, context: grpc.ServicerContext) -> ListResponse:
        """List nothing."""
        return ListResponse()


class Companies(company_service_pb2_grpc.CompanyServiceServicer):
    """Stand in for filings."""

    def Search(
        self, request: CompanyServiceSearchRequest, context: grpc.ServicerContext
    ) -> CompanyServiceSearchResponse:
        """Say what was asked for."""
        return CompanyServiceSearchResponse(results=[Company(ticker="FOUND", cik="0000000001", name=request.q)])

    def Get(self, request: CompanyServiceGetRequest, context: grpc.ServicerContext) -> CompanyServiceGetResponse:
        """Say which company was asked for; it is also the read that tells whether there is a database."""
        if os.environ.get("STANDIN_DATABASE") == "away":
            raise DependencyUnavailable("database")
        return CompanyServiceGetResponse(company=Company(ticker=request.ticker, cik="0000320193", name="Apple Inc."))

    def BatchGet(self, request: BatchGetRequest, context: grpc.ServicerContext) -> BatchGetResponse:
        """Answer, so that a route to it would be seen."""
        return BatchGetResponse()

    def ListTickers(self, request: ListTickersRequest, context: grpc.ServicerContext) -> ListTickersResponse:
        """Answer, so that a route to it would be seen."""
        return ListTickersResponse(version="1")


class Activity(form4_service_pb2_grpc.Form4ServiceServicer):
    """Stand in for form4's public service."""

    def GetCompanyActivity(
        self, request: GetCompanyActivityRequest, context: grpc.ServicerContext
    ) -> GetCompanyActivityResponse:
        """Answer, or misbehave as the ticker says."""
        misbehave(request.ticker, context)
        if request.ticker == "RICH":
            return RICH
        return GetCompanyActivityResponse(
            ticker=request.ticker,
            company_name=company_name(request.ticker, context),
            status=GetCompanyActivityResponse.Status.ready,
            transactions=[Transaction(type=Transaction.Type.sell, shares=0)] * request.count,
            summary=Summary(),
        )

    def GetSummary(self, request: GetSummaryRequest, context: grpc.ServicerContext) -> GetSummaryResponse:
        """Answer, or misbehave as the ticker says."""
        misbehave(request.ticker, context)
        return GetSummaryResponse(ticker=request.ticker, period_days=request.days or 30, total_buys=1.5)

    def GetMarketActivity(
        self, request: GetMarketActivityRequest, context: grpc.ServicerContext
    ) -> GetMarketActivityResponse:
        """Answer with nothing but a total that no other answer has."""
        return GetMarketActivityResponse(total_companies=4711)


class Ownership:
    """Stand in for form4's internal service."""

    def ListTransactionsByIssuers(
        self, request: ListTransactionsByIssuersRequest, context: grpc.ServicerContext
    ) -> ListTransactionsByIssuersResponse:
        """Answer, so that a route to it would be seen."""
        return ListTransactionsByIssuersResponse()

    def Ingest(self, request: IngestRequest, context: grpc.ServicerContext) -> IngestResponse:
        """Answer, so that a route to it would be seen."""
        return IngestResponse(outcome=IngestResponse.Outcome.created)


def misbehave(ticker: str, context: grpc.ServicerContext) -> None:
    """Do what a ticker stands for."""
    if ticker == "HANG":
        time.sleep(4)
    if ticker == "BOOM":
        raise RuntimeError("a secret of ours")
    if ticker == "ZZZZ":
        raise TickerUnknown(ticker=ticker)
    if ticker == "AWAY":
        raise DependencyUnavailable("database", retry_after=7)
    if ticker == "WRONG":
        raise InvalidField("ticker", "is wrong")


def company_name(ticker: str, context: grpc.ServicerContext) -> str:
    """Return a name: the metadata for ECHO, two megabytes for BIG."""
    if ticker == "BIG":
        return "x" * 2_000_000
    if ticker == "ECHO":
        return "\n".join(f"{key}: {value!r}" for key, value in context.invocation_metadata())
    return "Apple Inc."


SERVICES: dict[str, dict[str, object]] = {
    "auth": {
        "sectracker.auth.v1.AuthService": Accounts(),
        "sectracker.auth.v1.KeyService": Keys(),
        "sectracker.auth.v1.TrustService": Trusted(),
    },
    "filings": {"sectracker.filings.v1.CompanyService": Companies()},
    "form4": {
        "sectracker.form4.v1.Form4Service": Activity(),
        "sectracker.form4.v1.OwnershipService": Ownership(),
    },
    "watchlist": {"sectracker.watchlist.v1.WatchlistService": Lists()},
}


if __name__ == "__main__":
    settings = config.load(ServiceSettings)
    logs.configure(settings)
    Server(settings, SERVICES[sys.argv[1]], AUTH.house(sys.argv[1])).run()
