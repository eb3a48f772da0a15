"""What ends a login, against those who hurry: nothing that was made meanwhile outlives it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID

import pytest
from sqlalchemy import Delete, Update, text
from sqlalchemy.dialects import postgresql

from services.auth import operate
from services.auth.config import OperateSettings
from services.auth.domain import EndReason
from services.auth.errors import CredentialsWrong, RefreshTokenInvalid
from services.auth.repository import ended, logins
from services.auth.repository.ended import OVERLAP
from services.chassis.db import Sessions
from services.chassis.errors import LoginEnded
from services.chassis.trust import Trust
from tests.conftest import Database
from tests.integration.auth.house import Tokens

REFUSALS = (CredentialsWrong, RefreshTokenInvalid, LoginEnded)


class Failed(Exception):  # noqa: N818 - it is not ours
    """End a transaction."""


def hurrying(work: Callable[[], str], made: list[str], stop: threading.Event) -> threading.Thread:
    """Return a thread that does something again and again until it is refused."""

    def run() -> None:
        """Note each access token that is had."""
        while not stop.is_set():
            try:
                made.append(work())
            except REFUSALS:
                return

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_who_hurries_while_being_deactivated_has_nothing(tokens: Tokens) -> None:
    """Refreshes, new logins and new keys that race a deactivation leave no token and no key that is good."""
    user, stop = tokens.user(), threading.Event()
    made: list[str] = []
    pair = tokens.begin(user)
    chain = [tokens.begin(user).refresh_token]

    def refresh() -> str:
        """Go on with a login."""
        following = tokens.logins.refresh(chain[-1])
        chain.append(following.refresh_token)
        return following.access_token

    def key() -> str:
        """Make a key, and a token of it."""
        tokens.api_keys.create(user, pair.login_id)
        return pair.access_token

    workers = (refresh, lambda: tokens.begin(user).access_token, key)
    threads = [hurrying(work, made, stop) for work in workers]
    began = time.monotonic()
    while len(made) < 20 and time.monotonic() - began < 20:
        time.sleep(0.01)
    assert len(made) >= 20
    operate.deactivate(tokens.sessions, "ada@example.com")
    for thread in threads:
        thread.join(20)
    stop.set()
    assert not any(thread.is_alive() for thread in threads)
    assert tokens.row("SELECT count(*) FROM logins WHERE ended_at IS NULL") == (0,)
    trust = Trust(tokens.feed.get)
    trust.refresh()
    for token in made:
        with pytest.raises(LoginEnded):
            trust.claims(token)


def test_who_logs_in_while_everybody_is_logged_out_is_out(tokens: Tokens) -> None:
    """A login that is not committed yet when all end has ended as well: its refresh token would go on without it."""
    user = tokens.user()
    with ThreadPoolExecutor(1) as pool:
        with tokens.sessions() as session:
            pair = tokens.logins.begin(session, user)
            revoked = pool.submit(operate.revoke_all, tokens.sessions)
            wait([revoked], timeout=0.5)
        assert revoked.result(20) == 1
    with pytest.raises(RefreshTokenInvalid):
        tokens.logins.refresh(pair.refresh_token)


def test_the_end_and_its_telling_are_one(tokens: Tokens) -> None:
    """When the transaction fails, the login goes on and no door is told; ending twice tells once."""
    login = tokens.begin(tokens.user()).login_id

    def fail() -> None:
        """End the login in a transaction that does not come to its end."""
        with tokens.sessions() as session:
            logins.end(session, login, EndReason.REVOKED)
            raise Failed

    with pytest.raises(Failed):
        fail()
    assert tokens.ended() == []
    assert tokens.row("SELECT ended_at FROM logins") == (None,)
    with tokens.sessions() as session:
        assert logins.end(session, login, EndReason.REVOKED) == [login]
        assert logins.end(session, login, EndReason.REVOKED) == []
    assert tokens.ended() == [login]


def test_an_end_that_is_committed_late_is_told(tokens: Tokens) -> None:
    """A process that hangs between the stamp and the commit, as long as PostgreSQL lets it, keeps nobody in."""
    pair, trust = tokens.begin(tokens.user()), Trust(tokens.feed.get)
    with tokens.sessions() as session:
        logins.end(session, pair.login_id, EndReason.LOGOUT)
        session.execute(text("UPDATE ended SET ended_at = ended_at - interval '25 seconds'"))
        trust.refresh()
        assert trust.claims(pair.access_token)
    trust.refresh()
    with pytest.raises(LoginEnded):
        trust.claims(pair.access_token)


def test_no_transaction_lasts_longer_than_the_overlap(database: Database) -> None:
    """By the default settings PostgreSQL ends what idles, and what runs, before its end would be missed."""
    settings = OperateSettings.model_validate({"database_url": database.url("auth_serve", "psycopg2")})
    sessions = Sessions(settings)
    with sessions() as session:
        asked = text("SELECT setting::int / 1000.0 FROM pg_settings WHERE name = :name")
        names = ("idle_in_transaction_session_timeout", "statement_timeout")
        idle, statement = (session.execute(asked, {"name": name}).scalar_one() for name in names)
    sessions.close()
    assert 0 < idle + statement < OVERLAP.total_seconds()


def test_others_end_and_this_one_goes_on(tokens: Tokens) -> None:
    """A new password ends the user's other logins, not this one, not the key, and nobody else's."""
    ada, bob = tokens.user(), tokens.user("bob@example.com")
    this, other, bobs = tokens.begin(ada), tokens.begin(ada), tokens.begin(bob)
    tokens.api_keys.create(ada, this.login_id)
    with tokens.sessions() as session:
        assert logins.end_others(session, ada, this.login_id, EndReason.NEW_PASSWORD) == [other.login_id]
    assert {tokens.logins.refresh(pair.refresh_token).login_id for pair in (this, bobs)} == {
        this.login_id,
        bobs.login_id,
    }
    assert tokens.row("SELECT count(*) FROM logins WHERE kind = 'key' AND ended_at IS NULL") == (1,)


def test_all_that_a_user_has_ends(tokens: Tokens) -> None:
    """Everything of one user ends, keys included, and nothing of another's."""
    ada, bob = tokens.user(), tokens.user("bob@example.com")
    mine, bobs = tokens.begin(ada), tokens.begin(bob)
    tokens.api_keys.create(ada, mine.login_id)
    with tokens.sessions() as session:
        assert len(logins.end_of_user(session, ada, EndReason.DEACTIVATED)) == 2
    trust = Trust(tokens.feed.get)
    trust.refresh()
    with pytest.raises(LoginEnded):
        trust.claims(mine.access_token)
    assert trust.claims(bobs.access_token).subject == str(bob)


