"""watchlist as a contract test sees it: the real server and tables, beside a real filings and a real form4."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from sectracker.auth.v1.trust_service_pb2 import IssueServiceTokenResponse
from sectracker.filings.v1.company_service_pb2 import BatchGetRequest, BatchGetResponse
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest, ListByIssuersResponse
from sectracker.filings.v1.filings_service_pb2_grpc import FilingsServiceStub
from sectracker.form4.v1.ownership_service_pb2 import (
    ListTransactionsByIssuersRequest,
    ListTransactionsByIssuersResponse,
)
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub
from sectracker.watchlist.v1.watchlist_service_pb2 import AddRequest, Item
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub

from services.chassis import client
from services.chassis.credentials import ServiceTokens
from services.chassis.db import Sessions
from services.chassis.errors import DependencyUnavailable
from services.chassis.paging import PageTokens
from services.filings.edgar.acceptance import Acceptance, AcceptanceSource
from services.filings.edgar.submissions import FilingRow
from services.filings.edgar.tickers import TickerFile, TickerRow
from services.filings.repository import filings as stored
from services.filings.servicer import CompanyServicer, FilingsServicer
from services.filings.sync_companies import store
from services.form4.ingest import ingest
from services.form4.rows import Submission
from services.form4.servicer import OwnershipServicer
from services.identifiers import AccessionNumber, Cik, Ticker
from services.watchlist.companies import Companies
from services.watchlist.read_activity import Sources
from services.watchlist.servicer import WatchlistServicer
from tests.contract.chassis.trial import settings
from tests.contract.serving import Served, served
from tests.factories import ownership as factory
from tests.support.identity import ISSUER

WATCHLIST = "sectracker.watchlist.v1.WatchlistService"
COMPANIES = "sectracker.filings.v1.CompanyService"
FILINGS = "sectracker.filings.v1.FilingsService"
OWNERSHIP = "sectracker.form4.v1.OwnershipService"

ADA, BOB = "01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"

Listed = tuple[str, str, str]

APPLE, MICROSOFT = ("AAPL", "0000320193", "Apple Inc."), ("MSFT", "0000789019", "MICROSOFT CORP")
BERKSHIRE = ("BRK-B", "0001067983", "BERKSHIRE HATHAWAY INC")
BERKSHIRE_A = ("BRK-A", "0001067983", "BERKSHIRE HATHAWAY INC")
LISTED: tuple[Listed, ...] = (APPLE, MICROSOFT, BERKSHIRE, BERKSHIRE_A)


@dataclass
class Neighbours:
    """Be filings and form4: answer from their own code and tables, note what is asked, and be away when told so."""

    companies: CompanyServicer
    filings: FilingsServicer
    ownership: OwnershipServicer
    asked: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)

    def note(self, service: str, rpc: str) -> None:
        """Note a call, or fail it as a service does that cannot answer."""
        if service in self.away:
            raise DependencyUnavailable("database")
        self.asked.append(rpc)

    def BatchGet(self, request: BatchGetRequest, context: grpc.ServicerContext) -> BatchGetResponse:  # noqa: N802 - the contract's name
        """Answer as filings does."""
        self.note("filings", "BatchGet")
        return self.companies.BatchGet(request, context)

    def ListByIssuers(self, request: ListByIssuersRequest, context: grpc.ServicerContext) -> ListByIssuersResponse:  # noqa: N802 - as above
        """Answer as filings does."""
        self.note("filings", "ListByIssuers")
        return self.filings.ListByIssuers(request, context)

    def ListTransactionsByIssuers(  # noqa: N802 - as above
        self, request: ListTransactionsByIssuersRequest, context: grpc.ServicerContext
    ) -> ListTransactionsByIssuersResponse:
        """Answer as form4 does."""
        self.note("form4", "ListTransactionsByIssuers")
        return self.ownership.ListTransactionsByIssuers(request, context)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A running watchlist, and what stands behind it."""

    served: Served
    sessions: Sessions
    neighbours: Neighbours

    def begin_anew(self) -> None:
        """Forget what a test has asked and told of the neighbours."""
        self.neighbours.asked.clear()
        self.neighbours.away.clear()

    def of(self, user_id: str) -> WatchlistServiceStub:
        """Return what a user calls."""
        return WatchlistServiceStub(self.served.user(user_id))

    def know(self, rows: Sequence[Listed], version: str) -> None:
        """Make a list of tickers the SEC's."""
        file = TickerFile(tuple(TickerRow(Cik(cik), Ticker(ticker), name, "") for ticker, cik, name in rows), 0)
        store(self.neighbours.companies.sessions, file, version)

    def add(self, *tickers: str, user_id: str = ADA) -> list[Item]:
        """Watch companies, one after the other."""
        stub = self.of(user_id)
        return [stub.Add(AddRequest(ticker=ticker)) for ticker in tickers]

    def list_filing(self, number: int, *ciks: str, day: dt.date) -> str:
        """List a filing under companies in filings, and return its accession number; a higher one is later that day."""
        at = dt.datetime.combine(day, dt.time(14), dt.UTC) + dt.timedelta(seconds=number)
        accession = AccessionNumber(f"0000000001-24-{number:06}")
        accepted = Acceptance("", at, AcceptanceSource.HEADER)
        row = FilingRow(accession, "8-K", day, accepted, None, "x.htm", "", (), None)
        for cik in ciks:
            with self.neighbours.filings.sessions() as session:
                stored.list_filings(session, cik, [row], at)
        return accession

    def store_trade(self, number: int, cik: str, *, day: dt.date) -> str:
        """Store a purchase of 10 shares at 2 dollars in form4, and return the accession number of its filing."""
        at = dt.datetime.combine(day, dt.time(14), dt.UTC) + dt.timedelta(seconds=number)
        accession = f"0000000002-24-{number:06}"
        line = factory.transaction(code="P", acquired="A", shares="10", price="2")
        document = factory.document(line, issuer_cik=cik, signed=day.isoformat())
        with self.neighbours.ownership.sessions() as session:
            ingest(session, Submission(accession, document, day, at, "", "header"))
        return accession


