"""Find companies: `sectracker scan`."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text
from sectracker.filings.v1.company_pb2 import Company
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchRequest

from cli import options, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.endpoint import DEFAULT_URL
from cli.errors import EXIT_CODES_HELP
from cli.formats import csv_output, json_output
from cli.formats.csv_output import field_of
from cli.formats.tables import Column, table
from cli.formats.words import words
from cli.options import choice
from cli.text import clean

MAX_RESULTS = 50
app = typer.Typer(no_args_is_help=True, help="Find companies.")

Question = Annotated[list[str], typer.Argument(metavar="Q", help="A ticker or a part of a name; words are joined.")]
Limit = Annotated[int, choice("--limit", min=1, max=MAX_RESULTS, metavar="N", help="Companies to show.")]

COLUMNS: Sequence[Column[Company]] = (
    Column("Ticker", lambda company: words(company.ticker)),
    Column("CIK", lambda company: words(company.cik)),
    Column("Company", lambda company: words(company.name), words=True),
)
CSV_COLUMNS: Sequence[csv_output.Column[Company]] = (
    csv_output.Column("ticker", lambda company: field_of(company, "ticker")),
    csv_output.Column("cik", lambda company: field_of(company, "cik")),
    csv_output.Column("name", lambda company: field_of(company, "name")),
)


@app.callback()
def scan() -> None:
    """Find companies."""


@app.command(epilog=f"{options.CREDENTIALS_HELP}\n{EXIT_CODES_HELP}")
def search(
    question: Question,
    *,
    limit: Limit = 10,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Find companies by ticker or name.

    The exact ticker comes first, then tickers that begin so, then names
    that resemble it. Finding nothing is an answer, not a failure: the exit
    code is 0.
    """
    options.one_format(as_json, as_csv)
    asked = " ".join(question)
    with Door(url, timeout, insecure=insecure) as door:
        answer = door.call(door.companies.Search, CompanyServiceSearchRequest(q=asked, limit=limit))
    if as_json:
        screen.for_programs()
        json_output.write(answer)
    elif as_csv:
        screen.for_programs()
        csv_output.write_header(CSV_COLUMNS)
        csv_output.write_rows(CSV_COLUMNS, answer.results)
    else:
        screen.for_people()
        here = screen.current()
        nothing = Text(f"No company resembles {clean(asked, 60)!r}.")
        screen.show(here, table(COLUMNS, answer.results, here) if answer.results else nothing)
