"""AuthService/UpdateMe: another e-mail address, another password."""

import grpc
import pytest
from sectracker.auth.v1.auth_service_pb2 import (
    CreateApiKeyRequest,
    GetMeRequest,
    RefreshRequest,
    RegisterResponse,
    UpdateMeRequest,
)
from sectracker.auth.v1.user_pb2 import User

from tests.contract.auth.people_house import ADA, ELSEWHERE, HER_PASSWORD, HOME, People
from tests.contract.serving import INVALID, UNAUTHENTICATED, refused

NEW = "an analytical engine"
DENIED = grpc.StatusCode.PERMISSION_DENIED
TAKEN = grpc.StatusCode.ALREADY_EXISTS
LIMITED = grpc.StatusCode.RESOURCE_EXHAUSTED


def update(people: People, made: RegisterResponse, current: str = HER_PASSWORD, **wishes: str) -> User:
    """Change an account."""
    stub = people.at(access_token=made.access_token)
    return stub.UpdateMe(UpdateMeRequest(current_password=current, **wishes))


def test_a_new_password_ends_the_other_logins(people: People) -> None:
    """This login and the key go on; the others end with their refresh tokens; the old password is none any more."""
    made = people.register()
    here = people.at(access_token=made.access_token)
    key = here.CreateApiKey(CreateApiKeyRequest())
    other = people.log_in(address=ELSEWHERE)
    changed = update(people, made, password=NEW)
    assert changed.updated_at.ToDatetime() > made.user.updated_at.ToDatetime()
    assert here.GetMe(GetMeRequest()).has_api_key
    assert key.api_key
    with refused(UNAUTHENTICATED, "LOGIN_ENDED"):
        people.at(access_token=other).GetMe(GetMeRequest())
    assert people.at().Refresh(RefreshRequest(refresh_token=made.refresh_token)).access_token
    with refused(UNAUTHENTICATED, "CREDENTIALS_WRONG"):
        people.log_in()
    assert people.log_in(password=NEW)
    row = "SELECT detail, address FROM audit WHERE event = 'password_changed'"
    assert people.tokens.row(row) == ({"ended": 1}, HOME)


def test_a_new_address_is_normalised_and_ends_nothing(people: People) -> None:
    """The account is found under the new address, and no longer under the old one."""
    made = people.register()
    other = people.log_in(address=ELSEWHERE)
    assert update(people, made, email="Countess@Example.com").email == "countess@example.com"
    assert people.at(access_token=other).GetMe(GetMeRequest()).email == "countess@example.com"
    assert people.log_in("countess@example.com")
    with refused(UNAUTHENTICATED, "CREDENTIALS_WRONG"):
        people.log_in()


def test_nothing_to_change_changes_nothing(people: People) -> None:
    """Without wishes, and with one's own address, the account is as it was."""
    made = people.register()
    assert update(people, made) == update(people, made, email=ADA.upper()) == made.user
    assert people.tokens.events() == ["registered"]


def test_a_taken_address_is_refused_whole(people: People) -> None:
    """The password that came along is not changed either."""
    made = people.register()
    people.register("bob@example.com")
    with refused(TAKEN, "EMAIL_TAKEN"):
        update(people, made, email="Bob@example.com", password=NEW)
    assert people.log_in()


def test_a_wrong_password_changes_nothing_and_is_counted(people: People) -> None:
    """A stolen token does not get far: after so many guesses the right one is not looked at, here or at the login."""
    made = people.register()
    for _ in range(3):
        with refused(DENIED, "PASSWORD_WRONG", field="current_password"):
            update(people, made, "not her password", password=NEW)
    with refused(LIMITED, "RATE_LIMITED", limit="login"):
        update(people, made, password=NEW)
    with refused(LIMITED, "RATE_LIMITED", limit="login"):
        people.log_in()
    assert people.tokens.events() == ["registered"] + ["password_wrong"] * 3


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "ada\n@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"current": ""}, "current_password"),
    ],
)
def test_what_is_malformed_is_refused(people: People, wishes: dict[str, str], field: str) -> None:
    """The field is named."""
    made = people.register()
    with refused(INVALID, "FIELD_INVALID", field=field):
        update(people, made, **wishes)


@pytest.mark.parametrize("password", ["password1", "Ada@example.com"])
def test_the_first_guesses_are_refused(people: People, password: str) -> None:
    """The rules of registering hold for every new password."""
    made = people.register()
    with refused(INVALID, "PASSWORD_TOO_COMMON", field="password"):
        update(people, made, password=password)


def test_nobody_changes_nothing(people: People) -> None:
    """Without a token the call is refused, whatever password comes along."""
    people.register()
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        people.at().UpdateMe(UpdateMeRequest(current_password=HER_PASSWORD, password=NEW))
