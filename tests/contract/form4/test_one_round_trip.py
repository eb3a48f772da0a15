"""Every read of form4 is one statement, seen where nothing can hide: in libpq's own trace of the wire."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetMarketActivityRequest,
    GetSummaryRequest,
)
from sectracker.form4.v1.ownership_service_pb2 import ListTransactionsByIssuersRequest
from sqlalchemy import delete
from sqlalchemy.exc import InternalError

from services.chassis.db import Sessions
from services.form4.models import Transaction
from tests.conftest import Database
from tests.contract.form4.house import APPLE, MICROSOFT, Form4, buy, running, sell
from tests.contract.serving import Limits
from tests.contract.wire import ONE_STATEMENT, traced
from tests.factories.ownership import owner
from tests.support.database import Cluster

READS: dict[str, Callable[[Form4, str], str]] = {
    "activity": lambda form4, token: (
        form4.readers.GetCompanyActivity(
            GetCompanyActivityRequest(ticker="AAPL", count=1, page_token=token)
        ).next_page_token
    ),
    "activity with every filter": lambda form4, token: (
        form4.readers.GetCompanyActivity(
            GetCompanyActivityRequest(
                ticker="AAPL",
                count=1,
                page_token=token,
                hide_planned=True,
                start_date="2020-01-01",
                end_date="2030-01-01",
                date_basis=GetCompanyActivityRequest.transaction,
            )
        ).next_page_token
    ),
    "summary": lambda form4, _token: form4.readers.GetSummary(GetSummaryRequest(ticker="AAPL")).ticker[:0],
    "market": lambda form4, token: (
        form4.readers.GetMarketActivity(
            GetMarketActivityRequest(start_date="2020-01-01", count=1, page_token=token)
        ).next_page_token
    ),
    "market with every filter": lambda form4, token: (
        form4.readers.GetMarketActivity(
            GetMarketActivityRequest(
                start_date="2020-01-01",
                end_date="2030-01-01",
                count=1,
                page_token=token,
                hide_planned=True,
                min_amount=0,
                max_amount=1e12,
                min_buys=0,
                min_sells=0,
                active=True,
            )
        ).next_page_token
    ),
    "many companies": lambda form4, token: (
        form4.ownership.ListTransactionsByIssuers(
            ListTransactionsByIssuersRequest(ciks=[APPLE.cik, MICROSOFT.cik], limit=1, page_token=token)
        ).next_page_token
    ),
}


@pytest.fixture(scope="module")
def sessions(cluster: Cluster, template: str) -> Iterator[Sessions]:
    """Yield sessions with one connection for reads, as a server has them."""
    with cluster.copy(of=template) as name:
        made = Sessions(Limits(Database(cluster, name).url("form4_serve", "psycopg2"), connections=1))
        yield made
        made.close()


@pytest.fixture(scope="module")
def form4(sessions: Sessions) -> Iterator[Form4]:
    """Yield a form4 with lines of several owners and companies."""
    with running(sessions) as house:
        for number in range(4):
            people = [owner(f"00000000{number + 10}", f"Owner {number}")]
            house.ingest(buy(), buy(), sell(), owners=people, cik=(APPLE.cik, MICROSOFT.cik)[number % 2])
        sessions.engines[0].dispose()
        yield house


@pytest.mark.parametrize("read", READS)
def test_a_read_is_one_statement(form4: Form4, sessions: Sessions, tmp_path: Path, read: str) -> None:
    """A first page and a further one are each one prepared statement: no BEGIN, no ping, nothing per row or owner."""
    ask = READS[read]
    token = ask(form4, "")
    ask(form4, token)  # both statements are prepared now, which happens once a connection
    for continued in ("", token):
        with traced(sessions, tmp_path / f"wire {bool(continued)}") as sent:
            ask(form4, continued)
        assert sent == ONE_STATEMENT


def test_a_read_does_not_touch_the_connections_for_writing(form4: Form4, sessions: Sessions) -> None:
    """Readers use connections on which PostgreSQL itself refuses a write."""
    for ask in READS.values():
        ask(form4, "")
    writing = sessions.engines[0].pool
    assert writing.status().startswith("Pool size: 1  Connections in pool: 0")
    with pytest.raises(InternalError, match="read-only transaction"), sessions.read() as session:
        session.execute(delete(Transaction))


def test_a_refused_request_asks_nothing(form4: Form4, sessions: Sessions, tmp_path: Path) -> None:
    """What is refused never reaches the database."""
    with traced(sessions, tmp_path / "wire") as sent:
        for fields in ({"ticker": "ZZZZ"}, {"ticker": "AAPL", "page_token": "forged"}, {"ticker": "", "count": 0}):
            with pytest.raises(Exception, match="StatusCode"):
                form4.readers.GetCompanyActivity(GetCompanyActivityRequest(**fields))
    assert sent == {}
