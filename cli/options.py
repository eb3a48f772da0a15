"""Declare the options that several commands share, and read them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Protocol

import typer

from cli.endpoint import parse_url
from cli.errors import usage
from cli.formats.words import number
from cli.periods import Period, eastern_today, parse_day, parse_period

CHOICE, OUTPUT, CONNECTION = "What to show", "Output", "Connection"


def choice(*names: str, **settings: Any) -> Any:
    """Declare an option that says what to show."""
    return typer.Option(*names, rich_help_panel=CHOICE, **settings)


def check_url(url: str) -> str:
    """Return a URL that a channel can be opened to."""
    with usage("--url"):
        parse_url(url)
    return url


HidePlanned = Annotated[
    bool,
    choice("-hp", "--hide-planned", help="Leave out trades that are known to be under a Rule 10b5-1 plan."),
]
Start = Annotated[str | None, choice("--start", metavar="DATE", help="First filing date: YYYY-MM-DD, M/D/YYYY or M/D.")]
End = Annotated[str | None, choice("--end", metavar="DATE", help="Last filing date, inclusive.")]
All = Annotated[bool, choice("--all", help="Show everything that matches.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the REST surface does.", rich_help_panel=OUTPUT)]
AsCsv = Annotated[
    bool,
    typer.Option(
        "--csv",
        help="Print CSV, figures unrounded. Text that begins with = + - or @ gets a leading apostrophe.",
        rich_help_panel=OUTPUT,
    ),
]
CREDENTIALS_HELP = """\b
Credentials:
  With SECTRACKER_API_KEY set that key is sent, and refused keys end the
  command. Else the login of this URL is sent, if there is one; one that
  has ended is said on standard error, and the command goes on without.
"""
Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="SECTRACKER_URL",
        metavar="URL",
        callback=check_url,
        help="Where SEC-Tracker is: http://host:port, or https://host:port for TLS.",
        rich_help_panel=CONNECTION,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        max=600,
        metavar="SECONDS",
        help="How long one call may take, with its retries.",
        rich_help_panel=CONNECTION,
    ),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure",
        envvar="SECTRACKER_INSECURE",
        help="Let passwords and tokens go to another machine by http://, in clear text.",
        rich_help_panel=CONNECTION,
    ),
]
# What the contract allows; a unit test compares.
MAX_COMPANY_DAYS, MAX_MARKET_DAYS, MAX_WATCHLIST_DAYS = 36_500, 3_660, 90
COMPANY_PAGE, MARKET_PAGE, WATCHLIST_PAGE = 100, 200, 500
MAX_COUNT = 1_000_000


class Dated(Protocol):
    """Name what a request with dates has."""

    days: int
    start_date: str
    end_date: str


@dataclass(frozen=True, slots=True)
class Window:
    """Hold which dates are asked for; absent is no bound."""

    days: int | None = None
    start: date | None = None
    end: date | None = None
    is_transaction_date: bool = False

    @property
    def is_given(self) -> bool:
        """Say whether there is any bound."""
        return self.days is not None or self.start is not None or self.end is not None

    def put(self, request: Dated) -> None:
        """Set a request's dates."""
        if self.days is not None:
            request.days = self.days
        if self.start is not None:
            request.start_date = self.start.isoformat()
        if self.end is not None:
            request.end_date = self.end.isoformat()

    def __str__(self) -> str:
        """Return the window in words."""
        basis = "transaction date" if self.is_transaction_date else "filing date"
        if self.days is not None:
            return f"last {number(self.days, 'day', 'days')} by {basis}"
        if self.start is not None and self.end is not None:
            return f"{Period(self.start, self.end)} by {basis}"
        if self.start is not None:
            return f"since {self.start} by {basis}"
        return f"until {self.end} by {basis}" if self.end is not None else "all dates"


def read_window(days: int | None, period: str | None, start: str | None, end: str | None) -> Window:
    """Return the window that a command line asks for, by one way of asking."""
    ways = [option for option, given in (("-d", days), ("-tp", period), ("--start/--end", start or end)) if given]
    if len(ways) > 1:
        raise typer.BadParameter(f"give one of them, not {' and '.join(ways)}", param_hint="dates")
    today = eastern_today()
    if period is not None:
        with usage("-tp"):
            found = parse_period(period, today)
        return Window(start=found.start, end=found.end, is_transaction_date=True)
    with usage("--start"):
        first = parse_day(start, today) if start is not None else None
    with usage("--end"):
        last = parse_day(end, today) if end is not None else None
        if first and last and last < first:
            raise ValueError(f"{last} is before {first}")
    return Window(days=days, start=first, end=last)


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse two formats at once."""
    if as_json and as_csv:
        raise typer.BadParameter("give one of them, not both", param_hint="--json, --csv")
