"""All real ownership documents through the whole stack: what `parse` reads of them is what every door says."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub

from deploy.local.machine import LOOPBACK
from tests.e2e.stack import filed as real
from tests.e2e.stack.asking import change, channel, edgar_log, get, operate, read, rows, until
from tests.e2e.stack.filed import FOLDER, Filed, Json, compared, key, sums
from tests.support.stack import Running, whole_stack

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real EDGAR files is not there")

PAGE = 100
YEARS = "22"  # the oldest documents of the folder are of 2004
# `xmin` names the transaction that wrote a row: a row that was written again, even to the same values, is another.
STORED = """
SELECT 'filing' AS kind, accession_number AS key, xmin::text AS written
FROM form4.ownership_filings
UNION ALL SELECT 'transaction', concat_ws(' ', accession_number, table_kind, ordinal), xmin::text
FROM form4.transactions
UNION ALL SELECT 'holding', concat_ws(' ', accession_number, table_kind, line), xmin::text
FROM form4.holdings
UNION ALL SELECT 'document', accession_number || ' ' || encode(sha256, 'hex'), xmin::text
FROM filings.documents
ORDER BY 1, 2
"""
FIGURES = """
SELECT accession_number, table_kind, line, shares, price, amount, shares_after, value_after
FROM form4.transactions
UNION ALL SELECT accession_number, table_kind, line, NULL, NULL, NULL, shares_after, value_after
FROM form4.holdings
"""


@dataclass(frozen=True, slots=True)
class Pages:
    """One company's answers, page by page, and the token that each was asked for with."""

    ticker: str
    answers: list[Json]
    tokens: list[str]

    @property
    def transactions(self) -> list[Json]:
        """Return the lines of all pages."""
        return [line for answer in self.answers for line in answer["transactions"]]


@dataclass(frozen=True, slots=True)
class Served:
    """A stack that has read every document, what they say, and the ticker of each issuer."""

    stack: Running
    filed: dict[str, Filed]
    tickers: dict[str, str]

    def of(self, cik: str) -> list[Filed]:
        """Return the documents of one issuer."""
        return [document for document in self.filed.values() if document.issuer == cik]

    def refresh(self) -> None:
        """Bring all companies up to date, by the operator's command."""
        operate(self.stack, "refresh", "--years", YEARS, *self.tickers.values())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Yield a stack in which the operator has refreshed every issuer of the folder."""
    catalog = real.read_catalog()
    filed = real.read_filed(catalog)
    named = {company.cik: company.ticker for company in reversed(catalog.companies)}
    tickers = {document.issuer: named[document.issuer] for document in filed.values()}
    options = {"EDGAR_FOLDER": str(FOLDER.resolve()), "EDGAR_OPTIONS": "--held-only --rate 0", "SEC_RATE": "100"}
    with whole_stack(EDGAR="small", **options) as stack:
        made = Served(stack, filed, tickers)
        until(lambda: all(get(stack, f"companies/{ticker}").is_success for ticker in tickers.values()))
        made.refresh()
        until(lambda: all(get(stack, f"form4/{ticker}").is_success for ticker in tickers.values()))
        yield made


@pytest.fixture(scope="module")
def pages(served: Served) -> dict[str, Pages]:
    """Return every company's pages as REST answers them, by CIK."""
    return {cik: read_pages(served.stack, ticker) for cik, ticker in served.tickers.items()}


def read_pages(stack: Running, ticker: str) -> Pages:
    """Read one company to the end."""
    pages = Pages(ticker, [], [""])
    while len(pages.answers) < len(pages.tokens):
        pages.answers.append(read(stack, f"form4/{ticker}", count=PAGE, page_token=pages.tokens[-1]))
        if pages.answers[-1]["next_page_token"]:
            pages.tokens.append(pages.answers[-1]["next_page_token"])
    return pages


def test_every_document_is_stored_once(served: Served) -> None:
    """All documents are in the database, none is missing or unreadable, and each was fetched once."""
    stored = rows(served.stack, "SELECT accession_number, issuer_cik FROM form4.ownership_filings")
    assert {row["accession_number"]: row["issuer_cik"] for row in stored} == {
        accession: document.issuer for accession, document in served.filed.items()
    }
    assert len(stored) == len(served.filed) == 333
    fates = rows(served.stack, "SELECT fate, count(*) AS n FROM filings.filings WHERE fate IS NOT NULL GROUP BY fate")
    assert fates == [{"fate": "ingested", "n": 333}]
    fetched = [seen["path"] for seen in edgar_log(served.stack) if seen["path"].endswith(".txt")]
    assert len(fetched) == len(set(fetched)) == 333


def test_every_decimal_is_stored_as_parsed(served: Served) -> None:
    """NUMERIC columns hold exactly the decimals that `parse` prints, of transactions and holdings alike."""
    found = rows(served.stack, FIGURES)
    figures = ("shares", "price", "amount", "shares_after", "value_after")
    stored = {
        (row["accession_number"], row["table_kind"], row["line"]): tuple(row[name] for name in figures) for row in found
    }
    assert len(stored) == len(found)
    assert stored == {
        (accession, line["table"], line["line"]): tuple(decimal(line[name]) for name in figures)
        for accession, document in served.filed.items()
        for line in document.parsed["lines"]
    }


def decimal(text: str | None) -> Decimal | None:
    """Return a decimal of `parse`."""
    return None if text is None else Decimal(text)


