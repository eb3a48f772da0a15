"""Operators' commands, as an operator runs them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.integration.auth.house import SECRET, Tokens

ROOT = Path(__file__).parents[3]
PASSWORD = "a difference engine"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database: Database) -> Run:
    """Return what runs a command of auth, with what is typed into it."""
    url = database.url("auth_serve", "psycopg2")
    environment = {**os.environ, "AUTH_DATABASE_URL": url, "AUTH_KEY_SECRET": SECRET, "NO_COLOR": "1"}

    def command(*words: str, typed: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "services.auth", *words],
            input=typed,
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
            cwd=ROOT,
            env=environment | changes,
        )

    return command


def test_an_account_is_made_from_stdin(run: Run, tokens: Tokens) -> None:
    """The rules for passwords hold; neither the password nor its hash is printed; a second one is refused."""
    bad = run("create-user", "ada@example.com", "--password-stdin", typed="password1\n")
    assert (bad.returncode, "too easy to guess" in bad.stderr) == (1, True)
    made = run("create-user", "Ada@Example.com", "--operator", "--password-stdin", typed=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stdout + made.stderr
    assert "argon2" not in made.stdout + made.stderr
    assert tokens.row("SELECT email, is_operator, is_active FROM users") == ("ada@example.com", True, True)
    again = run("create-user", "ada@example.com", "--password-stdin", typed=PASSWORD)
    assert (again.returncode, "has this e-mail address" in again.stderr) == (1, True)
    assert tokens.events() == ["user_created"]


def test_a_deactivated_user_has_nothing_left(run: Run, tokens: Tokens) -> None:
    """Logins and key end, every door is told, and the account is inactive."""
    ada = tokens.user()
    login = tokens.begin(ada).login_id
    tokens.api_keys.create(ada, login)
    done = run("deactivate", "ADA@example.com")
    assert "2 logins and keys have ended" in done.stdout, done.stderr
    assert tokens.row("SELECT is_active FROM users") == (False,)
    assert tokens.row("SELECT count(*) FROM logins WHERE ended_at IS NULL") == (0,)
    assert tokens.row("SELECT user_id FROM ended WHERE user_id IS NOT NULL") == (ada,)
    assert run("deactivate", "nobody@example.com").stderr.strip() == "No account has this e-mail address."


def test_limits_of_a_users_own(run: Run, tokens: Tokens) -> None:
    """They are stored as they were said and taken away by saying none; what cannot be read is refused."""
    tokens.user()
    assert run("set-limits", "ada@example.com", "20/1s,600/1m").returncode == 0
    assert tokens.row("SELECT limits FROM users") == ("20/1s,600/1m",)
    assert run("set-limits", "ada@example.com", "many").returncode == 1
    assert tokens.row("SELECT limits FROM users") == ("20/1s,600/1m",)
    assert run("set-limits", "ada@example.com").returncode == 0
    assert tokens.row("SELECT limits FROM users") == (None,)


def test_everything_is_revoked_when_it_is_meant(run: Run, tokens: Tokens) -> None:
    """Without a yes nothing happens; with it every login of everybody ends."""
    for email in ("ada@example.com", "bob@example.com"):
        tokens.begin(tokens.user(email))
    assert run("revoke-all", typed="n\n").returncode == 1
    assert tokens.row("SELECT count(*) FROM logins WHERE ended_at IS NULL") == (2,)
    assert "2 logins and keys have ended" in run("revoke-all", "--yes").stdout
    assert tokens.row("SELECT count(*) FROM logins WHERE ended_at IS NULL") == (0,)
    assert tokens.row("SELECT count(*) FROM ended WHERE everybody") == (1,)


def test_a_key_takes_the_place_of_another(run: Run, tokens: Tokens) -> None:
    """The next key is published, and signs within seconds where that is asked for."""
    assert "signs in five minutes" in run("rotate-keys").stdout
    assert "signs in five seconds" in run("rotate-keys", "--now").stdout
    assert tokens.row("SELECT count(*) FROM signing_keys") == (3,)


def test_what_is_missing_is_told(run: Run) -> None:
    """A command without a database says which variable to set, or that it does not answer."""
    assert "AUTH_DATABASE_URL" in run("deactivate", "ada@example.com", AUTH_DATABASE_URL="").stderr
    away = "postgresql://auth_serve:x@127.0.0.1:1/sectracker"
    told = run("deactivate", "ada@example.com", AUTH_DATABASE_URL=away).stderr
    assert "The database did not answer; nothing was changed." in told
