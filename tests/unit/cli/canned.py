# ruff: noqa: N802 - the names of RPCs are the contract's
"""A SEC-Tracker of canned messages: the generated servicers on a free port of this machine, in this process."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchRequest, CompanyServiceSearchResponse
from sectracker.filings.v1.company_service_pb2_grpc import (
    CompanyServiceServicer,
    add_CompanyServiceServicer_to_server,
)
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetMarketActivityRequest,
    GetMarketActivityResponse,
)
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceServicer, add_Form4ServiceServicer_to_server
from sectracker.gateway.v1.health_service_pb2 import CheckRequest, CheckResponse
from sectracker.gateway.v1.health_service_pb2_grpc import HealthServiceServicer, add_HealthServiceServicer_to_server

from tests.unit.cli import messages

REQUEST_ID = "0b5a8c1e-canned"


def refuse(context: grpc.ServicerContext, code: grpc.StatusCode, message: str, *details: Message) -> None:
    """End a call as the services do: a google.rpc.Status with its details and the request id."""
    packed = []
    for detail in (*details, RequestInfo(request_id=REQUEST_ID)):
        packed.append(AnyMessage())
        packed[-1].Pack(detail)
    status = Status(code=code.value[0], message=message, details=packed)
    context.abort_with_status(rpc_status.to_status(status))


def ticker_unknown(context: grpc.ServicerContext, ticker: str) -> None:
    """Refuse a ticker that the SEC's files do not name."""
    info = ErrorInfo(reason="TICKER_UNKNOWN", domain="sectracker", metadata={"ticker": ticker})
    refuse(context, grpc.StatusCode.NOT_FOUND, f"No company has the ticker {ticker}.", info)


def field_invalid(context: grpc.ServicerContext, name: str, description: str) -> None:
    """Refuse a field."""
    info = ErrorInfo(reason="FIELD_INVALID", domain="sectracker", metadata={"field": name})
    bad = BadRequest(field_violations=[BadRequest.FieldViolation(field=name, description=description)])
    refuse(context, grpc.StatusCode.INVALID_ARGUMENT, f"{name}: {description}.", info, bad)


Failure = Callable[[grpc.ServicerContext], None]


@dataclass(slots=True)
class Canned(Form4ServiceServicer, CompanyServiceServicer, HealthServiceServicer):
    """Answer every public read that the command makes.

    Shape: `companies` by ticker, each the whole answer, which is cut into pages as asked; `failures` end the calls to
    come, one each; `requests` are those that came; the first `loading_for` answers are of a company still loading, and
    the first `older_for` answers of more than one line; `repeats_pages` issues the same page token for ever.
    """

    companies: dict[str, GetCompanyActivityResponse] = field(default_factory=messages.companies)
    market: GetMarketActivityResponse = field(default_factory=messages.market)
    found: CompanyServiceSearchResponse = field(default_factory=messages.found)
    state: CheckResponse = field(default_factory=messages.state)
    failures: list[Failure] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    loading_for: int = 0
    older_for: int = 0
    repeats_pages: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def note(self, request: Message, context: grpc.ServicerContext) -> None:
        """Keep a copy of a request, and fail the call if the next one is to fail."""
        kept = type(request)()
        kept.CopyFrom(request)
        self.requests.append(kept)
        if self.failures:
            self.failures.pop(0)(context)

    def GetCompanyActivity(
        self, request: GetCompanyActivityRequest, context: grpc.ServicerContext
    ) -> GetCompanyActivityResponse:
        """Return a page of a company's canned answer."""
        self.note(request, context)
        whole = self.companies.get(request.ticker.upper())
        if whole is None:
            ticker_unknown(context, request.ticker)
            raise AssertionError("abort raises")
        start, size = int(request.page_token or 0), request.count or 20
        page = GetCompanyActivityResponse()
        page.CopyFrom(whole)
        del page.transactions[:]
        page.transactions.extend(whole.transactions[start : start + size])
        page.next_page_token = str(start + size) if start + size < len(whole.transactions) else ""
        if self.repeats_pages:
            page.next_page_token = "0"
        if self.loading_for > 0:
            self.loading_for -= 1
            page.status = GetCompanyActivityResponse.Status.loading
        elif self.older_for > 0 and size > 1:
            self.older_for -= 1
            page.status = GetCompanyActivityResponse.Status.loading
        return page

    def GetMarketActivity(
        self, request: GetMarketActivityRequest, context: grpc.ServicerContext
    ) -> GetMarketActivityResponse:
        """Return a page of the canned market."""
        self.note(request, context)
        start, size = int(request.page_token or 0), request.count or 50
        page = GetMarketActivityResponse()
        page.CopyFrom(self.market)
        del page.companies[:]
        page.companies.extend(self.market.companies[start : start + size])
        page.next_page_token = str(start + size) if start + size < len(self.market.companies) else ""
        return page

    def Search(
        self, request: CompanyServiceSearchRequest, context: grpc.ServicerContext
    ) -> CompanyServiceSearchResponse:
        """Return the canned companies."""
        self.note(request, context)
        return self.found

    def Check(self, request: CheckRequest, context: grpc.ServicerContext) -> CheckResponse:
        """Return the canned state."""
        self.note(request, context)
        return self.state


@contextmanager
def serving(port: int = 0) -> Iterator[Canned]:
    """Serve canned answers on a free port, or a given one, of this machine."""
    canned = Canned()  # type: ignore[abstract] # it serves what the command asks; the rest is UNIMPLEMENTED
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=[("grpc.so_reuseport", 0)])
    add_Form4ServiceServicer_to_server(canned, server)
    add_CompanyServiceServicer_to_server(canned, server)
    add_HealthServiceServicer_to_server(canned, server)
    canned.port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield canned
    finally:
        server.stop(grace=None).wait()
