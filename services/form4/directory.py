"""Keep every ticker in memory, so that form4 answers by ticker without asking anyone.

Read in bulk from filings' CompanyService/ListTickers, again every minute; a list that has not changed is not sent.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sectracker.filings.v1.company_service_pb2 import ListTickersRequest
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub

from services.chassis.errors import DependencyUnavailable
from services.chassis.logs import get_logger
from services.form4.errors import TickerUnknown
from services.identifiers import Ticker

log = get_logger(__name__)

REFRESH_SECONDS = 60.0
FILL_SECONDS = 1.0


class Company(NamedTuple):
    """Name a company as the SEC's ticker files do."""

    ticker: str
    cik: str
    name: str


class Listing(NamedTuple):
    """Hold one state of the list; it is replaced as a whole, so readers need no lock."""

    version: str
    by_ticker: Mapping[str, Company]
    by_cik: Mapping[str, Company]


class Directory:
    """Answer which company a ticker names, and which ticker a company has."""

    def __init__(self, companies: CompanyServiceStub) -> None:
        self.companies = companies
        self.listing = Listing("", {}, {})

    def refresh(self) -> None:
        """Read the list if it has changed."""
        answer = self.companies.ListTickers(ListTickersRequest(known_version=self.listing.version))
        if answer.version == self.listing.version:
            return
        rows = [Company(row.ticker, row.cik, row.name) for row in answer.tickers]
        by_cik = {company.cik: company for company in reversed(rows)}  # a company's first ticker is its own
        self.listing = Listing(answer.version, {company.ticker: company for company in rows}, by_cik)
        log.info("tickers read", tickers=len(rows), version=answer.version)

    def fill(self) -> None:
        """Read the list unless there is one: whoever starts before filings waits a second for it, not a minute."""
        if not self.listing.version:
            self.refresh()

    def company(self, ticker: Ticker) -> Company:
        """Return the company that a ticker names.

        Raises: TickerUnknown; DependencyUnavailable before the list was first read.
        """
        listing = self.listing
        if not listing.version:
            raise DependencyUnavailable("filings")
        try:
            return listing.by_ticker[ticker]
        except KeyError:
            raise TickerUnknown(ticker=ticker) from None

    def named(self, cik: str) -> Company | None:
        """Return the company with this CIK, if it has a ticker."""
        return self.listing.by_cik.get(cik)
