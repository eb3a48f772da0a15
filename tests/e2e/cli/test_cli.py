"""The command through the real door: Envoy, services, PostgreSQL and the small EDGAR."""

import csv
import io
import json
import subprocess
import sys
import urllib.request
from decimal import Decimal

import pytest

from tests.e2e.stack.asking import operate
from tests.support.stack import Running

TICKER = "AFRM"
SECONDS = 180


def sectracker(stack_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command against a door, as in a pipe."""
    command = [sys.executable, "-m", "cli", *words, "--url", stack_url]
    return subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False
    )


def rest(stack_url: str, path: str) -> dict[str, object]:
    """Return what REST answers."""
    with urllib.request.urlopen(f"{stack_url}/api/v1/{path}", timeout=SECONDS) as response:  # noqa: S310 - our own door
        answer: dict[str, object] = json.load(response)
    return answer


@pytest.fixture(scope="module", autouse=True)
def read_deeply(running_stack: Running) -> None:
    """Have one company read to its first filing."""
    operate(running_stack, "refresh", "--years", "20", TICKER)


def test_waits_for_a_first_read(stack_url: str) -> None:
    """A company that nobody has read is loading; with `--wait` the command stays until it is ready."""
    assert json.loads(sectracker(stack_url, "form4", "AUR", "--json").stdout)["status"] == "loading"
    waited = sectracker(stack_url, "form4", "AUR", "--wait", "--wait-timeout", "120", "--json")
    assert waited.returncode == 0, waited.stderr
    assert json.loads(waited.stdout)["status"] == "ready"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["form4", TICKER], f"form4/{TICKER}?count=20"),
        (["form4", TICKER, "-hp", "-d", "3650"], f"form4/{TICKER}?count=20&hide_planned=true&days=3650"),
        (["latest", "-d", "3660", "-min", "-100k"], "form4/latest?days=3660&min_sells=100000"),
        (["scan", "search", "apple"], "companies/search?q=apple"),
    ],
)
def test_command_and_rest_say_the_same(stack_url: str, words: list[str], path: str) -> None:
    """What `--json` prints is what REST answers, field for field; tokens of pages apart."""
    ours, theirs = json.loads(sectracker(stack_url, *words, "--json").stdout), rest(stack_url, path)
    assert {**ours, "next_page_token": ""} == {**theirs, "next_page_token": ""}


def test_all_pages_together_are_all_lines(stack_url: str) -> None:
    """Every line comes once, and the purchases and sales add up to the summary."""
    rows = list(csv.DictReader(io.StringIO(sectracker(stack_url, "form4", TICKER, "--all", "--csv").stdout)))
    summary = json.loads(sectracker(stack_url, "form4", TICKER, "--count", "1", "--json").stdout)["summary"]
    assert len(rows) == summary["transaction_count"]
    assert len({(row["accession_number"], row["table"], row["ordinal"]) for row in rows}) == len(rows)
    sold = sum(Decimal(row["amount"]) for row in rows if row["headline"] == "sell" and row["amount"])
    assert float(sold) == pytest.approx(summary["total_sells"])


def test_a_table_is_readable(stack_url: str) -> None:
    """Somebody sees the company, its state and its sums, without control codes."""
    result = sectracker(stack_url, "form4", TICKER)
    assert result.returncode == 0
    assert "Affirm Holdings, Inc." in result.stdout
    assert "Ready: filings since " in result.stdout
    assert "\x1b" not in result.stdout


def test_an_unknown_ticker_has_its_exit_code(stack_url: str) -> None:
    """NOT_FOUND crosses Envoy with its sentence and the request id."""
    result = sectracker(stack_url, "form4", "ZZZZZ", TICKER)
    assert result.returncode == 1
    assert result.stderr.startswith("ZZZZZ: No company has the ticker ZZZZZ")
    assert "(request id " in result.stderr
    assert sectracker(stack_url, "form4", "ZZZZZ").returncode == 3


def test_the_installation_is_healthy(stack_url: str) -> None:
    """`sectracker health` is a monitor's check."""
    assert sectracker(stack_url, "health").returncode == 0
