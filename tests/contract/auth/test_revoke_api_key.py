"""AuthService/RevokeApiKey: the end of the caller's key."""

from sectracker.auth.v1.auth_service_pb2 import RevokeApiKeyRequest

from tests.contract.auth.token_house import Auth, token_of
from tests.contract.serving import UNAUTHENTICATED, refused


def test_the_key_ends_and_the_login_goes_on(auth: Auth) -> None:
    """Key and tokens made from it are worth nothing; the login that revoked it is as before; again changes nothing."""
    user_id, pair = auth.user()
    key = auth.tokens.api_keys.create(user_id, pair.login_id)
    token = token_of(auth.check(x_api_key=key))
    for _ in range(2):
        auth.auth(pair.access_token).RevokeApiKey(RevokeApiKeyRequest())
    auth.clock.now += 2.0
    assert auth.check(x_api_key=key).status.code == 16
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        auth.auth(token).RevokeApiKey(RevokeApiKeyRequest())
    assert auth.tokens.events() == ["key_created", "key_revoked"]


def test_another_users_key_stays(auth: Auth) -> None:
    """Revoking touches nobody else's key."""
    ada, adas = auth.user()
    _, bobs = auth.user("bob@example.com")
    key = auth.tokens.api_keys.create(ada, adas.login_id)
    auth.auth(bobs.access_token).RevokeApiKey(RevokeApiKeyRequest())
    assert auth.check(x_api_key=key).status.code == 0


def test_strangers_revoke_nothing(auth: Auth) -> None:
    """Without credentials there is no key to revoke."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        auth.auth().RevokeApiKey(RevokeApiKeyRequest())
