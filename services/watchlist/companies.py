"""Ask filings for companies: who has a ticker, and what companies are called today."""

from collections.abc import Sequence
from dataclasses import dataclass

from sectracker.filings.v1.company_service_pb2 import BatchGetRequest
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub

from services.chassis.errors import DependencyUnavailable
from services.chassis.logs import get_logger
from services.identifiers import Ticker
from services.watchlist.asking import asking
from services.watchlist.domain import Company, Item

log = get_logger(__name__)

SECONDS = 2.0
"""What an answer may wait for; 500 companies take filings 5 ms."""


@dataclass(frozen=True, slots=True)
class Companies:
    """Know companies through filings."""

    service: CompanyServiceStub

    def find(self, ticker: Ticker) -> Company | None:
        """Return the company that has a ticker today, or None.

        Raises: DependencyUnavailable.
        """
        return next(iter(self._get(BatchGetRequest(tickers=[ticker]))), None)

    def named(self, items: Sequence[Item]) -> list[Item]:
        """Return items with today's tickers and names; as they were when added where these cannot be told.

        Shape: one call, of the tickers that they were added under; a second for the companies that have lost theirs.
        """
        today: dict[str, Company] = {}
        try:
            if items:
                found = self._get(BatchGetRequest(tickers=[item.ticker for item in items]))
                added_as = {item.cik: item.ticker for item in items}
                today = {company.cik: company for company in found if added_as.get(company.cik) == company.ticker}
            if lost := [item.cik for item in items if item.cik not in today]:
                today |= {company.cik: company for company in self._get(BatchGetRequest(ciks=lost))}
        except DependencyUnavailable as error:
            log.warning("names of the day of adding", items=len(items) - len(today), cause=str(error.__cause__))
        return [item.named(today[item.cik]) if item.cik in today else item for item in items]

    def _get(self, request: BatchGetRequest) -> list[Company]:
        """Return the companies that filings knows."""
        with asking("filings"):
            answer = self.service.BatchGet(request, timeout=SECONDS)
        return [Company(company.ticker, company.cik, company.name) for company in answer.companies]
