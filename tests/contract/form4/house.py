"""form4 as a contract test sees it: the real server and tables, and a stand-in for filings."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.filings.v1.company_pb2 import Company as CompanyMessage
from sectracker.filings.v1.company_service_pb2 import ListTickersRequest, ListTickersResponse
from sectracker.filings.v1.refresh_service_pb2 import RequestRefreshRequest, RequestRefreshResponse
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub
from sectracker.form4.v1.ownership_service_pb2 import IngestRequest, IngestResponse, SetCoverageRequest
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.form4.config import MAX_MESSAGE_BYTES
from services.form4.directory import Company, Directory, Listing
from services.form4.refreshes import Refreshes
from services.form4.servicer import Form4Servicer, OwnershipServicer
from tests.contract.chassis.trial import settings
from tests.contract.serving import Served, served
from tests.factories import ownership as factory

READERS = "sectracker.form4.v1.Form4Service"
OWNERSHIP = "sectracker.form4.v1.OwnershipService"

APPLE = Company("AAPL", "0000320193", "Apple Inc.")
BERKSHIRE = Company("BRK-B", "0001067983", "BERKSHIRE HATHAWAY INC")
MICROSOFT = Company("MSFT", "0000789019", "MICROSOFT CORP")
COMPANIES = (APPLE, MICROSOFT, BERKSHIRE, Company("BRK-A", BERKSHIRE.cik, BERKSHIRE.name))
NOBODYS_CIK = "0000999999"
"""Of a company that no ticker names."""

FILED = "2024-01-17"


@dataclass
class Filings:
    """Stand in for filings: tell the tickers, and note who is to be refreshed."""

    version: str = "1"
    asked: list[str] = field(default_factory=list)
    down: bool = False

    def ListTickers(self, request: ListTickersRequest) -> ListTickersResponse:  # noqa: N802 - the contract's name
        """Answer with the list, unless the caller has it."""
        self.fail_if_down()
        if request.known_version == self.version:
            return ListTickersResponse(version=self.version)
        rows = [CompanyMessage(ticker=row.ticker, cik=row.cik, name=row.name) for row in COMPANIES]
        return ListTickersResponse(version=self.version, tickers=rows)

    def RequestRefresh(self, request: RequestRefreshRequest) -> RequestRefreshResponse:  # noqa: N802 - as above
        """Note the request."""
        self.fail_if_down()
        self.asked.append(request.cik)
        return RequestRefreshResponse(outcome=RequestRefreshResponse.queued)

    def fail_if_down(self) -> None:
        """Fail as a stub does when nobody answers."""
        if self.down:
            raise grpc.RpcError("nobody answers")


@dataclass(frozen=True, slots=True)
class Form4:
    """A running form4: what anybody may ask, what services may tell, and what stands around it."""

    served: Served
    filings: Filings
    directory: Directory
    refreshes: Refreshes
    readers: Form4ServiceStub
    ownership: OwnershipServiceStub
    numbers: Iterator[int]

    def begin_anew(self) -> None:
        """Forget what a test has done to filings, to the tickers and to the refreshes that readers wanted."""
        self.filings.version, self.filings.down = "1", False
        self.filings.asked.clear()
        self.refreshes.waiting.clear()
        self.refreshes.asked.clear()
        self.directory.listing = Listing("", {}, {})
        self.directory.refresh()

    def ingest(
        self,
        *rows: str,
        cik: str = APPLE.cik,
        filed_on: str = FILED,
        accepted: str | None = "20:00:00",
        accession: str | None = None,
        **words: object,
    ) -> str:
        """Store a filing with these rows and return its accession number; each is higher than the one before.

        Unit: accepted is a time of the filing day in UTC.
        """
        number = accession or f"0000000001-24-{next(self.numbers):06}"
        document = factory.document(*rows, issuer_cik=cik, signed=filed_on, **words)  # type: ignore[arg-type]
        self.take(document, number, filed_on, accepted)
        return number

    def take(
        self, document: bytes, accession: str, filed_on: str = FILED, accepted: str | None = "20:00:00"
    ) -> IngestResponse:
        """Hand a document over, as filings does."""
        moment = None if accepted is None else at(f"{filed_on}T{accepted}+00:00")
        request = IngestRequest(
            accession_number=accession,
            document=document,
            filed_on=filed_on,
            accepted_at=moment,
            accepted_raw="" if accepted is None else accepted,
            acceptance_source=IngestRequest.unspecified if accepted is None else IngestRequest.header,
        )
        return self.ownership.Ingest(request)

    def cover(self, cik: str, start: str, refreshed: str) -> None:
        """Tell how far a company has been read."""
        self.ownership.SetCoverage(SetCoverageRequest(cik=cik, coverage_start=start, refreshed_at=at(refreshed)))


def at(text: str) -> Timestamp:
    """Return a moment from its ISO form."""
    moment = Timestamp()
    moment.FromDatetime(dt.datetime.fromisoformat(text))
    return moment


def buy(shares: str | None = "10", price: str | None = "2", **words: object) -> str:
    """Write a headline purchase."""
    return factory.transaction(code="P", acquired="A", shares=shares, price=price, **words)  # type: ignore[arg-type]


def sell(shares: str | None = "10", price: str | None = "2", **words: object) -> str:
    """Write a headline sale."""
    return factory.transaction(code="S", acquired="D", shares=shares, price=price, **words)  # type: ignore[arg-type]


@contextmanager
def running(sessions: Sessions, *, threads: int = 1) -> Iterator[Form4]:
    """Run form4 on some sessions, with the tickers read."""
    filings = Filings()
    directory, refreshes = Directory(filings), Refreshes(filings)  # type: ignore[arg-type] # stand in for two stubs
    directory.refresh()
    tokens = PageTokens(settings())
    servicers = {
        READERS: Form4Servicer(sessions, tokens, directory, refreshes),
        OWNERSHIP: OwnershipServicer(sessions, tokens),
    }
    with served(servicers, "filings", threads=threads, max_message_bytes=MAX_MESSAGE_BYTES) as running_server:
        yield Form4(
            served=running_server,
            filings=filings,
            directory=directory,
            refreshes=refreshes,
            readers=Form4ServiceStub(running_server.anybody),
            ownership=OwnershipServiceStub(running_server.service),
            numbers=count(1),
        )
