"""API keys: one a user, however many ask; and what it takes to make one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sectracker.api.v1.options_pb2 import ACCESS_USER

from services.auth.edge import MAX_REMEMBERED, Edge
from services.auth.errors import ApiKeyInvalid
from services.auth.secret_words import is_api_key, new_api_key
from services.chassis.errors import LoginEnded
from services.chassis.identity import Tokens as Authenticator
from services.chassis.trust import Trust
from tests.integration.auth.house import Tokens
from tests.support.clock import Clock


def test_many_keys_at_once_leave_one(tokens: Tokens) -> None:
    """Of keys that are made at the same time one is good; the logins of all others have ended."""
    user = tokens.user()
    login = tokens.begin(user).login_id
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: tokens.api_keys.create(user, login), range(12)))
    edge = Edge(tokens.sessions, tokens.issuer)
    assert all(is_api_key(key) for key in made)
    assert len([key for key in made if edge.token(key)]) == 1
    assert len(tokens.ended()) == 11
    assert tokens.row("SELECT count(*) FROM logins WHERE kind = 'key' AND ended_at IS NULL") == (1,)
    assert tokens.row("SELECT count(*) FROM api_keys") == (1,)


def test_a_key_is_made_or_revoked(tokens: Tokens) -> None:
    """However making and revoking fall together, no login of a key goes on whose key is gone."""
    user = tokens.user()
    login = tokens.begin(user).login_id
    work = [lambda: tokens.api_keys.create(user, login), lambda: tokens.api_keys.revoke(user)] * 20
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: one(), work))
    alive = "SELECT count(*) FROM logins WHERE kind = 'key' AND ended_at IS NULL"
    assert tokens.row(alive) == tokens.row("SELECT count(*) FROM api_keys")


def test_a_login_that_has_ended_makes_no_key(tokens: Tokens) -> None:
    """Who was logged out a moment ago cannot make a key that outlives it, though doors may not know yet."""
    user = tokens.user()
    pair = tokens.begin(user)
    tokens.logins.logout(user, pair.login_id, pair.refresh_token)
    with pytest.raises(LoginEnded):
        tokens.api_keys.create(user, pair.login_id)
    assert tokens.row("SELECT count(*) FROM api_keys") == (0,)


def test_another_users_login_makes_no_key(tokens: Tokens) -> None:
    """A user and a login that do not belong together make nothing."""
    ada, bob = tokens.user(), tokens.user("bob@example.com")
    with pytest.raises(LoginEnded):
        tokens.api_keys.create(ada, tokens.begin(bob).login_id)


def test_a_revoked_key_is_worth_nothing(tokens: Tokens) -> None:
    """Revoking ends the key's login and tells every door; doing it again changes nothing; another key may follow."""
    user = tokens.user()
    login = tokens.begin(user).login_id
    key = tokens.api_keys.create(user, login)
    holder = Edge(tokens.sessions, tokens.issuer)
    assert holder.token(key)
    (key_login,) = tokens.row("SELECT login_id FROM api_keys")
    for _ in range(2):
        tokens.api_keys.revoke(user)
    assert tokens.ended() == [key_login]
    assert tokens.events() == ["key_created", "key_revoked"]
    with pytest.raises(ApiKeyInvalid):
        tokens.api_keys.exchange(key_login)  # type: ignore[arg-type] # a row's column
    assert Edge(tokens.sessions, tokens.issuer).token(key) is None
    assert Edge(tokens.sessions, tokens.issuer).token(tokens.api_keys.create(user, login))


def test_memory_is_two_seconds_old_at_most(tokens: Tokens) -> None:
    """A replaced key goes on for what memory lasts, and no longer; a token goes on for half its life."""
    user, clock = tokens.user(), Clock()
    login = tokens.begin(user).login_id
    edge = Edge(tokens.sessions, tokens.issuer, clock)
    key = tokens.api_keys.create(user, login)
    token = edge.token(key)
    clock.now += 2.0
    assert edge.token(key) == token
    clock.now += 28.0
    later = edge.token(key)
    assert later not in (None, token)
    tokens.api_keys.create(user, login)
    clock.now += 1.9
    assert edge.token(key) == later
    clock.now += 0.1
    assert edge.token(key) is None


