"""Keep a list of companies and see what happens at them: `sectracker watchlist`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, TypeVar

import typer
from sectracker.watchlist.v1.watchlist_service_pb2 import (
    AddRequest,
    GetActivityRequest,
    GetActivityResponse,
    Item,
    ListRequest,
    RemoveRequest,
)

from cli import options, pages, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.endpoint import DEFAULT_URL
from cli.errors import EXIT_CODES_HELP, CommandError, ExitCode, worst
from cli.formats import activity as happenings
from cli.formats import csv_output, json_output
from cli.formats import watchlist as items
from cli.options import choice
from cli.session import Use
from cli.text import clean

DEFAULT_DAYS = 7
EXAMPLES = """\b
Examples:
  sectracker watchlist add AAPL MSFT brk.b
  sectracker watchlist list
  sectracker watchlist activity -d 30           the last 30 days
  sectracker watchlist activity --all --csv     everything, for a spreadsheet
  sectracker watchlist remove MSFT
"""
EPILOG = f"{EXAMPLES}\n{EXIT_CODES_HELP}"
Tickers = Annotated[list[str], typer.Argument(metavar="TICKER", help="Tickers in any spelling: AAPL, brk.b, BRK/B.")]
Days = Annotated[
    int, choice("-d", "--days", min=1, max=options.MAX_WATCHLIST_DAYS, metavar="DAYS", help="The last DAYS days.")
]
Count = Annotated[
    int,
    choice("--count", min=1, max=options.MAX_COUNT, metavar="N", help="N filings and N transactions, newest first."),
]
Answer = TypeVar("Answer")
app = typer.Typer(no_args_is_help=True, help="Keep a list of companies, and see what happens at them.")


@app.callback()
def watchlist() -> None:
    """Keep a list of companies, and see what happens at them."""


@app.command("list", epilog=EPILOG)
def list_(
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Show the companies that you watch, the newest first."""
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        answer = door.call(door.watchlist.List, ListRequest())
    if as_json:
        screen.for_programs()
        json_output.write(answer)
    else:
        print_items(answer.items, as_csv)


@app.command(epilog=EPILOG)
def add(
    tickers: Tickers,
    *,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Watch companies. One that you watch already stays as it is.

    A ticker that fails does not end the others.
    """
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        added, failures = each(tickers, lambda ticker: door.call(door.watchlist.Add, AddRequest(ticker=ticker)))
    if as_json:
        screen.for_programs()
        if added or len(tickers) > 1:
            json_output.write(added if len(tickers) > 1 else added[0])
    elif added or as_csv:
        print_items(added, as_csv)
    raise typer.Exit(worst(failures, len(tickers)))


@app.command(epilog=EPILOG)
def remove(
    tickers: Tickers,
    *,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Stop watching companies. A ticker that fails does not end the others."""

    def stop(door: Door, ticker: str) -> None:
        """Stop watching one company, and say so."""
        door.call(door.watchlist.Remove, RemoveRequest(ticker=ticker))
        screen.tell(f"{clean(ticker, 16).upper()} is no longer watched.")

    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        _, failures = each(tickers, partial(stop, door))
    raise typer.Exit(worst(failures, len(tickers)))


@app.command(epilog=EPILOG)
def activity(
    *,
    days: Days = DEFAULT_DAYS,
    count: Count = 20,
    everything: options.All = False,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Show the filings and insider transactions of all that you watch.

    By filing date, the newest acceptance first. Totals cover all that
    matches, not only what is shown.
    """
    options.one_format(as_json, as_csv)
    with Door(url, timeout, Use.NEEDED, insecure=insecure) as door:
        answer = read_activity(door, GetActivityRequest(days=days), None if everything else count)
        # Transactions name their issuer by CIK alone; JSON says what the contract says.
        watched = [] if as_json else door.call(door.watchlist.List, ListRequest()).items
    if as_json:
        screen.for_programs()
        json_output.write(answer)
    elif as_csv:
        screen.for_programs()
        csv_output.write_header(happenings.CSV_COLUMNS)
        csv_output.write_rows(happenings.CSV_COLUMNS, happenings.rows(answer, watched))
    else:
        screen.for_people()
        here = screen.current()
        screen.show(here, *happenings.report(answer, watched, here))


def read_activity(door: Door, request: GetActivityRequest, wanted: int | None) -> GetActivityResponse:
    """Return as many filings and as many transactions as are asked for, over as many pages as it takes.

    Raises: CommandError.
    """

    def append(answer: GetActivityResponse, page: GetActivityResponse) -> None:
        """Put a further page's rows behind those of the answer."""
        answer.filings.extend(page.filings)
        answer.transactions.extend(page.transactions)

    listing = pages.Listing(
        fetch=partial(door.call, door.watchlist.GetActivity),
        size=pages.fitting(options.WATCHLIST_PAGE),
        append=append,
        count=lambda answer: max(len(answer.filings), len(answer.transactions)),
        total=lambda answer: max(answer.total_filings, answer.summary.transaction_count),
    )
    return pages.read(listing, request, wanted, "activity")


def print_items(watched: Sequence[Item], as_csv: bool) -> None:
    """Print companies as CSV or as a table."""
    if as_csv:
        screen.for_programs()
        csv_output.write_header(items.CSV_COLUMNS)
        csv_output.write_rows(items.CSV_COLUMNS, watched)
    else:
        screen.for_people()
        here = screen.current()
        screen.show(here, items.report(watched, here))


def each(tickers: Sequence[str], ask: Callable[[str], Answer]) -> tuple[list[Answer], list[CommandError]]:
    """Return what is answered about tickers, and what failed, which is said.

    Raises: CommandError for who may not ask at all.
    """
    answers, failures = [], []
    for ticker in tickers:
        try:
            answers.append(ask(ticker))
        except CommandError as failure:
            if failure.exit_code is ExitCode.DENIED:
                raise
            screen.say(f"{clean(ticker, 16)}: {failure}")
            failures.append(failure)
    return answers, failures
