"""The guide to accounts: its commands are one session that runs as it stands, and tells what the guide says."""

import re
import shutil

import pytest

from deploy.local.places import CHECKOUT
from tests.e2e.stack.test_api_page import Told, run
from tests.support.stack import Running

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")

PAGE = (CHECKOUT / "docs/api/accounts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PASSWORDS = ("a long sentence of yours", "another sentence of yours")


@pytest.fixture(scope="module")
def session(running_stack: Running) -> Told:
    """Return what all commands of the page print, one after the other in one shell."""
    return run("".join(BLOCKS), running_stack.url)


def test_every_command_succeeds(session: Told) -> None:
    """From the account to its end, nothing is refused."""
    assert set(session.statuses) == {200}
    assert len(session.statuses) == len(re.findall(r"\bcurl ", "".join(BLOCKS)))


def test_one_person_all_along(session: Told) -> None:
    """The token, the key, and the token that the key was traded for are the same account's."""
    people = [answer for answer in session.answers if "has_api_key" in answer]
    assert len({person["id"] for person in people}) == 1
    # The last one is the answer to the new password.
    assert [person["has_api_key"] for person in people] == [False, True, True, True]


def test_the_watchlist_is_as_told(session: Told) -> None:
    """The company is added, listed and removed."""
    added, listed, activity = (
        next(answer for answer in session.answers if field in answer) for field in ("added_at", "items", "filings")
    )
    assert listed == {"items": [added], "total": 1}
    assert (added["ticker"], activity["period_days"]) == ("PLTR", 90)


def test_the_keys_are_a_key_set(session: Told) -> None:
    """The public keys have what a verifier looks for."""
    keys = next(answer["keys"] for answer in session.answers if "keys" in answer)
    assert all((key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA") for key in keys)
