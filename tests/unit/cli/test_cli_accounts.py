"""Accounts, logins and keys by the command: what is sent, what is kept, what is said, and that nothing leaks."""

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.cli.accounts import EMAIL, PASSWORD, Accounts, serving


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    """Yield a server of accounts."""
    with serving() as server:
        yield server


def run(accounts: Accounts, *words: str, said: str = "") -> Result:
    """Run the command, with a password on standard input where one is said."""
    return CliRunner(env={"SECTRACKER_URL": accounts.url}).invoke(app, [*words], input=said)


def logged_in(accounts: Accounts) -> None:
    """Log in by the command."""
    result = run(accounts, "login", EMAIL, said=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    accounts.calls.clear()


def kept(config: Path) -> dict[str, dict[str, object]]:
    """Return what the file of credentials holds, by door."""
    doors: dict[str, dict[str, object]] = json.loads((config / "sectracker" / "credentials.json").read_text())["doors"]
    return doors


def age(config: Path, seconds: float) -> None:
    """Let all access tokens in the file end so many seconds from now."""
    file = config / "sectracker" / "credentials.json"
    doors = {door: {**one, "expires_at": time.time() + seconds} for door, one in kept(config).items()}
    file.write_text(json.dumps({"doors": doors}))


def test_an_account_is_made_and_used(accounts: Accounts, config: Path) -> None:
    """`register` keeps a login for this door in a private file, and the next command sends its access token."""
    result = run(accounts, "register", EMAIL, said="a new password\n")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Registered at {accounts.url} as {EMAIL}, and logged in; the login is kept in ")
    assert accounts.password == "a new password"
    assert list(kept(config)) == [accounts.url]
    folder = config / "sectracker"
    assert [(folder / "credentials.json").stat().st_mode & 0o777, folder.stat().st_mode & 0o777] == [0o600, 0o700]
    who = run(accounts, "whoami")
    assert (who.exit_code, "ada@example.com" in who.stdout) == (0, True)
    assert accounts.calls[-1][1]["authorization"] == "Bearer access-1"


@pytest.mark.parametrize("command", ["register", "login"])
def test_no_secret_is_printed(accounts: Accounts, command: str) -> None:
    """What goes to programs is the account, and nothing that would let anybody in."""
    printed = run(accounts, command, EMAIL, "--json", said=f"{PASSWORD}\n")
    assert json.loads(printed.stdout)["email"] == EMAIL
    rows = list(csv.DictReader(io.StringIO(run(accounts, command, EMAIL, "--csv", said=f"{PASSWORD}\n").stdout)))
    assert rows[0]["email"] == EMAIL
    for secret in (PASSWORD, "access-", "str_"):
        assert secret not in printed.output


def test_a_wrong_password_is_denied_and_keeps_nothing(accounts: Accounts, config: Path) -> None:
    """Exit code 5, the service's sentence, no password in it, no file."""
    result = run(accounts, "login", EMAIL, said="wrong-guess\n")
    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr.startswith("Not you. (request id ")
    assert "wrong-guess" not in result.output
    assert not config.exists()


def test_a_refused_password_is_named(accounts: Accounts) -> None:
    """A violation names what was typed, not the field."""
    result = run(accounts, "register", EMAIL, said="short\n")
    assert (result.exit_code, result.stderr[:44]) == (2, "the password: must have 8 to 128 characters ")


def test_a_limit_says_when_to_ask_again(accounts: Accounts) -> None:
    """The time to wait is rounded up."""
    accounts.limits_logins = True
    result = run(accounts, "login", EMAIL, said=f"{PASSWORD}\n")
    assert (result.exit_code, result.stderr[:37]) == (4, "Too many calls; ask again in 42 s (re")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [("", "No password was given."), ("\n", "No password was given."), ("x" * 5000, "too long for a password")],
)
def test_a_password_that_is_none_is_not_sent(accounts: Accounts, said: str, sentence: str) -> None:
    """An empty line or a megabyte ends the command before it calls."""
    result = run(accounts, "login", EMAIL, said=said)
    assert (result.exit_code, accounts.calls) == (2, [])
    assert sentence in result.stderr


