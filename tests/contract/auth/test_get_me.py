"""AuthService/GetMe: the caller's account."""

from uuid import uuid4

from sectracker.auth.v1.auth_service_pb2 import CreateApiKeyRequest, GetMeRequest, RevokeApiKeyRequest

from services.auth.subject import Subject
from tests.contract.auth.people_house import ADA, HOME, People
from tests.contract.serving import UNAUTHENTICATED, refused


def test_one_reads_ones_own_account(people: People) -> None:
    """Each token reads the account that it was made for, and there is no way to name another."""
    hers, his = people.register(), people.register("bob@example.com")
    for made in (hers, his):
        assert people.at(access_token=made.access_token).GetMe(GetMeRequest()) == made.user


def test_a_key_is_told(people: People) -> None:
    """The account says whether there is a key, and not which."""
    made = people.register()
    me = people.at(access_token=made.access_token)
    me.CreateApiKey(CreateApiKeyRequest())
    assert me.GetMe(GetMeRequest()).has_api_key
    me.RevokeApiKey(RevokeApiKeyRequest())
    assert not me.GetMe(GetMeRequest()).has_api_key


def test_nobody_has_no_account(people: People) -> None:
    """Without a token, and with one that is none, the call is refused."""
    people.register(ADA)
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        people.at().GetMe(GetMeRequest())
    with refused(UNAUTHENTICATED, "TOKEN_INVALID"):
        people.at(HOME, "no token").GetMe(GetMeRequest())


def test_a_user_who_is_gone_has_no_login(people: People) -> None:
    """A token that outlives its account reads nothing."""
    token = people.tokens.issuer.access(Subject(uuid4(), uuid4()))
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        people.at(access_token=token).GetMe(GetMeRequest())
