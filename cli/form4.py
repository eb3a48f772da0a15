"""Show companies' insider transactions: `sectracker form4`."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated

import typer
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse

from cli import options, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.company_reading import Question, Status, read_company
from cli.endpoint import DEFAULT_URL
from cli.errors import CommandError, worst
from cli.formats import company, company_csv, csv_output, json_output
from cli.options import choice
from cli.text import clean

Read = Callable[[str], GetCompanyActivityResponse]
Tickers = Annotated[list[str], typer.Argument(metavar="TICKER", help="Tickers in any spelling: AAPL, brk.b, BRK/B.")]
Recent = Annotated[
    int | None, choice("-r", "--recent", min=1, metavar="N", help="Only the N insiders with the newest transactions.")
]
Days = Annotated[
    int | None,
    choice(
        "-d", "--days", min=1, max=options.MAX_COMPANY_DAYS, metavar="DAYS", help="Only filings of the last DAYS days."
    ),
]
PeriodText = Annotated[
    str | None, choice("-tp", "--period", metavar="PERIOD", help="Only transactions dated in PERIOD, see above.")
]
Count = Annotated[
    int, choice("--count", min=1, max=options.MAX_COUNT, metavar="N", help="Lines of each company, newest first.")
]
Wait = Annotated[bool, choice("--wait", help="While a company is loading, wait until it is ready.")]
WaitTimeout = Annotated[
    float, choice("--wait-timeout", min=1, max=86_400, metavar="SECONDS", help="How long to wait for one company.")
]

EXAMPLES = """\b
Examples:
  sectracker form4 AAPL MSFT -d 30         filed within 30 days
  sectracker form4 AAPL -tp '1/1 - 3/31'   traded in the first quarter
  sectracker form4 TSLA -r 3 -hp           the 3 newest insiders, without plans
  sectracker form4 NVDA --all --csv        everything, for a spreadsheet
"""


def form4(
    tickers: Tickers,
    *,
    recent: Recent = None,
    hide_planned: options.HidePlanned = False,
    days: Days = None,
    period: PeriodText = None,
    start: options.Start = None,
    end: options.End = None,
    count: Count = 20,
    everything: options.All = False,
    wait: Wait = False,
    wait_timeout: WaitTimeout = 300.0,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Show companies' insider transactions, newest first.

    Sums and insiders cover all lines that match, not only those shown.
    With -r the lines are those of the N newest insiders. A ticker that
    fails does not end the others.

    PERIOD is 'M/D - M/D', 'M/D/YYYY - M/D/YYYY', one date, or today, in
    Eastern days. Without a year the first date is the latest such day that
    is not after today, and the last date the first such day from there on:
    '12/15 - 1/15' passes New Year, and a range that lies ahead in this
    year means last year's.
    """
    options.one_format(as_json, as_csv)
    window = options.read_window(days, period, start, end)
    question = Question(window, None if everything else count, recent, hide_planned, wait_timeout if wait else None)
    with Door(url, timeout, insecure=insecure) as door:
        read = partial(read_company, door, question)
        if as_json:
            failures = print_json(read, tickers)
        else:
            failures = print_csv(read, tickers) if as_csv else print_tables(read, tickers, window)
    raise typer.Exit(worst(failures, len(tickers)))


def print_json(read: Read, tickers: Sequence[str]) -> list[CommandError]:
    """Print one ticker's answer as an object, those of several as a list; return what failed."""
    screen.for_programs()
    failures: list[CommandError] = []
    answers = list(each(read, tickers, failures))
    if len(tickers) > 1:
        json_output.write(answers)
    elif answers:
        json_output.write(answers[0])
    return failures


def print_csv(read: Read, tickers: Sequence[str]) -> list[CommandError]:
    """Print the lines of all tickers under one header; return what failed."""
    screen.for_programs()
    failures: list[CommandError] = []
    csv_output.write_header(company_csv.COLUMNS)
    for answer in each(read, tickers, failures):
        csv_output.write_rows(company_csv.COLUMNS, company_csv.rows(answer))
        if answer.status != Status.ready:  # a row has no place for it
            screen.say(f"{clean(answer.ticker)}: {company.status(answer)}")
    return failures


def print_tables(read: Read, tickers: Sequence[str], window: options.Window) -> list[CommandError]:
    """Print tables ticker by ticker; return what failed."""
    screen.for_people()
    failures: list[CommandError] = []
    here = screen.current()
    for number, answer in enumerate(each(read, tickers, failures)):
        screen.show(here, *([""] if number else []), *company.report(answer, here, str(window)))
    return failures


def each(read: Read, tickers: Sequence[str], failures: list[CommandError]) -> Iterator[GetCompanyActivityResponse]:
    """Return the tickers' answers one by one; say and collect what fails."""
    for ticker in tickers:
        try:
            yield read(ticker)
        except CommandError as failure:
            screen.say(f"{clean(ticker, 16)}: {failure}")
            failures.append(failure)