def test_an_address_must_be_named_in_a_pipe(accounts: Accounts) -> None:
    """Standard input has the password, so it cannot have the address."""
    assert run(accounts, "login", said=f"{PASSWORD}\n").exit_code == 2


def test_a_login_ends_at_the_service_and_here(accounts: Accounts, config: Path) -> None:
    """`logout` sends the refresh token, forgets the login, and may be repeated."""
    logged_in(accounts)
    assert run(accounts, "logout").stdout == f"Logged out at {accounts.url}.\n"
    assert (accounts.names(), accounts.newest, kept(config)) == (["Logout"], "ended", {})
    assert run(accounts, "logout").stdout == f"Not logged in at {accounts.url}.\n"
    assert run(accounts, "whoami").exit_code == 5


def test_a_login_that_cannot_be_ended_is_kept(accounts: Accounts, config: Path) -> None:
    """While the service is away a logout fails and can be tried again; `--local` forgets it all the same."""
    logged_in(accounts)
    age(config, -1)
    accounts.is_away = True
    assert run(accounts, "logout", "--timeout", "3").exit_code == 4
    assert list(kept(config)) == [accounts.url]
    assert run(accounts, "logout", "--local").exit_code == 0
    assert kept(config) == {}


def test_a_login_that_has_ended_can_be_left(accounts: Accounts, config: Path) -> None:
    """`logout` of what the service has ended already forgets it, and is no failure."""
    logged_in(accounts)
    accounts.good, accounts.newest = set(), "other"
    assert run(accounts, "logout").exit_code == 0
    assert kept(config) == {}


def test_a_token_is_renewed_before_it_ends(accounts: Accounts, config: Path) -> None:
    """An access token with seconds left is traded first; the new pair is kept."""
    logged_in(accounts)
    age(config, 10)
    assert run(accounts, "whoami").exit_code == 0
    assert accounts.names() == ["Refresh", "GetMe"]
    assert "authorization" not in accounts.calls[0][1]
    assert kept(config)[accounts.url]["refresh_token"] == "str_2"


@pytest.mark.parametrize("speaks", [True, False])
def test_a_token_that_is_refused_is_renewed_once(accounts: Accounts, speaks: bool) -> None:
    """Whether the service says TOKEN_EXPIRED or Envoy a sentence alone: a renewal, and the call again."""
    logged_in(accounts)
    accounts.good, accounts.speaks = {"another"}, speaks
    assert run(accounts, "whoami").exit_code == 0
    assert accounts.names() == ["GetMe", "Refresh", "GetMe"]


def test_no_refusal_leads_to_calls_without_end(accounts: Accounts) -> None:
    """A service that renews and refuses for ever is asked twice, and that is said."""
    logged_in(accounts)
    accounts.refuses_all = True
    result = run(accounts, "whoami")
    assert (result.exit_code, accounts.names()) == (5, ["GetMe", "Refresh", "GetMe"])
    assert result.stderr == f"{accounts.url} refuses the login; `sectracker login` logs in anew\n"


def test_a_login_that_has_ended_is_forgotten(accounts: Accounts, config: Path) -> None:
    """A renewal that is refused ends a command that needs a login, and the login."""
    logged_in(accounts)
    accounts.good, accounts.newest = set(), "other"
    result = run(accounts, "whoami")
    assert (result.exit_code, kept(config)) == (5, {})
    assert result.stderr == f"The login at {accounts.url} has ended; `sectracker login` logs in again\n"


def test_reads_go_on_without_a_login_that_has_ended(accounts: Accounts, config: Path) -> None:
    """The market is for everybody: the end of the login is said once, and the next read says nothing."""
    logged_in(accounts)
    accounts.good, accounts.newest = set(), "other"
    result = run(accounts, "latest")
    assert (result.exit_code, accounts.names()) == (0, ["GetMarketActivity", "Refresh", "GetMarketActivity"])
    assert "Apple Inc." in result.stdout
    assert result.stderr.endswith("`sectracker login` logs in again. Going on without a login.\n")
    assert run(accounts, "latest").stderr == ""
    assert kept(config) == {}


