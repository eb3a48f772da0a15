"""Each question that filings asks of its tables is one statement on a connection that needs nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sectracker.filings.v1.company_service_pb2 import (
    BatchGetRequest,
    CompanyServiceGetRequest,
    CompanyServiceSearchRequest,
    ListTickersRequest,
)
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.filings.house import APPLE, LISTED, Filings, running
from tests.contract.serving import Limits
from tests.contract.wire import ONE_STATEMENT, traced
from tests.support.database import Cluster
from tests.support.keyvalue import KeyValue

READS: dict[str, tuple[int, Callable[[Filings], object]]] = {
    "search": (1, lambda house: house.anybody.Search(CompanyServiceSearchRequest(q="a", limit=50))),
    "search for nothing": (0, lambda house: house.anybody.Search(CompanyServiceSearchRequest(q=" "))),
    "get": (1, lambda house: house.anybody.Get(CompanyServiceGetRequest(ticker="AAPL"))),
    "batch of tickers": (1, lambda house: house.companies.BatchGet(BatchGetRequest(tickers=["AAPL", "MSFT", "T"]))),
    "batch of both": (2, lambda house: house.companies.BatchGet(BatchGetRequest(tickers=["T"], ciks=[APPLE[1]]))),
    "filings of companies": (1, lambda house: house.filings.ListByIssuers(ListByIssuersRequest(ciks=[APPLE[1]]))),
    "known list": (1, lambda house: house.companies.ListTickers(ListTickersRequest(known_version="1"))),
    "new list": (2, lambda house: house.companies.ListTickers(ListTickersRequest())),
}


@pytest.fixture(scope="module")
def sessions(cluster: Cluster, template: str) -> Iterator[Sessions]:
    """Yield sessions with one connection for reads, as a server has them."""
    with cluster.copy(of=template) as name:
        made = Sessions(Limits(Database(cluster, name).url("filings_serve", "psycopg2"), connections=1))
        yield made
        made.close()


@pytest.fixture(scope="module")
def house(sessions: Sessions, valkey_server: KeyValue) -> Iterator[Filings]:
    """Yield a filings that knows some companies."""
    with running(sessions, valkey_server.queue_url) as made:
        made.know(LISTED)
        yield made


@pytest.mark.parametrize("read", READS)
def test_a_question_is_one_statement(house: Filings, sessions: Sessions, tmp_path: Path, read: str) -> None:
    """However many companies are asked for or found, the number of statements is that of the kinds of question."""
    statements, ask = READS[read]
    ask(house)  # the statements are prepared now, which happens once a connection
    with traced(sessions, tmp_path / "wire") as sent:
        ask(house)
    assert sent == {kind: number * statements for kind, number in ONE_STATEMENT.items() if statements}