def test_a_changed_user_has_another_token(tokens: Tokens) -> None:
    """Limits that were set, or a right that was taken away, are in the token as soon as the key is looked up again."""
    user, clock = tokens.user(limits="20/1s", is_operator=True), Clock()
    edge = Edge(tokens.sessions, tokens.issuer, clock)
    key = tokens.api_keys.create(user, tokens.begin(user).login_id)
    trust = Trust(tokens.feed.get)
    trust.refresh()
    before = trust.claims(edge.token(key) or "")
    assert (before.subject, before.limits, before.is_operator, before.is_edge_key) == (str(user), "20/1s", True, True)
    tokens.sql("UPDATE users SET limits = '1/1s', is_operator = false")
    clock.now += 2.0
    after = trust.claims(edge.token(key) or "")
    assert (after.limits, after.is_operator) == ("1/1s", False)
    assert after.expires_at - after.issued_at == 60


def test_answers_from_memory_cost_no_query(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is known, one that is nobody's, and what is no key are answered without PostgreSQL."""
    user = tokens.user()
    edge = Edge(tokens.sessions, tokens.issuer, Clock())
    good, nobodys = tokens.api_keys.create(user, tokens.begin(user).login_id), new_api_key()
    assert edge.token(good)
    assert edge.token(nobodys) is None

    def away() -> None:
        """Fail as when PostgreSQL is asked."""
        raise AssertionError("was asked")

    monkeypatch.setattr(tokens.sessions, "read", away)
    assert edge.token(good)
    assert edge.token(nobodys) is None
    assert edge.token("stk_nothing") is None


def test_memory_is_bounded(tokens: Tokens) -> None:
    """However many keys are guessed, the oldest looks are forgotten first."""
    edge = Edge(tokens.sessions, tokens.issuer, Clock())
    edge._seen = {bytes([number % 256, number // 256]): edge._look(b"x", None) for number in range(MAX_REMEMBERED)}
    edge.token(new_api_key())
    assert len(edge._seen) == MAX_REMEMBERED
    assert bytes([0, 0]) not in edge._seen


def test_use_is_noted_once_a_minute(tokens: Tokens) -> None:
    """Using a key writes when that was, off the answer's path, and not again within a minute."""
    user = tokens.user()
    edge = Edge(tokens.sessions, tokens.issuer)
    key = tokens.api_keys.create(user, tokens.begin(user).login_id)
    edge.token(key)
    assert tokens.row("SELECT last_used_at FROM api_keys") == (None,)
    edge.note_use()
    first = tokens.row("SELECT last_used_at FROM api_keys")
    assert first != (None,)
    edge.token(key)
    edge.note_use()
    assert tokens.row("SELECT last_used_at FROM api_keys") == first
    tokens.sql("UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'")
    edge.token(key)
    edge.note_use()
    assert tokens.row("SELECT last_used_at > now() - interval '30 seconds' FROM api_keys") == (True,)


def test_the_edges_token_is_known_as_such(tokens: Tokens) -> None:
    """A server takes the edge's token for the key's user, and an exchanged one for a user without a key."""
    user = tokens.user()
    trust = Trust(tokens.feed.get)
    trust.refresh()
    key = tokens.api_keys.create(user, tokens.begin(user).login_id)
    (login,) = tokens.row("SELECT login_id FROM api_keys")
    knows = Authenticator(trust)
    edged = Edge(tokens.sessions, tokens.issuer).token(key)
    exchanged = tokens.api_keys.exchange(login)  # type: ignore[arg-type] # a row's column
    callers = [knows.authenticate(ACCESS_USER, {"authorization": f"Bearer {token}"}) for token in (edged, exchanged)]
    assert [caller.is_edge_key for caller in callers] == [True, False]
    assert {(caller.user_id, caller.login_id) for caller in callers} == {(str(user), str(login))}
