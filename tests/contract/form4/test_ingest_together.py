"""OwnershipService/Ingest by several at once: a filing is stored once, whole, whoever comes first."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sectracker.form4.v1.ownership_service_pb2 import IngestResponse

from services.chassis.db import Sessions
from services.form4.models import Transaction
from tests.contract.form4.house import Form4, buy, running
from tests.contract.form4.stored import counts, rows
from tests.factories.ownership import document, holding

AT_ONCE = 4
ACCESSION = "0000320193-24-000007"


@pytest.fixture
def busy(sessions: Sessions) -> Iterator[Form4]:
    """Yield a form4 that answers several at once."""
    with running(sessions, threads=AT_ONCE) as house:
        yield house


def take_together(form4: Form4, documents: list[bytes], accessions: list[str]) -> Counter[str]:
    """Hand documents over at the same time and count the outcomes."""
    start = Barrier(len(documents))

    def take(data: bytes, accession: str) -> str:
        start.wait()
        return IngestResponse.Outcome.Name(form4.take(data, accession).outcome)

    with ThreadPoolExecutor(len(documents)) as pool:
        return Counter(pool.map(take, documents, accessions))


def test_one_of_several_stores_it(busy: Form4, sessions: Sessions) -> None:
    """Of equal calls at one moment one creates the filing and the others find it."""
    data = document(buy(), buy(), holding())
    for number in range(5):
        outcomes = take_together(busy, [data] * AT_ONCE, [f"0000320193-24-00000{number}"] * AT_ONCE)
        assert outcomes == {"created": 1, "unchanged": AT_ONCE - 1}
    assert counts(sessions)["transactions"] == 10
    assert counts(sessions)["ownership_filings"] == counts(sessions)["holdings"] == 5


def test_other_bytes_at_the_same_moment_do_not_mix(busy: Form4, sessions: Sessions) -> None:
    """Of different documents under one number the last one stands, whole."""
    documents = [document(*[buy(str(number))] * number) for number in range(1, AT_ONCE + 1)]
    outcomes = take_together(busy, documents, [ACCESSION] * AT_ONCE)
    assert outcomes == {"created": 1, "replaced": AT_ONCE - 1}
    lines = rows(sessions, Transaction)
    assert {line["shares"] for line in lines} == {len(lines)}


def test_filings_do_not_wait_for_each_other(busy: Form4, sessions: Sessions) -> None:
    """Different filings are stored at the same time."""
    accessions = [f"0000320193-24-00001{number}" for number in range(AT_ONCE)]
    assert take_together(busy, [document(buy())] * AT_ONCE, accessions) == {"created": AT_ONCE}
    assert counts(sessions)["ownership_filings"] == AT_ONCE