def test_a_service_that_is_away_costs_no_login(accounts: Accounts, config: Path) -> None:
    """A renewal that nobody answers leaves what is kept; a read goes on, what needs a login says why it cannot."""
    logged_in(accounts)
    age(config, -1)
    accounts.is_away = True
    assert run(accounts, "latest", "--timeout", "5").exit_code == 0
    result = run(accounts, "whoami", "--timeout", "5")
    assert (result.exit_code, list(kept(config))) == (4, [accounts.url])
    assert "could not be renewed" in result.stderr
    accounts.is_away = False
    assert run(accounts, "whoami").exit_code == 0


def test_reads_send_the_login(accounts: Accounts) -> None:
    """Who is logged in has their own limits."""
    logged_in(accounts)
    assert run(accounts, "latest").exit_code == 0
    assert accounts.calls[-1][1]["authorization"] == "Bearer access-1"


def test_two_commands_renew_at_once(accounts: Accounts, config: Path) -> None:
    """Of two processes whose token has ended one renews, and both go on."""
    logged_in(accounts)
    age(config, -1)
    command = [sys.executable, "-m", "cli", "whoami", "--json", "--url", accounts.url]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]  # noqa: S603 - our own interpreter and module
    ends = [(*process.communicate(timeout=60), process.returncode) for process in both]
    assert [code for _, _, code in ends] == [0, 0], ends
    assert accounts.names().count("Refresh") == 1


def test_an_api_key_is_sent_in_place_of_a_login(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECTRACKER_API_KEY goes out as x-api-key, and no token with it."""
    logged_in(accounts)
    created = run(accounts, "key", "create")
    assert (created.exit_code, created.stdout) == (0, f"{accounts.api_key}\n")
    monkeypatch.setenv("SECTRACKER_API_KEY", accounts.api_key)
    assert "SECTRACKER_API_KEY" in run(accounts, "whoami").stdout
    assert "authorization" not in accounts.calls[-1][1]


def test_a_key_that_is_refused_ends_the_command(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who set a key does not want to go on without; the key is not repeated."""
    monkeypatch.setenv("SECTRACKER_API_KEY", "stk_wrong")
    for words in (["latest"], ["whoami"]):
        result = run(accounts, *words)
        assert (result.exit_code, "stk_wrong" in result.output) == (5, False)
    monkeypatch.setenv("SECTRACKER_API_KEY", "stk with\nblanks")
    result = run(accounts, "latest")
    assert (result.exit_code, "blanks and" in result.output or "stk with" in result.output) == (2, False)


def test_a_key_is_replaced_only_when_asked(accounts: Accounts) -> None:
    """Programs stop when their key ends, so a second `key create` is refused without `--replace`."""
    logged_in(accounts)
    first = run(accounts, "key", "create").stdout
    refused = run(accounts, "key", "create")
    assert (refused.exit_code, refused.stdout) == (2, "")
    second = json.loads(run(accounts, "key", "create", "--replace", "--json").stdout)["api_key"]
    assert second != first.strip()
    assert run(accounts, "key", "revoke").exit_code == 0
    assert accounts.api_key == ""


@pytest.mark.parametrize("words", [["login", EMAIL], ["register", EMAIL], ["whoami"], ["key", "create"]])
def test_nothing_secret_goes_elsewhere_in_clear_text(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """An http:// door on another machine gets neither password nor key, unless that is asked for."""
    monkeypatch.setenv("SECTRACKER_API_KEY", "stk_1")
    result = run(accounts, *words, "--url", "http://192.0.2.1:8080", "--timeout", "1", said=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "would get passwords and tokens in clear text: use https://, or --insecure" in result.stderr


def test_a_login_stays_with_its_door(accounts: Accounts) -> None:
    """Another port of the same machine is another door: it gets no token."""
    logged_in(accounts)
    with serving() as other:
        assert run(accounts, "latest", "--url", other.url).exit_code == 0
        assert "authorization" not in other.calls[-1][1]
        assert run(accounts, "whoami", "--url", other.url).exit_code == 5
