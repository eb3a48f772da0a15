"""The main job from end to end, on one machine: EDGAR's documents become figures, seen through the real door."""

import datetime as dt
import json
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from rich.console import Console
from rich.table import Table

from deploy.local import stack, state
from deploy.local.environment import GATEWAY_PORT, Wishes
from deploy.local.machine import LOOPBACK
from deploy.local.places import CHECKOUT, Places
from deploy.local.processes import Plan
from deploy.local.progress import Progress
from deploy.local.refusal import Refusal

TRANSACTION = {
    "date": "date",
    "owner_name": "insider",
    "role": "role",
    "type": "type",
    "shares": "shares",
    "price": "price",
    "amount": "amount",
}
COMPANY = {
    "ticker": "ticker",
    "company_name": "company",
    "buy_count": "buys",
    "total_buys": "bought",
    "sell_count": "sells",
    "total_sells": "sold",
    "net": "net",
    "signal": "",
}
DOLLARS = {"amount", "total_buys", "total_sells", "net"}
NUMBERS = DOLLARS | {"shares", "price", "buy_count", "sell_count"}
WIDEST_TEXT = 26
NARROWEST = 104  # columns that the tables need; a narrower terminal wraps their lines

COMPANIES = ("AAPL", "MSFT", "TSLA", "PLTR", "SNOW", "MDB", "AFRM", "U")
YEARS_OF_SMALL_EDGAR = 12  # its filings are real ones, most of them filed from 2018 to 2025: recent days would be empty
YEARS_OF_LIVE_EDGAR = 1  # eight companies, some hundred filings, at eight requests a second
ANSWER_WITHIN = 30.0  # seconds
ENDED_WITHIN = 5.0  # seconds; two are promised
SHOWN_CHARACTERS = 8  # of a secret

console = Console(highlight=False, soft_wrap=True)

Row = Mapping[str, Any]


class Dates(NamedTuple):
    """A period of filing dates, both included."""

    start_date: str
    end_date: str


def demo(where: Places, variables: Mapping[str, str]) -> None:
    """Start what does not run, refresh several companies, show what came of it, and stop what was started.

    Raises: Refusal with what went wrong.
    """
    with running(where, variables) as plan:
        heading(f"Refreshing {len(COMPANIES)} companies from {source(plan.wishes)}")
        run(plan, "services.filings", "sync-companies")
        run(plan, "services.filings", "refresh", "--years", str(years(plan.wishes)), *COMPANIES)
        dates = period(plan.wishes)
        show_company(plan, "TSLA", dates)
        show_market(plan, dates)
        with TemporaryDirectory(prefix="sectracker-demo-") as folder:
            shell = Shell.beside(plan, folder)
            show_command_line(shell, dates)
            show_user(plan, shell)
        heading("To go on")
        say("make up leaves all of it running, with the figures just seen; then repeat the commands above.")


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


def years(wishes: Wishes) -> int:
    """Say how far back filings are read."""
    return YEARS_OF_LIVE_EDGAR if wishes.edgar == "live" else YEARS_OF_SMALL_EDGAR


def period(wishes: Wishes) -> Dates:
    """Return the filing dates to ask for, such that something lies between them."""
    if wishes.edgar == "live":
        today = dt.datetime.now(tz=dt.UTC).date()
        return Dates(str(today - dt.timedelta(days=365 * YEARS_OF_LIVE_EDGAR)), str(today))
    return Dates("2018-01-01", "2025-12-31")


def run(plan: Plan, module: str, *arguments: str) -> None:
    """Run a command of the project on this terminal.

    Raises: Refusal when it fails.
    """
    say(f"$ python -m {shlex.join((module, *arguments))}")
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", module, *arguments],
        env={**plan.environment(), "LOG_LEVEL": "WARNING"},  # what it does is seen without its log
        cwd=CHECKOUT,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"`python -m {module} {arguments[0]}` ended with exit code {done.returncode}.")


