"""All real ownership documents, ingested twice: no line is lost, and every reader tells what `parse` prints."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToDict
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse
from sectracker.form4.v1.ownership_service_pb2 import IngestResponse, ListTransactionsByIssuersRequest
from sectracker.form4.v1.transaction_pb2 import Transaction

from services.chassis.db import Sessions
from services.form4.directory import Company, Listing
from services.form4.ownership import parse
from services.form4.parse_command import document_object
from tests.conftest import Database
from tests.contract.form4.house import READERS, Form4, running
from tests.contract.form4.stored import counts, everything
from tests.contract.serving import Limits
from tests.edgar.folder import catalog_of_folder

REAL = Path(__file__).parents[3] / "../shared/edgar"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real EDGAR files is not there")

# A line's fields in the output of `parse` that its message has under another name, or in another form.
RENAMED = {"form_type": "transaction_form_type", "planned": "is_planned"}
NUMBERS = {"shares", "price", "total_value", "shares_after", "value_after", "amount"}
WORDS = {
    "date", "deemed_execution_date", "form_type", "code", "timeliness", "acquired_disposed", "nature", "security_title",
    "line", "ordinal", "table", "type", "headline", "ownership", "planned", "planned_source", "footnote_ids", "flags",
}  # fmt: skip
TERMS = {
    "conversion_price",
    "underlying_shares",
    "underlying_value",
    "exercise_date",
    "expiration_date",
    "underlying_title",
}
ABSENT_AS_EMPTY = {"security_title": "", "footnote_ids": [], "flags": []}


@dataclass(frozen=True, slots=True)
class Real:
    """One real document: its number, when it was filed, its bytes, and what `parse` prints of it."""

    accession: str
    filed_on: str
    data: bytes
    printed: dict[str, Any]

    @property
    def cik(self) -> str:
        """Return the issuer's CIK."""
        return str(self.printed["issuer"]["cik"])

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """Return the lines that are transactions."""
        return [line for line in self.printed["lines"] if line["kind"] == "transaction"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A form4 that has taken all real documents."""

    form4: Form4
    sessions: Sessions
    reals: list[Real]
    outcomes: list[IngestResponse]

    def read(self, cik: str) -> tuple[GetCompanyActivityResponse, list[Transaction]]:
        """Read a company to the end."""
        lines: list[Transaction] = []
        token = ""
        for _ in range(100):
            request = GetCompanyActivityRequest(ticker=f"T{int(cik)}", count=100, page_token=token)
            answer = self.form4.readers.GetCompanyActivity(request)
            lines += answer.transactions
            token = answer.next_page_token
            if not token:
                return answer, lines
        raise AssertionError("the pages have no end")

    @property
    def by_company(self) -> dict[str, list[Real]]:
        """Return the documents by their issuer."""
        grouped: dict[str, list[Real]] = defaultdict(list)
        for real in self.reals:
            grouped[real.cik].append(real)
        return grouped


def documents() -> list[Real]:
    """Read the folder as the small EDGAR serves it, and print each document as `parse` does."""
    reals = []
    for filing in catalog_of_folder(REAL).newest:
        if filing.source:
            data = filing.documents[0].read()
            printed = orjson.loads(orjson.dumps(document_object(parse(data), filing.source), default=str))
            reals.append(Real(filing.accession, filing.filed.isoformat(), data, printed))
    return reals


@pytest.fixture(scope="module")
def stored(cluster: Any, template: str) -> Iterator[Stored]:
    """Yield a form4 that has taken every document, in a database that this file alone uses."""
    reals = documents()
    with cluster.copy(of=template) as name:
        sessions = Sessions(Limits(Database(cluster, name).url("form4_serve", "psycopg2"), connections=1))
        with running(sessions) as form4:
            companies = {real.cik: Company(f"T{int(real.cik)}", real.cik, "Any") for real in reals}
            tickers = {company.ticker: company for company in companies.values()}
            form4.directory.listing = Listing("real", tickers, companies)
            outcomes = [form4.take(real.data, real.accession, real.filed_on) for real in reals]
            yield Stored(form4, sessions, reals, outcomes)
        sessions.close()


def test_every_document_is_taken(stored: Stored) -> None:
    """As many filings as there are documents are created, each with its transactions and holdings."""
    assert len(stored.reals) == len(list((REAL / "ownership").glob("*.xml")))
    for real, outcome in zip(stored.reals, stored.outcomes, strict=True):
        assert (outcome.outcome, outcome.issuer_cik) == (IngestResponse.created, real.cik)
        assert outcome.transaction_count == len(real.transactions)
        assert outcome.holding_count == len(real.printed["lines"]) - len(real.transactions)


def test_no_row_is_lost(stored: Stored) -> None:
    """The tables hold every line, owner and footnote that the documents have."""
    printed = [real.printed for real in stored.reals]
    assert counts(stored.sessions) == {
        "ownership_filings": len(printed),
        "reporting_owners": sum(len(one["owners"]) for one in printed),
        "footnotes": sum(len(one["footnotes"]) for one in printed),
        "transactions": sum(len(real.transactions) for real in stored.reals),
        "holdings": sum(len(one["lines"]) for one in printed) - sum(len(real.transactions) for real in stored.reals),
    }


def test_a_second_time_changes_nothing(stored: Stored) -> None:
    """Handing all of them over again is answered with `unchanged`, and not one value in the tables is another."""
    before = everything(stored.sessions)
    again = [stored.form4.take(real.data, real.accession, real.filed_on) for real in stored.reals]
    assert {outcome.outcome for outcome in again} == {IngestResponse.unchanged}
    assert everything(stored.sessions) == before


def test_readers_tell_each_line_as_parse_prints_it(stored: Stored) -> None:
    """Page by page, each company's lines are those of its documents: every word, figure and flag."""
    for cik, reals in stored.by_company.items():
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in stored.read(cik)[1]:
            lines[line.accession_number].append(told(line))
        for real in reals:
            assert lines.pop(real.accession, []) == [expected(line) for line in real.transactions], real.accession
        assert not lines


def test_sums_are_those_that_parse_prints(stored: Stored) -> None:
    """A company's sums are the exact sums over its documents, and those of its insiders add up to them."""
    for cik, reals in stored.by_company.items():
        answer, _ = stored.read(cik)
        summaries = [real.printed["summary"] for real in reals]
        bought, sold = (sum(Decimal(one[name]) for one in summaries) for name in ("total_buys", "total_sells"))
        told_sums = answer.summary
        assert (told_sums.total_buys, told_sums.total_sells) == (float(bought), float(sold))
        assert told_sums.net == float(bought - sold)
        assert told_sums.buy_count == sum(one["buy_count"] for one in summaries)
        assert told_sums.sell_count == sum(one["sell_count"] for one in summaries)
        assert told_sums.transaction_count == sum(len(real.transactions) for real in reals)
        assert sum(insider.sell_count for insider in answer.insiders) == told_sums.sell_count
        assert sum(insider.net for insider in answer.insiders) == pytest.approx(told_sums.net, rel=1e-9)


def test_rest_prints_what_grpc_answers(stored: Stored) -> None:
    """The JSON that the gateway passes on holds the same values as the message, for every company."""
    for cik in stored.by_company:
        request = GetCompanyActivityRequest(ticker=f"T{int(cik)}", count=100)
        data = stored.form4.served.bytes(f"{READERS}Rest/GetCompanyActivity", request.SerializeToString())
        message = stored.form4.readers.GetCompanyActivity(request)
        plain = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        assert json.loads(HttpBody.FromString(data).data) == plain


def test_services_read_the_same_lines(stored: Stored) -> None:
    """All companies' lines together are as many as the documents have, with the same sums."""
    summaries = [real.printed["summary"] for real in stored.reals]
    request = ListTransactionsByIssuersRequest(ciks=sorted(stored.by_company), limit=500)
    answer = stored.form4.ownership.ListTransactionsByIssuers(request)
    assert answer.summary.transaction_count == sum(len(real.transactions) for real in stored.reals)
    assert answer.summary.total_sells == float(sum(Decimal(one["total_sells"]) for one in summaries))
    assert answer.summary.total_buys == float(sum(Decimal(one["total_buys"]) for one in summaries))


def told(line: Transaction) -> dict[str, Any]:
    """Return what a message says of a line, under the names of `parse`."""
    plain = MessageToDict(line, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    said = {name: plain.get(RENAMED.get(name, name)) for name in WORDS | NUMBERS}
    return said | {name: plain.get("derivative", {}).get(name) for name in TERMS} | {"equity_swap": line.equity_swap}


def expected(line: dict[str, Any]) -> dict[str, Any]:
    """Return what a message has to say of a line that `parse` has printed: figures as the nearest double."""
    said = {name: line[name] if line[name] is not None else ABSENT_AS_EMPTY.get(name) for name in WORDS}
    for name in NUMBERS | {"conversion_price", "underlying_shares", "underlying_value"}:
        said[name] = None if line[name] is None else float(Decimal(line[name]))
    terms = {name: line[name] for name in ("exercise_date", "expiration_date", "underlying_title")}
    shown = terms if line["table"] == "derivative" else dict.fromkeys(TERMS)
    return said | shown | {"equity_swap": bool(line["equity_swap"])}
