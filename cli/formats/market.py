"""Print the market's insider trades."""

from collections.abc import Iterator, Sequence
from functools import partial

from rich.console import RenderableType
from rich.text import Text
from sectracker.form4.v1.form4_service_pb2 import GetMarketActivityResponse
from sectracker.form4.v1.transaction_pb2 import CompanyTotals, TopInsider

from cli.formats import csv_output, words
from cli.formats.csv_output import Value, field_of
from cli.formats.tables import Column, table
from cli.formats.words import net_cell, number, sum_cell
from cli.screen import Screen
from cli.text import clean

TOP_INSIDERS = 3
OF_COMPANY = (
    *("ticker", "company_name", "cik", "buy_count", "sell_count"),
    *("total_buys", "total_sells", "net", "signal"),
)
OF_INSIDER = ("cik", "name", "role", "net")


def report(answer: GetMarketActivityResponse, screen: Screen, period: str) -> Iterator[RenderableType]:
    """Return what is printed of an answer: the window, the companies, the totals."""
    yield Text(f"Insiders' open-market trades, {period}", "bold")
    yield Text()
    if answer.companies:
        yield table(COMPANIES, answer.companies, screen)
        yield Text()
    yield Text(totals(answer))


def totals(answer: GetMarketActivityResponse) -> str:
    """Say the totals of all companies that match, in one line."""
    shown = f"{len(answer.companies):,} of {number(answer.total_companies, 'company', 'companies')} shown"
    sides = f"{answer.buying_companies:,} buying, {answer.selling_companies:,} selling"
    lines = number(answer.total_transactions, "trade", "trades")
    updated = f"; updated {words.moment(answer.last_updated)}" if answer.HasField("last_updated") else ""
    return f"{shown}: {sides}, {lines}{updated}."


def top(company: CompanyTotals) -> Text:
    """Return the owner who stands out most."""
    if not company.top_insiders:
        return words.words("")
    first: TopInsider = company.top_insiders[0]
    role = f", {clean(first.role)}" if first.role else ""
    return Text(f"{clean(first.name)}{role}")


COMPANIES: Sequence[Column[CompanyTotals]] = (
    Column("Ticker", lambda one: words.words(one.ticker)),
    Column("Company", lambda one: words.words(one.company_name), words=True),
    Column("Buys", lambda one: Text(f"{one.buy_count:,}"), rank=2, right=True),
    Column("Bought", lambda one: sum_cell(one.total_buys, words.BOUGHT), rank=1, right=True),
    Column("Sells", lambda one: Text(f"{one.sell_count:,}"), rank=2, right=True),
    Column("Sold", lambda one: sum_cell(one.total_sells, words.SOLD), rank=1, right=True),
    Column("Net", lambda one: net_cell(one.net), right=True),
    Column("Top insider", top, rank=3, words=True),
)


def insider_field(position: int, name: str, company: CompanyTotals) -> Value:
    """Return a field of the owner at a position; there may be fewer."""
    return field_of(company.top_insiders[position], name) if position < len(company.top_insiders) else None


def company_field(name: str, company: CompanyTotals) -> Value:
    """Return a field of the company."""
    return field_of(company, name)


CSV_COLUMNS: Sequence[csv_output.Column[CompanyTotals]] = (
    *(csv_output.Column(name, partial(company_field, name)) for name in OF_COMPANY),
    *(
        csv_output.Column(f"top_insider_{position + 1}_{name}", partial(insider_field, position, name))
        for position in range(TOP_INSIDERS)
        for name in OF_INSIDER
    ),
)
