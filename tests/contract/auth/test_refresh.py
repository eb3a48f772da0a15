"""AuthService/Refresh: a refresh token for the next pair."""

from sectracker.auth.v1.auth_service_pb2 import CreateApiKeyRequest, RefreshRequest, RefreshResponse

from tests.contract.auth.token_house import Auth
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused
from tests.support.identity import bearer


def refresh(auth: Auth, token: str) -> RefreshResponse:
    """Spend a refresh token."""
    return auth.auth().Refresh(RefreshRequest(refresh_token=token))


def test_a_token_is_spent_for_a_pair(auth: Auth) -> None:
    """The answer is another refresh token and an access token of the same login, which is good at every door."""
    user_id, pair = auth.user(limits="20/1s", is_operator=True)
    answer = refresh(auth, pair.refresh_token)
    claims = auth.trust.claims(answer.access_token)
    assert answer.refresh_token != pair.refresh_token
    assert (answer.token_type, answer.expires_in) == ("bearer", 900)
    assert (claims.subject, claims.login_id) == (str(user_id), str(pair.login_id))
    assert (claims.limits, claims.is_operator, claims.is_edge_key) == ("20/1s", True, False)
    assert claims.expires_at - claims.issued_at == 900


def test_a_lost_answer_is_told_again(auth: Auth) -> None:
    """The same token within its grace gets the same successor."""
    _, pair = auth.user()
    first, second = (refresh(auth, pair.refresh_token) for _ in range(2))
    assert first.refresh_token == second.refresh_token


def test_reuse_ends_the_login_at_every_door(auth: Auth) -> None:
    """A token that was spent twice over ends the login: its access tokens too."""
    _, pair = auth.user()
    second = refresh(auth, pair.refresh_token)
    third = refresh(auth, second.refresh_token)
    for token in (pair.refresh_token, third.refresh_token):
        with refused(UNAUTHENTICATED, "REFRESH_TOKEN_INVALID"):
            refresh(auth, token)
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        auth.auth(third.access_token).CreateApiKey(CreateApiKeyRequest())


def test_whatever_else_is_sent_is_refused_alike(auth: Auth) -> None:
    """An access token, an API key and noise are no refresh tokens, and the refusal says no more than that."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    for other in (pair.access_token[:256], key, "str_" + "0" * 43, "' OR 1=1 --", "é"):
        with refused(UNAUTHENTICATED, "REFRESH_TOKEN_INVALID"):
            refresh(auth, other)


def test_an_ended_token_stands_in_nobodys_way(auth: Auth) -> None:
    """A client that sends its old access token along is answered all the same."""
    _, pair = auth.user()
    old = bearer("ended.long.ago")
    assert auth.auth().Refresh(RefreshRequest(refresh_token=pair.refresh_token), metadata=old).access_token


def test_bad_input_names_the_field(auth: Auth) -> None:
    """An empty token, one of 257 characters and one with NUL are refused by the name of the field."""
    for token in ("", "x" * 257, "str_\0"):
        with refused(INVALID, "FIELD_INVALID", field="refresh_token"):
            refresh(auth, token)
