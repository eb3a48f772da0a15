"""Print what happened at the companies that somebody watches: filings and transactions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from google.protobuf.message import Message
from rich.console import RenderableType
from rich.text import Text
from sectracker.filings.v1.filing_pb2 import Filing
from sectracker.form4.v1.transaction_pb2 import Transaction
from sectracker.watchlist.v1.watchlist_service_pb2 import GetActivityResponse, Item

from cli.formats import company, company_csv, csv_output, words
from cli.formats.csv_output import Value, field_of
from cli.formats.tables import Column, table
from cli.formats.words import number
from cli.screen import Screen
from cli.text import clean

OF_FILING = ("period_of_report", "items", "description", "document_url")
OF_BOTH = ("accession_number", "form_type", "filed_on", "accepted_at")
OF_LINE = tuple(name for name in (*company_csv.OF_LINE, *company_csv.OF_LINE_SINCE) if name not in OF_BOTH)


class Line(NamedTuple):
    """Hold a transaction with its issuer's ticker and name, which are empty where they are not known."""

    ticker: str
    company_name: str
    cik: str
    transaction: Transaction


class Row(NamedTuple):
    """Hold a row of CSV: a filing, or a transaction."""

    kind: str
    ticker: str
    company_name: str
    cik: str
    of: Message


def lines(answer: GetActivityResponse, watched: Sequence[Item]) -> list[Line]:
    """Return an answer's transactions with their issuers, in their order."""
    named = names(answer, watched)
    return [Line(*named.get(one.cik, ("", "")), one.cik, one.transaction) for one in answer.transactions]


def names(answer: GetActivityResponse, watched: Sequence[Item]) -> Mapping[str, tuple[str, str]]:
    """Return tickers and names by CIK; a company that was removed meanwhile has those of its filings."""
    named = {filing.cik: (filing.ticker, filing.company_name) for filing in answer.filings}
    return named | {item.cik: (item.ticker, item.company_name) for item in watched}


def rows(answer: GetActivityResponse, watched: Sequence[Item]) -> Iterator[Row]:
    """Return an answer as rows of CSV: the filings, then the transactions, each in their order."""
    for filing in answer.filings:
        yield Row("filing", filing.ticker, filing.company_name, filing.cik, filing)
    for line in lines(answer, watched):
        yield Row("transaction", line.ticker, line.company_name, line.cik, line.transaction)


def row_field(name: str, row: Row) -> Value:
    """Return a field of a filing or a transaction; nothing where it has none of that name."""
    return field_of(row.of, name) if name in row.of.DESCRIPTOR.fields_by_name else None


def derivative_field(name: str, row: Row) -> Value:
    """Return a field of a transaction's derivative; filings and Table I have none."""
    return field_of(row.of.derivative, name) if isinstance(row.of, Transaction) else None


CSV_COLUMNS: Sequence[csv_output.Column[Row]] = (
    csv_output.Column("kind", lambda row: row.kind),
    csv_output.Column("ticker", lambda row: row.ticker or None),
    csv_output.Column("company_name", lambda row: row.company_name or None),
    csv_output.Column("cik", lambda row: row.cik),
    *(csv_output.Column(name, partial(row_field, name)) for name in (*OF_BOTH, *OF_FILING, *OF_LINE)),
    *(csv_output.Column(name, partial(derivative_field, name)) for name in company_csv.OF_DERIVATIVE),
)


def report(answer: GetActivityResponse, watched: Sequence[Item], screen: Screen) -> Iterator[RenderableType]:
    """Return what is printed of an answer: filings, transactions, totals, and how to see the rest."""
    period = f"last {number(answer.period_days, 'day', 'days')} by filing date"
    yield Text(f"Filings, {period}", "bold")
    yield table(FILINGS, answer.filings, screen) if answer.filings else Text("None.")
    yield Text()
    yield Text(f"Insiders' transactions, {period}", "bold")
    yield table(LINES, lines(answer, watched), screen) if answer.transactions else Text("None.")
    yield Text()
    yield Text(
        f"{len(answer.filings):,} of {number(answer.total_filings, 'filing', 'filings')} shown. "
        + company.totals(answer.summary, len(answer.transactions), period)
    )
    if answer.next_page_token:
        yield Text("There is more: --count N shows so many of each, --all everything.", words.FAINT)


def accepted(filing: Filing) -> Text:
    """Return when a filing was accepted, else the date that it was filed on."""
    return Text(words.moment(filing.accepted_at) if filing.HasField("accepted_at") else clean(filing.filed_on))


def of_line(column: Column[Transaction]) -> Column[Line]:
    """Return a column of transactions as one of transactions with their issuers."""
    return Column(column.title, lambda line: column.cell(line.transaction), column.rank, column.words, column.right)


FILINGS: Sequence[Column[Filing]] = (
    Column("Accepted", accepted),
    Column("Ticker", lambda filing: words.words(filing.ticker)),
    Column("Company", lambda filing: words.words(filing.company_name), rank=3, words=True),
    Column("Form", lambda filing: words.words(filing.form_type)),
    Column("Period", lambda filing: words.words(filing.period_of_report), rank=4),
    Column("Items", lambda filing: words.words(", ".join(filing.items)), rank=2, words=True),
    Column("Description", lambda filing: words.words(filing.description), rank=5, words=True),
    Column("Accession number", lambda filing: words.words(filing.accession_number), rank=1),
)
LINES: Sequence[Column[Line]] = (
    Column("Ticker", lambda line: words.words(line.ticker or line.cik)),
    *(of_line(column) for column in company.LINES),
)
