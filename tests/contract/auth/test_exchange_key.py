"""AuthService/ExchangeKey: a token for a key."""

from sectracker.auth.v1.auth_service_pb2 import ExchangeKeyRequest

from tests.contract.auth.token_house import Auth, token_of
from tests.contract.serving import UNAUTHENTICATED, refused


def test_a_key_is_traded_for_a_token(auth: Auth) -> None:
    """With the edge's token comes one of 15 minutes, of the same user and login, that cannot be traded again."""
    user_id, pair = auth.user(limits="20/1s")
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    answer = auth.auth(token_of(auth.check(x_api_key=key))).ExchangeKey(ExchangeKeyRequest())
    claims = auth.trust.claims(answer.access_token)
    assert (answer.token_type, answer.expires_in) == ("bearer", 900)
    assert (claims.subject, claims.limits, claims.is_edge_key) == (str(user_id), "20/1s", False)
    with refused(UNAUTHENTICATED, "API_KEY_INVALID"):
        auth.auth(answer.access_token).ExchangeKey(ExchangeKeyRequest())


def test_a_logins_token_is_no_key(auth: Auth) -> None:
    """A token that was not made from a key is traded for nothing."""
    _, pair = auth.user()
    with refused(UNAUTHENTICATED, "API_KEY_INVALID"):
        auth.auth(pair.access_token).ExchangeKey(ExchangeKeyRequest())


def test_a_key_that_has_ended_is_traded_for_nothing(auth: Auth) -> None:
    """What the edge still had in its memory is looked up here: a user who is inactive gets no token."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    stub = auth.auth(token_of(auth.check(x_api_key=key)))
    auth.tokens.sql("UPDATE users SET is_active = false")
    with refused(UNAUTHENTICATED, "API_KEY_INVALID"):
        stub.ExchangeKey(ExchangeKeyRequest())


def test_strangers_get_nothing(auth: Auth) -> None:
    """A call that did not come through the edge with a key has no credentials."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        auth.auth().ExchangeKey(ExchangeKeyRequest())
