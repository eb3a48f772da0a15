"""A watchlist by the command, through the real door."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.e2e.stack.asking import operate
from tests.support.stack import Running

Command = Callable[..., subprocess.CompletedProcess[str]]
PASSWORD = "Nine-tame-otters-27"


@pytest.fixture(scope="module", autouse=True)
def read_deeply(running_stack: Running) -> None:
    """Have one company read to its first filing."""
    operate(running_stack, "refresh", "--years", "20", "AFRM")


@pytest.fixture(autouse=True)
def somebody(command: Command) -> None:
    """Register somebody, who is logged in."""
    done = command("register", f"ada-{uuid4().hex}@example.com", said=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr


def tickers(command: Command) -> list[str]:
    """Return what is watched."""
    return [item["ticker"] for item in json.loads(command("watchlist", "list", "--json").stdout)["items"]]


def test_companies_are_watched_and_left(command: Command) -> None:
    """The newest is first, twice is once, and what was removed is gone."""
    assert "You watch no company yet" in command("watchlist", "list").stdout
    assert command("watchlist", "add", "afrm", "MSFT", "AFRM").returncode == 0
    assert tickers(command) == ["MSFT", "AFRM"]
    assert command("watchlist", "remove", "msft").returncode == 0
    assert tickers(command) == ["AFRM"]
    assert command("watchlist", "remove", "msft").returncode == 3


def test_an_unknown_ticker_has_its_exit_code(command: Command) -> None:
    """NOT_FOUND crosses Envoy with its sentence; known tickers beside it are watched."""
    refused = command("watchlist", "add", "ZZZZZ")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert command("watchlist", "add", "ZZZZZ", "AFRM").returncode == 1
    assert tickers(command) == ["AFRM"]


def test_what_happened_is_told_in_every_form(command: Command) -> None:
    """Table, JSON and CSV tell of the same window; nobody else's list is in it."""
    assert command("watchlist", "add", "AFRM").returncode == 0
    table = command("watchlist", "activity", "-d", "90")
    assert (table.returncode, table.stderr) == (0, "")
    assert "Filings, last 90 days by filing date" in table.stdout
    answer = json.loads(command("watchlist", "activity", "-d", "90", "--all", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(command("watchlist", "activity", "-d", "90", "--all", "--csv").stdout)))
    assert [row["kind"] for row in rows].count("filing") == answer["total_filings"] == len(answer["filings"])
    assert [row["kind"] for row in rows].count("transaction") == answer["summary"]["transaction_count"]