def show_company(plan: Plan, ticker: str, dates: Dates) -> None:
    """Show one company's Form 4 table, as REST answers it."""
    heading(f"{ticker}: its newest insider transactions, filed from {dates.start_date} to {dates.end_date}, by REST")
    answer = ask(plan, f"/api/v1/form4/{ticker}", {"count": "12", **dates._asdict()})
    draw(TRANSACTION, answer["transactions"])
    sums = answer["summary"]
    buys = f"{sums['buy_count']} buys of {money(sums['total_buys'])}"
    sells = f"{sums['sell_count']} sells of {money(sums['total_sells'])}"
    say(f"{answer['company_name']}, CIK {answer['cik']}, in all that match: {buys}, {sells}.")


def show_market(plan: Plan, dates: Dates) -> None:
    """Show the market view, as REST answers it."""
    heading(f"The market: insiders' net dollars by company, {dates.start_date} to {dates.end_date}, by REST")
    answer = ask(plan, "/api/v1/form4/latest", {"count": "10", **dates._asdict()})
    draw(COMPANY, answer["companies"])
    say(f"{answer['total_companies']} companies, {answer['total_transactions']} transactions.")


@dataclass(frozen=True, slots=True)
class Shell:
    """Run `sectracker` with settings of the demonstration's own, and show what is typed for it."""

    program: Path
    door: str
    variables: Mapping[str, str]

    @classmethod
    def beside(cls, plan: Plan, folder: str) -> "Shell":
        """Return a shell whose credentials are kept in a folder, and not where those of its user are."""
        variables = {**plan.environment(), "XDG_CONFIG_HOME": folder, "SECTRACKER_CREDENTIALS": "file"}
        variables.pop("SECTRACKER_API_KEY", None)
        door = "" if plan.ports.envoy == GATEWAY_PORT else f"SECTRACKER_URL={variables['SECTRACKER_URL']} "
        return cls(Path(sys.executable).with_name("sectracker").relative_to(CHECKOUT), door, variables)

    def run(self, *arguments: str, before: str = "", said: str = "") -> None:
        """Run the command, and let its output be seen."""
        self.show(arguments, before)
        self._ended(arguments, said, None)

    def read(self, variable: str, *arguments: str) -> str:
        """Run the command, and return its output, as into a variable of a shell."""
        self.show(arguments, f"{variable}=$(", ")")
        return self._ended(arguments, "", subprocess.PIPE).stdout.strip()

    def show(self, arguments: Iterable[str], before: str, after: str = "") -> None:
        """Show what is typed."""
        say(f"$ {before}{self.door}{self.program} {shlex.join(arguments)}{after}")

    def _ended(self, arguments: Iterable[str], said: str, output: int | None) -> subprocess.CompletedProcess[str]:
        """Return the command's end.

        Raises: Refusal when it failed.
        """
        done = subprocess.run(  # noqa: S603 - ours
            [CHECKOUT / self.program, *arguments],
            env=dict(self.variables),
            cwd=CHECKOUT,
            input=said,
            stdout=output,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refusal(f"`{self.program} {shlex.join(arguments)}` ended with exit code {done.returncode}.")
        return done


def show_command_line(shell: Shell, dates: Dates) -> None:
    """Show the same figures by the command line, which speaks gRPC through the same door."""
    heading("The same by the command line, over gRPC")
    between = ("--start", dates.start_date, "--end", dates.end_date)
    shell.run("form4", "PLTR", "--count", "5", *between)
    shell.run("latest", "5", *between)


def show_user(plan: Plan, shell: Shell) -> None:
    """Show a user's way: an account, a login, a key, a watchlist, the limits, and the end of the login."""
    heading("An account, by REST; a login, by the command line, which asks for the password or reads it from a pipe")
    email, password = f"demo-{secrets.token_hex(4)}@example.com", secrets.token_urlsafe(12)
    pair = register(plan, email, password)
    shell.run("login", email, before='echo "$PASSWORD" | ', said=f"{password}\n")
    shell.run("whoami")
    heading("A watchlist")
    shell.run("watchlist", "add", "PLTR", "TSLA")
    shell.run("watchlist", "activity", "-d", "90", "--count", "5")
    if plan.wishes.edgar != "live":
        say("A watchlist looks back 90 days; what the small EDGAR serves was filed years ago.")
    heading("An API key, for programs, and the limits that every answer tells")
    show_limits(plan, shell.read("KEY", "key", "create"))
    heading("The end of key and logins: an access token is refused within two seconds, with minutes left to live")
    shell.run("key", "revoke")
    shell.run("logout")
    show_end(plan, pair)


def register(plan: Plan, email: str, password: str) -> dict[str, Any]:
    """Make an account, and show the answer with its secrets cut.

    Raises: Refusal with the door's own words when it refuses.
    """
    url = f"http://{LOOPBACK}:{plan.ports.envoy}/api/v1/auth/register"
    say(f"""$ curl '{url}' --json '{{"email": "{email}", "password": "'"$PASSWORD"'"}}'""")
    body = {"email": email, "password": password}
    pair = told(httpx.post(url, json=body, timeout=ANSWER_WITHIN, trust_env=False))
    secret = {"access_token", "refresh_token"}
    say(json.dumps({name: cut(value) if name in secret else value for name, value in pair.items()}, ensure_ascii=False))
    return pair


def show_limits(plan: Plan, key: str) -> None:
    """Show what an answer to a key's call tells of the limits."""
    url = f"http://{LOOPBACK}:{plan.ports.envoy}/api/v1/watchlist"
    say(f"""$ curl -i '{url}' -H "X-API-Key: $KEY"   # {cut(key)}""")
    answer = httpx.get(url, headers={"X-API-Key": key}, timeout=ANSWER_WITHIN, trust_env=False)
    items = told(answer)["items"]
    for name, value in answer.headers.items():
        if name.startswith("x-ratelimit-"):
            say(f"{name}: {value}")
    say(f"{json.dumps(items[0])} and {len(items) - 1} more")


def show_end(plan: Plan, pair: Mapping[str, Any]) -> None:
    """End a login, and show how its access token is refused.

    Raises: Refusal when it is not.
    """
    url = f"http://{LOOPBACK}:{plan.ports.envoy}/api/v1/auth"
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    say(f"""$ curl '{url}/logout' -H "Authorization: Bearer $TOKEN" --json '{{"refresh_token": "'"$REFRESH"'"}}'""")
    body = {"refresh_token": pair["refresh_token"]}
    told(httpx.post(f"{url}/logout", headers=headers, json=body, timeout=ANSWER_WITHIN, trust_env=False))
    say(f"""$ curl '{url}/me' -H "Authorization: Bearer $TOKEN\"""")
    begun = time.monotonic()
    while time.monotonic() - begun < ENDED_WITHIN:
        answer = httpx.get(f"{url}/me", headers=headers, timeout=ANSWER_WITHIN, trust_env=False)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            say(f"{answer.status_code}, {time.monotonic() - begun:.1f} s after the logout: {answer.text}")
            return
        time.sleep(0.2)
    raise Refusal("A token that was logged out is still good.")


def cut(secret: str) -> str:
    """Return the beginning of a secret."""
    return f"{secret[:SHOWN_CHARACTERS]}…"


def ask(plan: Plan, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Ask the door for an answer, and show the curl that repeats it.

    Raises: Refusal with the door's own words when it refuses.
    """
    url = f"http://{LOOPBACK}:{plan.ports.envoy}{path}?{urlencode(query)}"
    say(f"$ curl '{url}'")
    return told(httpx.get(url, timeout=ANSWER_WITHIN, trust_env=False))


def told(answer: httpx.Response) -> dict[str, Any]:
    """Return what an answer tells.

    Raises: Refusal with the door's own words when it refuses.
    """
    if answer.is_error:
        raise Refusal(f"The door answers {answer.status_code}: {answer.text}")
    tells: dict[str, Any] = answer.json()
    return tells


def draw(columns: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Draw rows as a table that any terminal can show; the columns are fields and their titles."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for field, title in columns.items():
        is_number = field in NUMBERS
        width = None if is_number else WIDEST_TEXT
        table.add_column(title, justify="right" if is_number else "left", no_wrap=True, max_width=width)
    for row in rows:
        table.add_row(*(cell(field, row.get(field)) for field in columns))
    Console(highlight=False, width=max(console.width, NARROWEST)).print(table)


def cell(field: str, value: Any) -> str:
    """Return a value as a person reads it; what is absent is a dash, and zero is zero."""
    if value is None:
        return "-"
    if field in DOLLARS:
        return money(value)
    if field in NUMBERS:
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
