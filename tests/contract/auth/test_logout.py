"""AuthService/Logout: the end of a login."""

from sectracker.auth.v1.auth_service_pb2 import CreateApiKeyRequest, LogoutRequest, RefreshRequest

from services.auth.edge import Edge
from tests.contract.auth.token_house import Auth
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused


def logout(auth: Auth, access: str, refresh: str) -> None:
    """Log out."""
    auth.auth(access).Logout(LogoutRequest(refresh_token=refresh))


def test_everything_of_the_login_ends(auth: Auth) -> None:
    """Afterwards neither the access token nor the refresh token is good; the trail tells when."""
    _, pair = auth.user()
    logout(auth, pair.access_token, pair.refresh_token)
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        auth.auth(pair.access_token).CreateApiKey(CreateApiKeyRequest())
    with refused(UNAUTHENTICATED, "REFRESH_TOKEN_INVALID"):
        auth.auth().Refresh(RefreshRequest(refresh_token=pair.refresh_token))
    assert auth.tokens.events() == ["logged_out"]


def test_another_users_token_is_not_touched(auth: Auth) -> None:
    """Another's refresh token, an unknown one and noise are answered alike, and go on as they were."""
    _, bobs = auth.user("bob@example.com")
    for number, other in enumerate((bobs.refresh_token, "str_" + "0" * 43, "noise")):
        _, mine = auth.user(f"ada{number}@example.com")
        logout(auth, mine.access_token, other)
        assert auth.tokens.ended()[number:] == [mine.login_id]
    assert auth.auth().Refresh(RefreshRequest(refresh_token=bobs.refresh_token)).access_token


def test_ones_other_login_ends_by_its_refresh_token(auth: Auth) -> None:
    """Whoever holds the refresh token of another login of the same user ends both; a third one goes on."""
    user_id, first = auth.user()
    second, third = auth.tokens.begin(user_id), auth.tokens.begin(user_id)
    logout(auth, first.access_token, second.refresh_token)
    assert set(auth.tokens.ended()) == {first.login_id, second.login_id}
    assert auth.auth().Refresh(RefreshRequest(refresh_token=third.refresh_token)).access_token


def test_a_key_is_not_ended_by_logging_out(auth: Auth) -> None:
    """Logging out with a token that was made from an API key leaves the key."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    edge = Edge(auth.tokens.sessions, auth.tokens.issuer)
    logout(auth, edge.token(key) or "", pair.refresh_token)
    assert auth.tokens.ended() == [pair.login_id]
    assert Edge(auth.tokens.sessions, auth.tokens.issuer).token(key)


def test_it_needs_an_access_token(auth: Auth) -> None:
    """A refresh token alone, or in the place of an access token, logs nobody out."""
    _, pair = auth.user()
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        auth.auth().Logout(LogoutRequest(refresh_token=pair.refresh_token))
    with refused(UNAUTHENTICATED, "TOKEN_INVALID"):
        logout(auth, pair.refresh_token, pair.refresh_token)
    assert auth.tokens.ended() == []


def test_bad_input_names_the_field(auth: Auth) -> None:
    """An empty token is refused by the name of the field, and ends nothing."""
    _, pair = auth.user()
    with refused(INVALID, "FIELD_INVALID", field="refresh_token"):
        logout(auth, pair.access_token, "")
    assert auth.tokens.ended() == []