def test_rest_says_every_line_as_parsed(served: Served, pages: dict[str, Pages]) -> None:
    """REST's lines are those of `parse`, one to one by accession number, table and ordinal, field for field."""
    expected = real.transactions(served.filed)
    lines = [line for company in pages.values() for line in company.transactions]
    told = {key(line): line for line in lines}
    assert len(lines) == len(told)
    assert told.keys() == expected.keys()
    for identity, line in expected.items():
        assert compared(told[identity], line) == line, identity


def test_lines_are_under_their_issuer(served: Served, pages: dict[str, Pages]) -> None:
    """A company's pages hold the lines of its own documents, newest filing first."""
    for cik, company in pages.items():
        accessions = [line["accession_number"] for line in company.transactions]
        assert {served.filed[accession].issuer for accession in accessions} <= {cik}
        days = [line["filed_on"] for line in company.transactions]
        assert days == sorted(days, reverse=True)


def test_rest_sums_are_those_of_parse(served: Served, pages: dict[str, Pages]) -> None:
    """Counts and sums of each company, on every page, and of each of its insiders, add up to what `parse` says."""
    for cik, company in pages.items():
        mine = served.of(cik)
        count = sum(len(list(document.lines("transaction"))) for document in mine)
        for answer in company.answers:
            assert answer["summary"] == {**sums(mine).said(), "transaction_count": count}
        by_owner: defaultdict[str, list[Filed]] = defaultdict(list)
        for document in mine:
            if any(document.lines("transaction")):
                by_owner[document.owner].append(document)
        told = {insider["cik"]: insider for insider in company.answers[0]["insiders"]}
        assert told.keys() == by_owner.keys()
        for owner, documents in by_owner.items():
            expected = sums(documents).said()
            assert {name: told[owner][name] for name in expected} == expected


def test_the_market_adds_up(served: Served) -> None:
    """The market view over all dates has every company with an open-market line, with the sums of `parse`."""
    answer = read(served.stack, "form4/latest", start_date="2000-01-01", count=200)
    expected = {cik: sums(served.of(cik)) for cik in served.tickers}
    expected = {cik: each for cik, each in expected.items() if each.buy_count or each.sell_count}
    told = {company["cik"]: company for company in answer["companies"]}
    assert told.keys() == expected.keys()
    for cik, each in expected.items():
        assert {name: told[cik][name] for name in each.said()} == each.said()
        assert told[cik]["ticker"] == served.tickers[cik]
    assert answer["total_companies"] == len(expected)
    assert answer["total_transactions"] == sum(each.buy_count + each.sell_count for each in expected.values())


def test_grpc_says_what_rest_says(served: Served, pages: dict[str, Pages]) -> None:
    """Every page that REST prints is the message that gRPC answers, printed by protobuf itself."""
    with channel(served.stack) as open_channel:
        form4 = Form4ServiceStub(open_channel)
        for company in pages.values():
            for answer, token in zip(company.answers, company.tokens, strict=True):
                request = GetCompanyActivityRequest(ticker=company.ticker, count=PAGE, page_token=token)
                assert printed(form4.GetCompanyActivity(request, timeout=20)) == answer


def printed(message: Any) -> Json:
    """Return a message as JSON has it, with the options that the contract states."""
    told: Json = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return told


def test_a_second_refresh_changes_nothing(served: Served, pages: dict[str, Pages]) -> None:
    """Refreshing all again fetches no document and writes no line."""
    before, asked = rows(served.stack, STORED), len(edgar_log(served.stack))
    served.refresh()
    assert not [seen for seen in edgar_log(served.stack)[asked:] if seen["path"].endswith(".txt")]
    assert rows(served.stack, STORED) == before
    assert_same_figures(served.stack, pages)


def test_a_second_ingestion_changes_nothing(served: Served, pages: dict[str, Pages]) -> None:
    """All documents are handed to form4 again, and it writes none of them again: not one row is touched."""
    before, ingested = rows(served.stack, STORED), ingestions(served.stack)
    assert change(served.stack, "UPDATE filings.filings SET fate = 'listed' WHERE fate = 'ingested'") == 333
    served.refresh()
    assert ingestions(served.stack) - ingested >= 333  # a call that was repeated counts twice
    assert rows(served.stack, STORED) == before
    assert_same_figures(served.stack, pages)


def ingestions(stack: Running) -> int:
    """Return how many documents form4's processes have taken, as their metrics tell."""
    total = 0.0
    for name in ("form4-1", "form4-2"):
        metrics = httpx.get(f"http://{LOOPBACK}:{stack.process(name).metrics_port}/metrics", trust_env=False).text
        calls = [line for line in metrics.splitlines() if line.startswith("sectracker_calls_total")]
        total += sum(float(line.split()[-1]) for line in calls if "/Ingest" in line and 'code="OK"' in line)
    return int(total)


def assert_same_figures(stack: Running, pages: dict[str, Pages]) -> None:
    """Read every company anew: only the time of the last refresh may differ."""
    for company in pages.values():
        again = read_pages(stack, company.ticker)
        assert [without_time(answer) for answer in again.answers] == [
            without_time(answer) for answer in company.answers
        ]


def without_time(answer: Json) -> Json:
    """Return an answer without the time at which its company was last brought up to date."""
    return {name: value for name, value in answer.items() if name != "last_updated"}
