"""Signing keys: the first one, the next one, and tokens that are out meanwhile."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from sectracker.auth.v1.trust_service_pb2 import GetTrustRequest

from services.auth import keys
from services.auth.keys import Keyring
from services.auth.sealing import Seal, SealBroken
from services.auth.subject import Subject
from services.auth.tokens import Issuer
from services.chassis.db import Sessions
from services.chassis.errors import DependencyUnavailable, TokenInvalid
from services.chassis.trust import Trust
from tests.conftest import Database
from tests.integration.auth.house import SECRET, Tokens

GO_ON = (
    "UPDATE signing_keys SET signs_from = signs_from - :by * interval '1 minute',"
    " signs_until = signs_until - :by * interval '1 minute',"
    " published_until = published_until - :by * interval '1 minute'"
)
FIVE_SECONDS = 5 / 60
ANOTHER = "another secret for sealing, of tests"


def access(tokens: Tokens) -> str:
    """Return an access token as it is issued now."""
    tokens.keyring.refresh()
    user = tokens.row("SELECT uuidv7(), uuidv7()")
    return tokens.issuer.access(Subject(*user))  # type: ignore[arg-type] # a row's columns


def signer(token: str) -> str:
    """Return the id of the key that a token names."""
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


def test_processes_that_start_together_make_one_key(sessions: Sessions) -> None:
    """However many processes find no key, there is one afterwards."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: keys.ensure(sessions, Seal(SECRET)), range(6)))
    keyring = Keyring(sessions, Seal(SECRET))
    keyring.refresh()
    assert len(keyring.published) == 1


def test_a_rotation_is_published_before_it_signs(tokens: Tokens) -> None:
    """The next key is known for five minutes, then signs; the old one is known until its last token has expired."""
    (old,) = [one.kid for one in tokens.keyring.published]
    new = keys.rotate(tokens.sessions, tokens.seal).kid
    assert signer(access(tokens)) == old
    assert [one.kid for one in tokens.keyring.published] == [new, old]
    tokens.sql(GO_ON, by=6)
    out = access(tokens)
    assert signer(out) == new
    assert [one.kid for one in tokens.keyring.published] == [new, old]
    tokens.sql(GO_ON, by=20)
    tokens.keyring.refresh()
    assert [one.kid for one in tokens.keyring.published] == [new]
    tokens.feed.prune()
    assert tokens.row("SELECT count(*) FROM signing_keys") == (1,)


def test_tokens_that_are_out_stay_good_over_a_rotation(tokens: Tokens) -> None:
    """A token of the old key is good as long as it lives, and of no key once that is no longer published."""
    trust, out = Trust(tokens.feed.get), access(tokens)
    keys.rotate(tokens.sessions, tokens.seal, now=True)
    tokens.sql(GO_ON, by=FIVE_SECONDS)
    later = access(tokens)
    assert signer(later) != signer(out)
    trust.refresh()
    assert trust.claims(out)
    assert trust.claims(later)
    tokens.sql(GO_ON, by=21)
    tokens.keyring.refresh()
    trust.refresh()
    with pytest.raises(TokenInvalid):
        trust.claims(out)


def test_a_rotation_now_gives_the_door_time_to_learn(tokens: Tokens) -> None:
    """With --now the new key is published at once, and the old one goes on for the seconds that the door takes."""
    (old,) = [one.kid for one in tokens.keyring.published]
    new, wait = keys.rotate(tokens.sessions, tokens.seal, now=True)
    assert wait.total_seconds() == 5
    tokens.sql(GO_ON, by=FIVE_SECONDS * 0.8)
    assert signer(access(tokens)) == old
    assert [one.kid for one in tokens.keyring.published] == [new, old]
    tokens.sql(GO_ON, by=FIVE_SECONDS * 0.2)
    assert signer(access(tokens)) == new


def test_a_second_rotation_takes_the_place_of_one_that_waits(tokens: Tokens) -> None:
    """With --now the new key signs within seconds, and one that was still to begin never does."""
    waiting = keys.rotate(tokens.sessions, tokens.seal).kid
    soon = keys.rotate(tokens.sessions, tokens.seal, now=True).kid
    tokens.sql(GO_ON, by=FIVE_SECONDS)
    assert signer(access(tokens)) == soon
    tokens.sql(GO_ON, by=6)
    assert signer(access(tokens)) == soon != waiting


