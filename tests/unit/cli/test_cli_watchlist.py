"""The watchlist by the command, against a server of the contract's manners."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from sectracker.watchlist.v1.watchlist_service_pb2 import GetActivityRequest
from typer.testing import CliRunner, Result

from cli import options
from cli.main import app
from tests.unit.cli.accounts import Accounts, happened, serving


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Yield a server of accounts that the key in the environment is good for."""
    with serving() as server:
        server.api_key = "stk_1"
        monkeypatch.setenv("SECTRACKER_API_KEY", server.api_key)
        monkeypatch.setenv("SECTRACKER_URL", server.url)
        yield server


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["watchlist", *words])


def test_companies_are_watched_and_left(accounts: Accounts) -> None:
    """`add` takes several, `list` shows the newest first, `remove` says what it did."""
    assert run("list").stdout == "You watch no company yet; `sectracker watchlist add TICKER` begins.\n"
    assert run("add", "aapl", "msft").exit_code == 0
    shown = run("list").stdout
    assert shown.index("MSFT") < shown.index("AAPL")
    assert "\x1b" not in shown
    assert run("remove", "aapl").stdout == "AAPL is no longer watched.\n"
    assert [item["ticker"] for item in json.loads(run("list", "--json").stdout)["items"]] == ["MSFT"]
    assert run("list", "--csv").stdout.splitlines()[0] == "ticker,cik,company_name,added_at"


def test_one_unknown_ticker_does_not_end_the_others(accounts: Accounts) -> None:
    """Known ones are watched, unknown ones named, and the exit code tells some from all."""
    result = run("add", "ZZZZ", "AAPL", "--json")
    assert (result.exit_code, [one["ticker"] for one in json.loads(result.stdout)]) == (1, ["AAPL"])
    assert result.stderr.startswith("ZZZZ: No company has the ticker ZZZZ.")
    assert run("add", "ZZZZ").exit_code == 3
    assert run("remove", "MSFT").exit_code == 3
    assert json.loads(run("add", "AAPL", "--json").stdout)["ticker"] == "AAPL"


def test_who_may_not_ask_is_told_once(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several tickers are not refused one by one."""
    monkeypatch.delenv("SECTRACKER_API_KEY")
    result = run("add", "AAPL", "MSFT")
    assert (result.exit_code, len(result.stderr.splitlines()), accounts.calls) == (5, 1, [])


def test_what_happened_is_shown_with_its_cut(accounts: Accounts) -> None:
    """Filings and transactions with the issuer's ticker, totals of all, and how to see the rest."""
    run("add", "AAPL")
    accounts.happened = happened(30, 45)
    result = run("activity", "-d", "30")
    assert result.exit_code == 0
    assert "Filings, last 30 days by filing date" in result.stdout
    assert "20 of 30 filings shown." in result.stdout
    assert "20 of 45 lines shown" in result.stdout
    assert "There is more: --count N shows so many of each, --all everything." in result.stdout
    assert "AAPL    2026-01-20  O'BRIEN DEIRDRE" in result.stdout
    assert "There is more" not in run("activity", "--all").stdout


def test_pages_of_unequal_lists_are_followed_to_the_end(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer list goes on when the shorter one has ended; every row comes once."""
    monkeypatch.setattr(options, "WATCHLIST_PAGE", 10)
    accounts.happened = happened(7, 25)
    answer = json.loads(run("activity", "--all", "--json").stdout)
    assert (len(answer["filings"]), len(answer["transactions"]), answer["next_page_token"]) == (7, 25, "")
    assert answer["summary"]["transaction_count"] == 25
    asked = [request for request in accounts.requests if isinstance(request, GetActivityRequest)]
    assert [(request.days, request.count) for request in asked] == [(7, 10)] * 3


def test_what_happened_is_one_table_of_csv(accounts: Accounts) -> None:
    """Filings and transactions stand under one header, told apart by their kind."""
    run("add", "AAPL")
    accounts.happened = happened(2, 1)
    rows = list(csv.DictReader(io.StringIO(run("activity", "--csv").stdout)))
    assert [(row["kind"], row["ticker"], row["form_type"]) for row in rows] == [
        ("filing", "AAPL", "8-K"),
        ("filing", "AAPL", "8-K"),
        ("transaction", "AAPL", "4"),
    ]
    assert (rows[0]["items"], rows[0]["amount"]) == ("2.02; 9.01", "")
    assert (rows[2]["items"], rows[2]["amount"]) == ("", "12345.5")


def test_nothing_happened(accounts: Accounts) -> None:
    """An empty window is an answer, with its zeros."""
    result = run("activity")
    assert result.exit_code == 0
    assert "0 of 0 filings shown. no buys, no sells" in result.stdout
