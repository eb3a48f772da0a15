"""Show the market's insider trades: `sectracker latest`."""

from functools import partial
from typing import Annotated

import typer
from sectracker.form4.v1.form4_service_pb2 import GetMarketActivityRequest, GetMarketActivityResponse

from cli import options, pages, screen
from cli.client import DEFAULT_TIMEOUT, Door
from cli.endpoint import DEFAULT_URL
from cli.errors import usage
from cli.formats import csv_output, json_output, market
from cli.money import parse_amount, parse_threshold
from cli.options import MARKET_PAGE, choice

DEFAULT_DAYS = 30

Number = Annotated[int, typer.Argument(metavar="N", min=1, max=options.MAX_COUNT, help="Companies to show.")]
Minimum = Annotated[
    list[str] | None,
    choice(
        "-min",
        "--min",
        metavar="X|+X|-X",
        help="Only companies whose |net| (X), purchases (+X) or sales (-X) are at least X dollars: 100000, 100k, 1.5M.",
    ),
]
Maximum = Annotated[
    str | None, choice("-max", "--max", metavar="X", help="Only companies with |net| of at most X dollars.")
]
Active = Annotated[
    bool, choice("-m", "--active", help="The companies with the most trades first, not the largest |net|.")
]
Days = Annotated[
    int | None,
    choice(
        "-d",
        "--days",
        min=1,
        max=options.MAX_MARKET_DAYS,
        metavar="DAYS",
        help=f"Filings of the last DAYS days; {DEFAULT_DAYS} where no dates are given.",
    ),
]

EXAMPLES = """\b
Examples:
  sectracker latest 20 -min 1M          net of a million and more, either way
  sectracker latest -min +500k -d 7     purchases of half a million and more
  sectracker latest -min -500k -hp -m   sales without plans, busiest companies
"""


def latest(
    number: Number = 50,
    *,
    hide_planned: options.HidePlanned = False,
    minimum: Minimum = None,
    maximum: Maximum = None,
    active: Active = False,
    days: Days = None,
    start: options.Start = None,
    end: options.End = None,
    everything: options.All = False,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    url: options.Url = DEFAULT_URL,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    insecure: options.Insecure = False,
) -> None:
    """Show whose insiders bought and sold, by company.

    Open-market trades only, by filing date; the largest net amount first.
    """
    options.one_format(as_json, as_csv)
    window = options.read_window(days, None, start, end)
    window = window if window.is_given else options.Window(days=DEFAULT_DAYS)
    request = GetMarketActivityRequest(hide_planned=hide_planned, active=active)
    window.put(request)
    put_amounts(request, minimum or [], maximum)
    with Door(url, timeout, insecure=insecure) as door:
        answer = read_market(door, request, None if everything else number)
    if as_json:
        screen.for_programs()
        json_output.write(answer)
    elif as_csv:
        screen.for_programs()
        csv_output.write_header(market.CSV_COLUMNS)
        csv_output.write_rows(market.CSV_COLUMNS, answer.companies)
    else:
        screen.for_people()
        here = screen.current()
        screen.show(here, *market.report(answer, here, str(window)))


def put_amounts(request: GetMarketActivityRequest, minimum: list[str], maximum: str | None) -> None:
    """Set a request's bounds on sums."""
    asked: set[str] = set()
    with usage("-min"):
        for text in minimum:
            threshold = parse_threshold(text)
            if threshold.field in asked:
                raise ValueError(f"{text!r} asks again for what another -min asks for")
            asked.add(threshold.field)
            setattr(request, threshold.field, float(threshold.amount))
    if maximum is not None:
        with usage("-max"):
            request.max_amount = float(parse_amount(maximum))


def read_market(door: Door, request: GetMarketActivityRequest, wanted: int | None) -> GetMarketActivityResponse:
    """Return the market's answer with as many companies as are asked for, over as many pages as it takes.

    Raises: CommandError.
    """
    listing = pages.Listing(
        fetch=partial(door.call, door.form4.GetMarketActivity),
        size=pages.fitting(MARKET_PAGE),
        append=lambda answer, page: answer.companies.extend(page.companies),
        count=lambda answer: len(answer.companies),
        total=lambda answer: answer.total_companies,
    )
    return pages.read(listing, request, wanted, "companies")
