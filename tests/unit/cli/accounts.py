# ruff: noqa: N802 - the names of RPCs are the contract's
"""An auth and a watchlist of the contract's manners, in memory: tokens end, are rotated and are refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from sectracker.auth.v1.auth_service_pb2 import (
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    GetMeRequest,
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    LogoutResponse,
    RefreshRequest,
    RefreshResponse,
    RegisterRequest,
    RegisterResponse,
    RevokeApiKeyRequest,
    RevokeApiKeyResponse,
)
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceServicer, add_AuthServiceServicer_to_server
from sectracker.auth.v1.user_pb2 import User
from sectracker.form4.v1.form4_service_pb2 import GetMarketActivityRequest, GetMarketActivityResponse
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceServicer, add_Form4ServiceServicer_to_server
from sectracker.form4.v1.transaction_pb2 import Summary
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
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import (
    WatchlistServiceServicer,
    add_WatchlistServiceServicer_to_server,
)

from tests.unit.cli import messages
from tests.unit.cli.canned import field_invalid, refuse

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
COMPANIES = {"AAPL": ("0000320193", "Apple Inc."), "MSFT": ("0000789019", "\x1b[31mMICROSOFT CORP")}
SINCE = Timestamp(seconds=1_767_225_600)


@dataclass(slots=True)
class Accounts(AuthServiceServicer, WatchlistServiceServicer, Form4ServiceServicer):
    """Answer as auth and watchlist do, for one user, and as form4 does for everybody.

    Shape: `good` are access tokens that are let in, `spent` refresh tokens by their successors; `is_away` fails every
    renewal, `refuses_all` every token; `speaks` is false where the
    refusals are Envoy's, which have no details; `calls` are names with headers.
    """

    password: str = PASSWORD
    good: set[str] = field(default_factory=set)
    newest: str = ""
    spent: dict[str, str] = field(default_factory=dict)
    api_key: str = ""
    watched: dict[str, Item] = field(default_factory=dict)
    happened: GetActivityResponse = field(default_factory=GetActivityResponse)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lock: Lock = field(default_factory=Lock)
    expires_in: int = 900
    is_away: bool = False
    refuses_all: bool = False
    speaks: bool = True
    limits_logins: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def names(self) -> list[str]:
        """Return the calls that came, by name."""
        return [name for name, _ in self.calls]

    def note(self, name: str, request: Message, context: grpc.ServicerContext) -> dict[str, str]:
        """Keep a call; return its headers."""
        headers = {key: str(value) for key, value in context.invocation_metadata() or ()}
        self.calls.append((name, headers))
        self.requests.append(request)
        return headers

    def admit(self, name: str, request: Message, context: grpc.ServicerContext, *, anyone: bool = False) -> None:
        """Refuse a caller whose credentials are not good; nobody is let in where anyone is."""
        headers = self.note(name, request, context)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not self.refuses_all and token in self.good:
            return
        if self.api_key and headers.get("x-api-key") == self.api_key:
            return
        if anyone and not token and "x-api-key" not in headers:
            return
        if not self.speaks:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Jwt is expired")
        self.unauthenticated(context, "TOKEN_EXPIRED" if token else "CREDENTIALS_MISSING")

    def unauthenticated(self, context: grpc.ServicerContext, reason: str) -> None:
        """Refuse with a reason."""
        refuse(context, grpc.StatusCode.UNAUTHENTICATED, "Not you.", ErrorInfo(reason=reason, domain="sectracker"))

    def tokens(self) -> tuple[str, str]:
        """Return the next pair; the access tokens before are not good any more."""
        number = next(self.numbers)
        self.good = {f"access-{number}"}
        self.newest = f"str_{number}"
        return f"access-{number}", self.newest

    def user(self) -> User:
        """Return the account."""
        return User(
            id="0190", email=EMAIL, is_active=True, created_at=SINCE, updated_at=SINCE, has_api_key=bool(self.api_key)
        )

    def Register(self, request: RegisterRequest, context: grpc.ServicerContext) -> RegisterResponse:
        """Make the account."""
        self.note("Register", request, context)
        if len(request.password) < 8:
            field_invalid(context, "password", "must have 8 to 128 characters")
        self.password = request.password
        access, refresh = self.tokens()
        return RegisterResponse(
            user=self.user(), access_token=access, refresh_token=refresh, token_type="bearer", expires_in=900
        )

    def Login(self, request: LoginRequest, context: grpc.ServicerContext) -> LoginResponse:
        """Log in."""
        self.note("Login", request, context)
        if self.limits_logins:
            limited = ErrorInfo(reason="RATE_LIMITED", domain="sectracker", metadata={"limit": "login"})
            delay = RetryInfo(retry_delay=Duration(seconds=41, nanos=200_000_000))
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many calls.", limited, delay)
        if request.password != self.password:
            self.unauthenticated(context, "CREDENTIALS_WRONG")
        access, refresh = self.tokens()
        return LoginResponse(
            access_token=access, refresh_token=refresh, token_type="bearer", expires_in=self.expires_in
        )

    def Refresh(self, request: RefreshRequest, context: grpc.ServicerContext) -> RefreshResponse:
        """Rotate; the predecessor of the newest gets the same successor, any other token nothing."""
        with self.lock:
            self.note("Refresh", request, context)
            if self.is_away:
                context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")
            token = request.refresh_token
            if self.spent.get(token) != self.newest and token != self.newest:
                self.unauthenticated(context, "REFRESH_TOKEN_INVALID")
            if token == self.newest:
                self.tokens()
                self.spent = {token: self.newest}
            (access,) = self.good
            return RefreshResponse(
                access_token=access, refresh_token=self.newest, token_type="bearer", expires_in=self.expires_in
            )

    def Logout(self, request: LogoutRequest, context: grpc.ServicerContext) -> LogoutResponse:
        """End the login."""
        self.admit("Logout", request, context)
        self.good, self.newest = set(), "ended"
        return LogoutResponse()

    def GetMe(self, request: GetMeRequest, context: grpc.ServicerContext) -> User:
        """Return the account."""
        self.admit("GetMe", request, context)
        return self.user()

    def CreateApiKey(self, request: CreateApiKeyRequest, context: grpc.ServicerContext) -> CreateApiKeyResponse:
        """Make a key."""
        self.admit("CreateApiKey", request, context)
        self.api_key = f"stk_{next(self.numbers)}"
        return CreateApiKeyResponse(api_key=self.api_key, message="Keep it.")

    def RevokeApiKey(self, request: RevokeApiKeyRequest, context: grpc.ServicerContext) -> RevokeApiKeyResponse:
        """End the key."""
        self.admit("RevokeApiKey", request, context)
        self.api_key = ""
        return RevokeApiKeyResponse()

    def List(self, request: ListRequest, context: grpc.ServicerContext) -> ListResponse:
        """Return the list."""
        self.admit("List", request, context)
        return ListResponse(items=reversed(self.watched.values()), total=len(self.watched))

    def Add(self, request: AddRequest, context: grpc.ServicerContext) -> Item:
        """Watch a company."""
        self.admit("Add", request, context)
        ticker = request.ticker.upper()
        if ticker not in COMPANIES:
            unknown = ErrorInfo(reason="COMPANY_UNKNOWN", domain="sectracker", metadata={"ticker": ticker})
            refuse(context, grpc.StatusCode.NOT_FOUND, f"No company has the ticker {ticker}.", unknown)
        cik, name = COMPANIES[ticker]
        return self.watched.setdefault(ticker, Item(ticker=ticker, cik=cik, company_name=name, added_at=SINCE))

    def Remove(self, request: RemoveRequest, context: grpc.ServicerContext) -> RemoveResponse:
        """Stop watching a company."""
        self.admit("Remove", request, context)
        if self.watched.pop(request.ticker.upper(), None) is None:
            unknown = ErrorInfo(reason="ITEM_UNKNOWN", domain="sectracker", metadata={"ticker": request.ticker})
            refuse(context, grpc.StatusCode.NOT_FOUND, f"You do not watch {request.ticker}.", unknown)
        return RemoveResponse()

    def GetActivity(self, request: GetActivityRequest, context: grpc.ServicerContext) -> GetActivityResponse:
        """Return a page of what happened."""
        self.admit("GetActivity", request, context)
        whole, start = self.happened, int(request.page_token or 0)
        end = start + (request.count or 100)
        return GetActivityResponse(
            filings=whole.filings[start:end],
            transactions=whole.transactions[start:end],
            total_filings=len(whole.filings),
            summary=Summary(transaction_count=len(whole.transactions)),
            period_days=request.days or 7,
            next_page_token=str(end) if end < max(len(whole.filings), len(whole.transactions)) else "",
        )

    def GetMarketActivity(
        self, request: GetMarketActivityRequest, context: grpc.ServicerContext
    ) -> GetMarketActivityResponse:
        """Return the market to anyone; bad credentials are refused here, too."""
        self.admit("GetMarketActivity", request, context, anyone=True)
        return messages.market()


def happened(filings: int, transactions: int) -> GetActivityResponse:
    """Return so many filings of Apple and so many purchases at it."""
    answer = GetActivityResponse()
    for number in range(filings):
        answer.filings.add(
            cik="0000320193",
            ticker="AAPL",
            company_name="Apple Inc.",
            form_type="8-K",
            filed_on="2026-01-21",
            accession_number=f"0000320193-26-{number:06}",
            items=["2.02", "9.01"],
        )
    for _ in range(transactions):
        answer.transactions.add(cik="0000320193", transaction=messages.purchase())
    return answer


@contextmanager
def serving() -> Iterator[Accounts]:
    """Serve accounts on a free port of this machine."""
    accounts = Accounts()  # type: ignore[abstract] # it serves what the command asks; the rest is UNIMPLEMENTED
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=[("grpc.so_reuseport", 0)])
    add_AuthServiceServicer_to_server(accounts, server)
    add_WatchlistServiceServicer_to_server(accounts, server)
    add_Form4ServiceServicer_to_server(accounts, server)
    accounts.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield accounts
    finally:
        server.stop(grace=None).wait()