def test_rotations_at_once_leave_one_that_signs(tokens: Tokens) -> None:
    """Operators who rotate together make keys one after the other; exactly one has no end."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: keys.rotate(tokens.sessions, tokens.seal, now=True), range(6)))
    assert tokens.row("SELECT count(*) FROM signing_keys WHERE signs_until IS NULL") == (1,)
    assert access(tokens)


def test_another_secret_is_said_in_a_sentence(tokens: Tokens) -> None:
    """With another AUTH_KEY_SECRET the process does not start, and says what to do; new keys get it going."""
    other = Seal(ANOTHER)
    with pytest.raises(SystemExit, match="AUTH_KEY_SECRET"):
        keys.ensure(tokens.sessions, other)
    with pytest.raises(SealBroken):
        Keyring(tokens.sessions, other).refresh()
    with pytest.raises(SystemExit, match="AUTH_KEY_SECRET"):
        keys.rotate(tokens.sessions, other)
    assert keys.rotate(tokens.sessions, other, now=True).wait.total_seconds() == 0
    keys.ensure(tokens.sessions, other)


def test_a_running_process_goes_on_when_the_next_key_does_not_open(tokens: Tokens) -> None:
    """A key that was sealed with another secret leaves running servers with the one that they have."""
    out = access(tokens)
    keys.rotate(tokens.sessions, Seal(ANOTHER), now=True)
    with pytest.raises(SealBroken):
        tokens.keyring.refresh()
    assert signer(tokens.issuer.service("form4")) == signer(out)


def test_tokens_are_dated_by_the_databases_clock(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose clock is an hour late dates its tokens as all others do."""
    monkeypatch.setattr("services.auth.keys.time", lambda: time.time() - 3600)
    told = jwt.decode(access(tokens), options={"verify_signature": False})
    assert abs(told["iat"] - time.time()) < 5


def test_a_rotation_is_in_the_trail(tokens: Tokens) -> None:
    """Who looks at the trail sees when keys were rotated."""
    keys.rotate(tokens.sessions, tokens.seal)
    assert tokens.events() == ["signing_key_rotated"]


def rotate_keys(database: Database, secret: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the operator's command."""
    environment = {
        **os.environ,
        "AUTH_DATABASE_URL": database.url("auth_serve", "psycopg2"),
        "AUTH_KEY_SECRET": secret,
    }
    command = [sys.executable, "-m", "services.auth", "rotate-keys", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours


def test_the_operators_command_rotates(database: Database, tokens: Tokens) -> None:
    """The command makes the next key, names it and says when it signs; no secret is printed."""
    done = rotate_keys(database, SECRET)
    tokens.keyring.refresh()
    newest = tokens.keyring.published[0].kid
    assert (done.returncode, len(tokens.keyring.published)) == (0, 2), done.stderr
    assert done.stdout == f"The key {newest} is published, and signs in five minutes.\n"
    assert SECRET not in done.stdout + done.stderr


def test_the_operators_command_refuses_another_secret(database: Database, tokens: Tokens) -> None:
    """A key that no server could open is not made by mistake: one sentence, and nothing else."""
    done = rotate_keys(database, ANOTHER)
    tokens.keyring.refresh()
    assert (done.returncode, len(tokens.keyring.published)) == (1, 1)
    assert done.stderr.startswith("The signing key in the database was sealed with another AUTH_KEY_SECRET")
    assert ANOTHER not in done.stderr


def test_the_operators_command_says_what_a_new_secret_costs(database: Database, tokens: Tokens) -> None:
    """With --now, where no server of this secret could sign before, the new key signs at once, and that is told."""
    (old,) = [one.kid for one in tokens.keyring.published]
    done = rotate_keys(database, ANOTHER, "--now")
    assert done.returncode == 0, done.stderr
    assert " signs now: no key could be opened" in done.stdout
    keyring = Keyring(tokens.sessions, Seal(ANOTHER))
    keyring.refresh()
    assert [one.kid for one in keyring.published] == [keyring.signer.kid, old]


def test_before_keys_are_read_nothing_is_signed(sessions: Sessions, tokens: Tokens) -> None:
    """A process that has not read the keys yet says that a dependency is away, and no more."""
    fresh = Keyring(sessions, tokens.seal)
    with pytest.raises(DependencyUnavailable):
        Issuer(fresh).service("form4")
    with pytest.raises(DependencyUnavailable):
        tokens.feed.__class__(sessions, fresh).get(GetTrustRequest())


def test_no_private_key_is_stored_or_told_as_it_is(tokens: Tokens) -> None:
    """The table and what is printed of a key hold nothing that signs."""
    private = tokens.keyring.signer.private.private_bytes_raw()
    (stored,) = tokens.row("SELECT private_sealed FROM signing_keys")
    assert private not in bytes(stored)  # type: ignore[call-overload] # a row's column
    assert "private" not in repr(tokens.keyring.signer)
    assert SECRET not in repr(tokens)
