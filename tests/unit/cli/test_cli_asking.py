"""Passwords on a terminal: asked for twice where they are new, and never shown."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.accounts import EMAIL, PASSWORD, Accounts, serving

ROOT = Path(__file__).parents[3]
SECONDS = 30


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    """Yield a server of accounts."""
    with serving() as server:
        yield server


def typed(accounts: Accounts, words: list[str], answers: list[tuple[bytes, str]]) -> tuple[str, int]:
    """Run the command on a pseudo-terminal, typing an answer after each prompt; return what it shows and its end."""
    ours, theirs = pty.openpty()
    kept = {name: os.environ[name] for name in ("PATH", "XDG_CONFIG_HOME", "SECTRACKER_CREDENTIALS")}
    paths = f"{ROOT}:{ROOT / 'protos' / 'gen'}"
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "cli", *words, "--url", accounts.url],
        env={**kept, "PYTHONPATH": paths, "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        for prompt, answer in answers:
            shown += until(ours, prompt)
            os.write(ours, f"{answer}\n".encode())
        shown += until(ours, None)
        exit_code = process.wait(SECONDS)
    os.close(ours)
    return shown.decode(), exit_code


def until(terminal: int, prompt: bytes | None) -> bytes:
    """Return what is shown up to a prompt, or to the end."""
    shown, deadline = b"", time.monotonic() + SECONDS
    while prompt is None or prompt not in shown:
        assert time.monotonic() < deadline, shown
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            block = os.read(terminal, 4096)
        except OSError:  # the other side was closed
            break
        if not block:
            break
        shown += block
    return shown


def test_a_new_password_is_asked_for_twice_and_not_shown(accounts: Accounts) -> None:
    """The address may be asked for, too; it is shown, the password is not."""
    answers = [(b"E-mail: ", EMAIL), (b"Password: ", PASSWORD), (b"again: ", PASSWORD)]
    shown, exit_code = typed(accounts, ["register"], answers)
    assert (exit_code, accounts.names(), PASSWORD in shown) == (0, ["Register"], False), shown
    assert EMAIL in shown


def test_two_passwords_that_differ_make_no_account(accounts: Accounts) -> None:
    """Nothing is sent, and neither of them is shown."""
    answers = [(b"Password: ", PASSWORD), (b"again: ", "another-one")]
    shown, exit_code = typed(accounts, ["register", EMAIL], answers)
    assert (exit_code, accounts.names()) == (2, [])
    assert "The two passwords differ" in shown
    assert PASSWORD not in shown
    assert "another-one" not in shown


def test_a_login_asks_once(accounts: Accounts) -> None:
    """One prompt, no echo."""
    shown, exit_code = typed(accounts, ["login", EMAIL], [(b"Password: ", PASSWORD)])
    assert (exit_code, accounts.names(), PASSWORD in shown) == (0, ["Login"], False), shown