def test_what_is_long_over_is_deleted(tokens: Tokens) -> None:
    """Expired refresh tokens go, logins a month after their end go with their keys; what is alive stays."""
    ada = tokens.user()
    alive, over = tokens.begin(ada), tokens.begin(ada)
    with tokens.sessions() as session:
        logins.end(session, over.login_id, EndReason.REVOKED)
    tokens.feed.prune()
    assert tokens.row("SELECT count(*) FROM logins") == (2,)
    tokens.sql("UPDATE logins SET ended_at = now() - interval '31 days' WHERE ended_at IS NOT NULL")
    tokens.feed.prune()
    remaining: tuple[UUID, ...] = tokens.row("SELECT id FROM logins")  # type: ignore[assignment] # one column
    assert remaining == (alive.login_id,)
    tokens.sql("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    tokens.feed.prune()
    assert tokens.row("SELECT count(*) FROM refresh_tokens") == (0,)


@pytest.mark.parametrize("statement", [logins.DROP_LOGINS, logins.DROP_TOKENS, logins.WIPE, ended.PRUNE])
def test_what_is_over_is_found_by_an_index(sessions: Sessions, statement: Delete | Update) -> None:
    """What is done every few seconds reads what is over, and not each row that there is."""
    asked = statement.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call] # SQLAlchemy's own
        compile_kwargs={"literal_binds": True},
    )
    with sessions() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.execute(text(f"EXPLAIN {asked}")).scalars())
    assert "Index Cond" in plan, plan
    assert "Seq Scan" not in plan, plan
