"""An account by the command, through the real door: Envoy, auth, and the services that look at tokens again."""

import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
PASSWORD = "Nine-tame-otters-27"
SECONDS = 30


@pytest.fixture
def email(command: Command) -> str:
    """Return the address of somebody who has just registered, and is logged in."""
    address = f"ada-{uuid4().hex}@example.com"
    done = command("register", address, said=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    return address


def kept(config: Path, stack_url: str) -> dict[str, str]:
    """Return the tokens that the command keeps for a door."""
    tokens: dict[str, str] = json.loads((config / "sectracker" / "credentials.json").read_text())["doors"][stack_url]
    return tokens


def age(config: Path) -> None:
    """Let the access token have ended by the command's own reckoning."""
    file = config / "sectracker" / "credentials.json"
    doors = json.loads(file.read_text())["doors"]
    file.write_text(json.dumps({"doors": {door: {**one, "expires_at": 0} for door, one in doors.items()}}))


def me(stack_url: str, token: str) -> int:
    """Return the status of a call with an access token."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{stack_url}/api/v1/auth/me", headers=headers, timeout=SECONDS, trust_env=False).status_code


def test_somebody_registers_and_is_known(command: Command, email: str) -> None:
    """The account that the command shows is the one that was made; no secret is among what is printed."""
    shown = command("whoami", "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["email"] == email
    again = command("login", email.upper(), "--json", said=f"{PASSWORD}\n")
    assert json.loads(again.stdout)["email"] == email
    assert PASSWORD not in again.stdout + again.stderr


def test_an_address_is_taken_once(command: Command, email: str) -> None:
    """A second account with the same address is refused."""
    refused = command("register", email, said=f"{PASSWORD}\n")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_a_wrong_password_is_denied(command: Command, email: str) -> None:
    """Exit code 5, one sentence, and the login of before is kept."""
    refused = command("login", email, said="wrong-guess-1\n")
    assert refused.returncode == 5
    assert "wrong-guess-1" not in refused.stderr
    assert command("whoami").returncode == 0


def test_a_common_password_is_named(command: Command) -> None:
    """What is wrong is said of the password, and its text is not repeated."""
    refused = command("register", f"bob-{uuid4().hex}@example.com", said="password1\n")
    assert (refused.returncode, refused.stderr.startswith("the password: ")) == (2, True)
    assert "password1" not in refused.stderr


def test_a_token_is_renewed_on_the_way(command: Command, email: str, config: Path, stack_url: str) -> None:
    """A command that finds its token ended trades the refresh token, keeps the next pair and goes on."""
    before = kept(config, stack_url)
    age(config)
    assert command("whoami").returncode == 0
    after = kept(config, stack_url)
    assert after["refresh_token"] != before["refresh_token"]
    assert command("latest").stderr == ""


def test_a_token_that_the_door_refuses_is_renewed(command: Command, email: str, config: Path, stack_url: str) -> None:
    """Whatever Envoy says of a token that is none, the command gets a good one."""
    file = config / "sectracker" / "credentials.json"
    file.write_text(file.read_text().replace(kept(config, stack_url)["access_token"], "eyJhbGciOiJub25lIn0.e30."))
    done = command("whoami")
    assert done.returncode == 0, done.stderr


def test_logging_out_ends_the_token_everywhere(command: Command, email: str, config: Path, stack_url: str) -> None:
    """Within two seconds the access token that was good is refused, and the command knows of no login."""
    token = kept(config, stack_url)["access_token"]
    assert me(stack_url, token) == httpx.codes.OK
    assert command("logout").returncode == 0
    time.sleep(2)
    assert me(stack_url, token) == httpx.codes.UNAUTHORIZED
    assert command("whoami").returncode == 5


def test_reads_go_on_without_a_login_that_has_ended(command: Command, email: str, config: Path, stack_url: str) -> None:
    """A copy of the login that was logged out is refused, said once and forgotten; the market is shown all the same."""
    file = config / "sectracker" / "credentials.json"
    copied = file.read_text()
    assert command("logout").returncode == 0
    file.write_text(copied)
    time.sleep(2)
    read = command("latest")
    assert (read.returncode, "has ended" in read.stderr) == (0, True)
    assert command("latest").stderr == ""


def test_a_key_works_until_it_is_revoked(command: Command, email: str) -> None:
    """The key alone is on standard output; it is good in place of a login, and refused two seconds after its end."""
    made = command("key", "create")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("stk_")
    key = made.stdout.strip()
    assert json.loads(command("whoami", "--json", SECTRACKER_API_KEY=key).stdout)["email"] == email
    assert command("key", "create").returncode == 2
    assert command("key", "revoke").returncode == 0
    time.sleep(2.5)
    refused = command("latest", SECTRACKER_API_KEY=key)
    assert (refused.returncode, key in refused.stderr) == (5, False)


def test_two_commands_renew_at_once(command: Command, email: str, config: Path) -> None:
    """Both find the token ended at the same time, and both go on, then and later."""
    age(config)
    with ThreadPoolExecutor(2) as pool:
        both = [ended.result() for ended in [pool.submit(command, "whoami") for _ in range(2)]]
    assert [done.returncode for done in both] == [0, 0], both
    assert command("whoami").returncode == 0
