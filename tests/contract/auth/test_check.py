"""EdgeService/Check, as Envoy calls it: a key on its way in becomes a token."""

from collections.abc import Callable
from typing import Any, NoReturn

import psycopg
import pytest
from sectracker.auth.v1.edge_service_pb2 import CheckRequest

from services.auth.secret_words import new_api_key
from services.chassis.db import Sessions
from tests.contract.auth.token_house import Auth, token_of
from tests.contract.serving import INVALID, NO_MESSAGE, UNAVAILABLE, refused


def test_a_good_key_becomes_a_token(auth: Auth) -> None:
    """The request goes on with a token of a minute in the place of whatever it brought, and without the key."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    answer = auth.check(x_api_key=key, authorization="Bearer forged")
    claims = auth.trust.claims(token_of(answer))
    assert answer.status.code == 0
    assert list(answer.ok_response.headers_to_remove) == ["x-api-key"]
    assert (claims.subject, claims.is_edge_key, claims.expires_at - claims.issued_at) == (str(user_id), True, 60)
    assert not answer.HasField("denied_response")


def test_everything_else_is_turned_away_alike(auth: Auth) -> None:
    """An unknown key, a malformed one, two in one header, a token and none at all: 401 and the same sentence."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    bad = (new_api_key(), key[:-1], f"{key},{key}", f" {key}", key.upper(), pair.access_token, pair.refresh_token, "")
    answers = [auth.check(x_api_key=text) for text in bad] + [auth.check()]
    assert {answer.SerializeToString() for answer in answers} == {answers[0].SerializeToString()}
    assert answers[0].status.code == 16
    assert answers[0].denied_response.status.code == 401
    assert answers[0].denied_response.body == "The API key is unknown or has ended."
    assert not answers[0].HasField("ok_response")


def test_an_inactive_users_key_is_worth_nothing(auth: Auth) -> None:
    """Deactivation reaches the edge within its two seconds."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    assert auth.check(x_api_key=key).status.code == 0
    auth.tokens.sql("UPDATE users SET is_active = false")
    auth.clock.now += 2.0
    assert auth.check(x_api_key=key).status.code == 16


def test_while_the_database_is_away_nobody_is_judged(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be looked up is neither good nor bad: the call fails, and the door says 503."""

    def away(_sessions: Sessions) -> NoReturn:
        """Fail as when PostgreSQL does not answer."""
        raise psycopg.OperationalError

    monkeypatch.setattr(Sessions, "read", away)
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="database"):
        auth.check(x_api_key=new_api_key())


def test_it_has_its_own_name_too(auth: Auth) -> None:
    """By the name of our contract it is the same service."""
    assert auth.edge.Check(CheckRequest()).status.code == 16


def test_bytes_that_are_no_message_are_refused(auth: Auth) -> None:
    """Bytes that are no request are the caller's mistake."""
    call: Callable[[bytes], Any] = auth.anybody.unary_unary("/sectracker.auth.v1.EdgeService/Check", bytes, bytes)
    with refused(INVALID, "MESSAGE_MALFORMED"):
        call(NO_MESSAGE)
