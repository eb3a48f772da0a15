"""The main job from end to end, on one machine: EDGAR's documents become figures, seen through the real door."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from rich.console import Console
from rich.table import Table

from deploy.local import stack, state
from deploy.local.environment import Wishes
from deploy.local.machine import LOOPBACK
from deploy.local.places import CHECKOUT, Places
from deploy.local.processes import Plan
from deploy.local.progress import Progress
from deploy.local.refusal import Refusal

COMPANIES = ("AAPL", "MSFT", "TSLA", "PLTR", "SNOW", "MDB", "AFRM", "U")
# The filings of the small EDGAR are real ones of these years; "the last 30 days" would be empty.
PERIOD = {"start_date": "2018-01-01", "end_date": "2025-12-31"}
ANSWER_WITHIN = 30.0  # seconds

console = Console(highlight=False, soft_wrap=True)

Row = Mapping[str, Any]


def demo(where: Places, variables: Mapping[str, str]) -> None:
    """Start what does not run, refresh several companies, show what came of it, and stop what was started.

    Raises: Refusal with what went wrong.
    """
    with running(where, variables) as plan:
        heading(f"Refreshing {len(COMPANIES)} companies from {source(plan.wishes)}")
        run(plan, "services.filings", "sync-companies")
        run(plan, "services.filings", "refresh", *COMPANIES)
        show_company(plan, "TSLA")
        show_market(plan)
        show_command_line(plan)
        heading("To go on")
        say("make up leaves all of it running, with the figures that you have just seen; then repeat the curls above.")


@contextmanager
def running(where: Places, variables: Mapping[str, str]) -> Iterator[Plan]:
    """Yield the plan of the stack: one that runs already stays, one that is started here is stopped afterwards."""
    told = state.read(where)
    if told is not None and told.runs():
        say("The stack is running already; it is used as it is, and left running.")
        yield stack.recall_plan(where, told)
        return
    stack.check_door(Wishes.of(variables).gateway_port)
    heading("Starting PostgreSQL, Valkey, the services and Envoy")
    told = stack.start(where, variables, Progress(say))
    try:
        yield stack.recall_plan(where, told)
    finally:
        heading("Stopping")
        stack.stop(where)
        say("Stopped.")


def source(wishes: Wishes) -> str:
    """Say where the filings come from."""
    if wishes.edgar == "live":
        return "the SEC's EDGAR"
    return f"{wishes.edgar_folder or 'real filings'}, served by a small EDGAR of our own"


def run(plan: Plan, module: str, *arguments: str) -> None:
    """Run a command of the project on this terminal.

    Raises: Refusal when it fails.
    """
    say(f"$ python -m {shlex.join((module, *arguments))}")
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", module, *arguments], env=plan.environment(), cwd=CHECKOUT, check=False
    )
    if done.returncode:
        raise Refusal(f"`python -m {module} {arguments[0]}` ended with exit code {done.returncode}.")


def show_company(plan: Plan, ticker: str) -> None:
    """Show one company's Form 4 table, as REST answers it."""
    heading(f"{ticker}: the newest insider transactions filed from 2018 to 2025, by REST")
    answer = ask(plan, f"/api/v1/form4/{ticker}", {"count": "12", **PERIOD})
    columns = ("date", "owner_name", "role", "type", "shares", "price", "amount")
    draw(columns, answer["transactions"])
    sums = answer["summary"]
    buys = f"{sums['buy_count']} buys of {money(sums['total_buys'])}"
    sells = f"{sums['sell_count']} sells of {money(sums['total_sells'])}"
    say(f"{answer['company_name']}, CIK {answer['cik']}, in all that match: {buys}, {sells}.")


def show_market(plan: Plan) -> None:
    """Show the market view, as REST answers it."""
    heading("The market: companies by net insider dollars, filed from 2018 to 2025, by REST")
    answer = ask(plan, "/api/v1/form4/latest", {"count": "10", **PERIOD})
    columns = ("ticker", "company_name", "buy_count", "sell_count", "total_buys", "total_sells", "net", "signal")
    draw(columns, answer["companies"])
    say(f"{answer['total_companies']} companies, {answer['total_transactions']} transactions.")


def show_command_line(plan: Plan) -> None:
    """Show the same figures by the command line, which speaks gRPC through the same door."""
    heading("The same by the command line, over gRPC")
    program = Path(sys.executable).with_name("sectracker")
    period = ("--start", PERIOD["start_date"], "--end", PERIOD["end_date"])
    door = ("--url", f"http://{LOOPBACK}:{plan.ports.envoy}")
    for arguments in (("form4", "PLTR", "--count", "5", *period), ("latest", "5", *period)):
        say(f"$ sectracker {shlex.join((*arguments, *door))}")
        subprocess.run(  # noqa: S603 - ours
            [program, *arguments, *door], env=plan.environment(), cwd=CHECKOUT, check=True
        )


def ask(plan: Plan, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Ask the door for an answer, and show the curl that repeats it.

    Raises: Refusal with the door's own words when it refuses.
    """
    url = f"http://{LOOPBACK}:{plan.ports.envoy}{path}?{urlencode(query)}"
    say(f"$ curl '{url}'")
    answer = httpx.get(url, timeout=ANSWER_WITHIN, trust_env=False)
    if answer.is_error:
        raise Refusal(f"The door answers {answer.status_code}: {answer.text}")
    told: dict[str, Any] = answer.json()
    return told


def draw(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Draw rows as a table that any terminal can show."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right" if column in NUMBERS else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(cell(column, row.get(column)) for column in columns))
    Console(highlight=False, width=max(console.width, WIDEST)).print(table)


NUMBERS = {"shares", "price", "amount", "buy_count", "sell_count", "total_buys", "total_sells", "net"}
DOLLARS = {"amount", "total_buys", "total_sells", "net"}
WIDEST = 110  # columns: names and sums in full; a narrower terminal wraps them


def cell(column: str, value: Any) -> str:
    """Return a value as a person reads it; what is absent is a dash, and zero is zero."""
    if value is None:
        return "-"
    if column in DOLLARS:
        return money(value)
    if column in NUMBERS:
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)


def money(value: float) -> str:
    """Return dollars without cents."""
    return f"{'-' if value < 0 else ''}${abs(value):,.0f}"


def heading(text: str) -> None:
    """Begin a part of the show."""
    console.print(f"\n[bold]== {text}[/bold]")


def say(text: str) -> None:
    """Print a line as it is."""
    console.print(text, markup=False)