def neighbours(filings: Sessions, form4: Sessions) -> Neighbours:
    """Make filings and form4 on some sessions."""
    tokens = PageTokens(settings())
    return Neighbours(CompanyServicer(filings), FilingsServicer(filings, tokens), OwnershipServicer(form4, tokens))


@contextmanager
def running(watchlist: Sessions, filings: Sessions, form4: Sessions, *, threads: int = 1) -> Iterator[Watchlist]:
    """Run a watchlist on some sessions, and its neighbours."""
    beside = neighbours(filings, form4)
    me = ISSUER.identity("watchlist")
    with (
        served({COMPANIES: beside, FILINGS: beside}, "watchlist", threads=threads) as of_filings,
        served({OWNERSHIP: beside}, "watchlist", threads=threads) as of_form4,
        client.channel(f"127.0.0.1:{of_filings.server.port}", COMPANIES, FILINGS, identity=me) as to_filings,
        client.channel(f"127.0.0.1:{of_form4.server.port}", OWNERSHIP, identity=me) as to_form4,
    ):
        sources = Sources(FilingsServiceStub(to_filings), OwnershipServiceStub(to_form4))
        companies = Companies(CompanyServiceStub(to_filings))
        servicer: Any = WatchlistServicer(watchlist, PageTokens(settings()), companies, sources)
        with served({WATCHLIST: servicer}, "gateway", threads=threads) as server:
            yield Watchlist(server, watchlist, beside)


def without_token(watchlist: Sessions) -> WatchlistServicer:
    """Return a watchlist whose neighbours are asked for by a service that has no token."""

    def issue() -> IssueServiceTokenResponse:
        raise ConnectionError

    channel = client.channel("127.0.0.1:1", COMPANIES, FILINGS, OWNERSHIP, identity=ServiceTokens(issue))
    sources = Sources(FilingsServiceStub(channel), OwnershipServiceStub(channel))
    return WatchlistServicer(watchlist, PageTokens(settings()), Companies(CompanyServiceStub(channel)), sources)
