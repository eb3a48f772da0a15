"""AuthService/CreateApiKey: the caller's one key, shown once."""

from sectracker.auth.v1.auth_service_pb2 import CreateApiKeyRequest

from services.auth.secret_words import is_api_key
from tests.contract.auth.token_house import Auth, token_of
from tests.contract.serving import UNAUTHENTICATED, refused


def test_the_key_is_good_for_the_caller(auth: Auth) -> None:
    """The key has its shape, is stored as a hash alone, and the door takes it for the user."""
    user_id, pair = auth.user()
    answer = auth.auth(pair.access_token).CreateApiKey(CreateApiKeyRequest())
    assert is_api_key(answer.api_key)
    assert "X-API-Key" in answer.message
    assert auth.trust.claims(token_of(auth.check(x_api_key=answer.api_key))).subject == str(user_id)
    assert answer.api_key not in str(auth.tokens.row("SELECT k::text FROM api_keys k"))
    assert auth.tokens.events() == ["key_created"]


def test_the_key_before_ends(auth: Auth) -> None:
    """A user has one key: the old one and the tokens made from it end with the new one."""
    _, pair = auth.user()
    caller = auth.auth(pair.access_token)
    old = caller.CreateApiKey(CreateApiKeyRequest()).api_key
    token = token_of(auth.check(x_api_key=old))
    new = caller.CreateApiKey(CreateApiKeyRequest()).api_key
    auth.clock.now += 2.0
    assert auth.check(x_api_key=old).status.code == 16
    assert auth.check(x_api_key=new).status.code == 0
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        auth.auth(token).CreateApiKey(CreateApiKeyRequest())


def test_another_users_key_stays(auth: Auth) -> None:
    """Making a key touches nobody else's."""
    keys = []
    for email in ("ada@example.com", "bob@example.com"):
        _, pair = auth.user(email)
        keys.append(auth.auth(pair.access_token).CreateApiKey(CreateApiKeyRequest()).api_key)
    assert [auth.check(x_api_key=key).status.code for key in keys] == [0, 0]


def test_strangers_and_services_make_none(auth: Auth) -> None:
    """Without a user there is nobody to make a key for."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        auth.auth().CreateApiKey(CreateApiKeyRequest())
    assert auth.tokens.row("SELECT count(*) FROM api_keys") == (0,)
