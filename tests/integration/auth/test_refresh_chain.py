"""The chain of refresh tokens: what is good once, what ten seconds forgive, and what ends the login."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from services.auth.domain import Pair
from services.auth.errors import CredentialsWrong, RefreshTokenInvalid
from services.auth.secret_words import new_refresh_token
from tests.integration.auth.house import Tokens

PASS_GRACE = "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '11 seconds' WHERE rotated_at IS NOT NULL"


def refused(tokens: Tokens, token: str) -> None:
    """Expect that a token gets nothing."""
    with pytest.raises(RefreshTokenInvalid):
        tokens.logins.refresh(token)


def test_each_token_is_spent_for_the_next(tokens: Tokens) -> None:
    """A chain of refreshes goes on in one login, each with another pair."""
    pairs = [tokens.begin(tokens.user())]
    for _ in range(3):
        pairs.append(tokens.logins.refresh(pairs[-1].refresh_token))
    assert len({pair.refresh_token for pair in pairs}) == 4
    assert len({pair.access_token for pair in pairs}) == 4
    assert {pair.login_id for pair in pairs} == {pairs[0].login_id}
    assert tokens.ended() == []


def test_a_lost_answer_is_told_again(tokens: Tokens) -> None:
    """Within the grace the predecessor gets the same successor, as often as it asks, and nothing ends."""
    first = tokens.begin(tokens.user())
    second, again, once_more = (tokens.logins.refresh(first.refresh_token) for _ in range(3))
    assert second.refresh_token == again.refresh_token == once_more.refresh_token
    assert tokens.logins.refresh(second.refresh_token).login_id == first.login_id
    assert tokens.ended() == []


def test_two_refreshes_at_once_get_the_same_successor(tokens: Tokens) -> None:
    """However many ask with one token at the same moment, it has one successor, and the login goes on."""
    first = tokens.begin(tokens.user())
    with ThreadPoolExecutor(6) as pool:
        pairs: list[Pair] = list(pool.map(tokens.logins.refresh, [first.refresh_token] * 24))
    assert len({pair.refresh_token for pair in pairs}) == 1
    assert tokens.row("SELECT count(*) FROM refresh_tokens") == (2,)
    assert tokens.ended() == []


def test_reuse_after_the_grace_ends_the_login(tokens: Tokens) -> None:
    """A spent token that comes eleven seconds later ends the whole login: its newest token is worth nothing."""
    first = tokens.begin(tokens.user())
    second = tokens.logins.refresh(first.refresh_token)
    tokens.sql(PASS_GRACE)
    refused(tokens, first.refresh_token)
    refused(tokens, second.refresh_token)
    assert tokens.ended() == [first.login_id]
    assert tokens.events() == ["token_reused"]
    assert tokens.row("SELECT ended_reason FROM logins") == ("reused_token",)


def test_grace_is_for_the_immediate_predecessor_alone(tokens: Tokens) -> None:
    """A token whose successor was used already is reuse at once, however young it is."""
    first = tokens.begin(tokens.user())
    second = tokens.logins.refresh(first.refresh_token)
    third = tokens.logins.refresh(second.refresh_token)
    refused(tokens, first.refresh_token)
    refused(tokens, third.refresh_token)
    assert tokens.ended() == [first.login_id]


def test_old_and_new_token_at_once_keep_or_end_the_login_whole(tokens: Tokens) -> None:
    """A thief who races the owner with the predecessor never gets a token of another chain."""
    first = tokens.begin(tokens.user())
    second = tokens.logins.refresh(first.refresh_token)

    def attempt(token: str) -> str:
        """Return the successor, or nothing."""
        try:
            return tokens.logins.refresh(token).refresh_token
        except RefreshTokenInvalid:
            return ""

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attempt, [first.refresh_token, second.refresh_token] * 6))
    newest = tokens.row("SELECT count(*) FROM refresh_tokens WHERE rotated_at IS NULL")
    assert newest == (1,)
    assert len(tokens.ended()) <= 1


def test_a_wiped_successor_is_not_told(tokens: Tokens) -> None:
    """After the grace nothing in the tables leads to a token that is good."""
    first = tokens.begin(tokens.user())
    tokens.logins.refresh(first.refresh_token)
    tokens.feed.wipe()
    assert tokens.row("SELECT count(*) FROM refresh_tokens WHERE successor_sealed IS NOT NULL") == (1,)
    tokens.sql(PASS_GRACE)
    tokens.feed.wipe()
    assert tokens.row("SELECT count(*) FROM refresh_tokens WHERE successor_sealed IS NOT NULL") == (0,)


def test_a_token_lives_thirty_days_and_a_chain_longer(tokens: Tokens) -> None:
    """A token that was not used in time is worth nothing; each refresh begins thirty days anew."""
    first = tokens.begin(tokens.user())
    tokens.sql("UPDATE refresh_tokens SET expires_at = expires_at - interval '29 days'")
    tokens.sql("UPDATE logins SET expires_at = expires_at - interval '29 days'")
    second = tokens.logins.refresh(first.refresh_token)
    days = "SELECT extract(day FROM max(r.expires_at) - now()), extract(day FROM max(l.expires_at) - now())"
    assert tokens.row(f"{days} FROM refresh_tokens r, logins l") == (29, 29)
    tokens.sql("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    refused(tokens, second.refresh_token)
    assert tokens.ended() == []


def test_who_is_deactivated_goes_on_with_nothing(tokens: Tokens) -> None:
    """An inactive user's refresh token is worth nothing, and nobody can be logged in."""
    user = tokens.user()
    first = tokens.begin(user)
    tokens.sql("UPDATE users SET is_active = false")
    refused(tokens, first.refresh_token)
    with pytest.raises(CredentialsWrong):
        tokens.begin(user)


def test_tokens_of_other_kinds_are_worth_nothing(tokens: Tokens) -> None:
    """An access token, an unknown token and noise refresh nothing, and end nothing."""
    first = tokens.begin(tokens.user())
    for other in (first.access_token, new_refresh_token(), "str_", f"{first.refresh_token} ", "'; DROP TABLE logins"):
        refused(tokens, other)
    assert tokens.logins.refresh(first.refresh_token).login_id == first.login_id
    assert tokens.ended() == []


def test_no_token_is_stored_as_it_is(tokens: Tokens) -> None:
    """The tables and what is printed of a pair hold no token."""
    first = tokens.begin(tokens.user())
    second = tokens.logins.refresh(first.refresh_token)
    everything = str(
        tokens.row(
            "SELECT string_agg(r::text || encode(coalesce(r.successor_sealed, ''), 'escape'), '') FROM refresh_tokens r"
        )
    )
    for pair in (first, second):
        assert pair.refresh_token not in everything
        assert pair.refresh_token.encode().hex() not in everything
        assert pair.refresh_token not in repr(pair)
        assert pair.access_token not in repr(pair)


def test_a_refresh_is_two_statements_in_one_transaction(tokens: Tokens) -> None:
    """Refreshing takes one look with locks and one write, however many rows that changes."""
    first = tokens.begin(tokens.user())
    seen: list[str] = []
    engine = tokens.sessions.engines[0]
    note = lambda _c, _cursor, statement, *_rest: seen.append(statement.split()[0])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    tokens.logins.refresh(first.refresh_token)
    event.remove(engine, "before_cursor_execute", note)
    assert seen == ["SELECT", "WITH"]
