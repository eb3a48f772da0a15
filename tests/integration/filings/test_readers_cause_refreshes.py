"""From a reader's question to the answer: form4 asks filings, filings reads the SEC, form4 has the lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import pytest
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.filings.v1.refresh_service_pb2_grpc import RefreshServiceStub
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub

from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.eastern import today
from services.filings.domain import Priority, horizon
from services.filings.edgar.client import EdgarClient
from services.filings.servicer import CompanyServicer, RefreshServicer
from services.filings.sync_companies import sync
from services.form4.directory import Directory
from services.form4.refreshes import REFRESH_AGE, Refreshes
from services.form4.servicer import Form4Servicer
from tests.contract.chassis.trial import settings
from tests.contract.serving import Limits, refused, served
from tests.edgar.catalog import catalog_of_facts
from tests.integration.filings.house import House

COMPANIES, REFRESHES = "sectracker.filings.v1.CompanyService", "sectracker.filings.v1.RefreshService"
READERS = "sectracker.form4.v1.Form4Service"
APPLE = "0000320193"


@dataclass(frozen=True, slots=True)
class Readers:
    """What readers ask, and what form4 does beside its answers."""

    stub: Form4ServiceStub
    directory: Directory
    refreshes: Refreshes

    def ask(self, ticker: str) -> GetCompanyActivityResponse:
        """Read a company's activity."""
        return self.stub.GetCompanyActivity(GetCompanyActivityRequest(ticker=ticker, count=100))


@contextmanager
def both(house: House) -> Iterator[Readers]:
    """Run both services' servers, each with what the other asks of it."""
    refreshing = RefreshServicer(house.sessions, house.messages, REFRESH_AGE, 10)
    with served({COMPANIES: CompanyServicer(house.sessions), REFRESHES: refreshing}, "form4") as filings:
        directory = Directory(CompanyServiceStub(filings.service))
        refreshes = Refreshes(RefreshServiceStub(filings.service))
        sessions = Sessions(Limits(house.database.url("form4_serve", "psycopg2"), connections=1))
        servicer = Form4Servicer(sessions, PageTokens(settings()), directory, refreshes)
        with served({READERS: servicer}, "nobody") as form4:
            yield Readers(Form4ServiceStub(form4.anybody), directory, refreshes)
        sessions.close()


async def sync_companies(house: House) -> None:
    """Read the SEC's list of companies."""
    async with EdgarClient(house.settings()) as edgar:
        await sync(edgar, house.sessions)


async def test_a_reader_causes_the_refresh_that_answers_the_next(house: House) -> None:
    """A company that nobody read before answers `loading` at once, and `ready` with its lines after one refresh."""
    with both(house) as readers:
        with refused(grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
            readers.ask("AAPL")
        readers.directory.fill()
        await sync_companies(house)
        readers.directory.fill()

        before = readers.ask("AAPL")
        assert before.status == GetCompanyActivityResponse.loading
        assert not before.transactions
        readers.refreshes.send()
        [job_id] = house.queued(Priority.BACKGROUND)
        await house.work(job_id)

        since = horizon(2, today())
        after = readers.ask("aapl")
        assert after.status == GetCompanyActivityResponse.ready
        assert after.coverage_start == since.isoformat()
        wanted = {one.accession for one in catalog_of_facts().by_cik[APPLE] if one.filed >= since}
        assert {line.accession_number for line in after.transactions} == wanted
        assert wanted

        readers.refreshes.send()
        assert house.queued(Priority.BACKGROUND) == [job_id], "a company that is up to date is not asked for"


@pytest.mark.parametrize("outage", ["filings knows nobody", "filings is gone"])
def test_form4_starts_before_filings(house: House, outage: str) -> None:
    """Whoever starts first waits for the other without harm: no list, or no answer, is no list yet."""
    with both(house) as readers:
        if outage == "filings is gone":
            dead = grpc.insecure_channel("127.0.0.1:1")
            readers.directory.companies = CompanyServiceStub(dead)
            with pytest.raises(grpc.RpcError):
                readers.directory.fill()
            dead.close()
        else:
            readers.directory.fill()
        with refused(grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
            readers.ask("AAPL")
