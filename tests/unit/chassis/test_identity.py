"""Identity: who may call what, and who a caller is by the tokens of a call."""

from uuid import uuid4

import pytest
from sectracker.api.v1.options_pb2 import ACCESS_ANYONE, ACCESS_STRANGER, ACCESS_USER, Access

from services.chassis.errors import AccessDenied, CredentialsMissing, LoginEnded, ServiceError, TokenInvalid
from services.chassis.identity import ANONYMOUS, Caller, Kind, Metadata, Tokens, authorize, once, user_token
from services.chassis.trust import Trust
from tests.support.identity import Issuer

USER, OPERATOR, SERVICE = (Caller(kind) for kind in (Kind.user, Kind.operator, Kind.service))
FOR_A_USER = Caller(Kind.service, user_id="somebody", name="watchlist")
ISSUER = Issuer()
TRUST = Trust(ISSUER.get_trust)
TRUST.refresh()
TOKENS = Tokens(TRUST)
USER_ID, LOGIN = str(uuid4()), str(uuid4())
ACCESS, OTHERS = ISSUER.access(USER_ID, LOGIN), ISSUER.service("watchlist")


def verdict(access: str, caller: Caller) -> type[ServiceError] | None:
    """Return the refusal that a caller gets, if any."""
    try:
        authorize(Access.Value(access), caller)
    except ServiceError as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    ("access", "anonymous", "user", "operator", "service", "for_a_user"),
    [
        ("ACCESS_ANYONE", None, None, None, None, None),
        ("ACCESS_STRANGER", None, None, None, None, None),
        ("ACCESS_KEY", CredentialsMissing, None, None, AccessDenied, AccessDenied),
        ("ACCESS_USER", CredentialsMissing, None, None, AccessDenied, None),
        ("ACCESS_OWNER", CredentialsMissing, None, None, AccessDenied, None),
        ("ACCESS_OPERATOR", CredentialsMissing, AccessDenied, None, AccessDenied, AccessDenied),
        ("ACCESS_SERVICE", CredentialsMissing, AccessDenied, AccessDenied, None, None),
    ],
)
def test_who_may_call(  # noqa: PLR0917 - one for each kind of caller
    access: str,
    anonymous: type[ServiceError] | None,
    user: type[ServiceError] | None,
    operator: type[ServiceError] | None,
    service: type[ServiceError] | None,
    for_a_user: type[ServiceError] | None,
) -> None:
    """The unknown are asked for credentials, the known are denied."""
    callers = (ANONYMOUS, USER, OPERATOR, SERVICE, FOR_A_USER)
    assert [verdict(access, caller) for caller in callers] == [
        anonymous,
        user,
        operator,
        service,
        for_a_user,
    ]


def called(*metadata: tuple[str, str], access: Access.ValueType = ACCESS_ANYONE) -> Caller:
    """Return who makes a call with this metadata."""
    return TOKENS.authenticate(access, once(metadata))


def test_a_token_names_its_user() -> None:
    """The word before it is written as one likes; the address is what the gateway saw."""
    for word in ("Bearer", "bearer", "BEARER"):
        caller = called(("authorization", f"{word} {ACCESS}"), ("x-sectracker-client", "192.0.2.1"))
        assert caller == Caller(Kind.user, USER_ID, login_id=LOGIN, address="192.0.2.1")
    assert called(("authorization", f"Bearer {ISSUER.operator(USER_ID)}")).kind is Kind.operator


def test_nobody_is_anonymous() -> None:
    """Without credentials there is an address at most; one that can be none is left out."""
    assert called() is ANONYMOUS
    assert called(("x-sectracker-client", "2001:db8::1")) == Caller(Kind.anonymous, address="2001:db8::1")
    assert called(("x-sectracker-client", "1" * 46)) is ANONYMOUS
    assert called(("x-sectracker-service", "form4"), ("x-sectracker-user", USER_ID)) is ANONYMOUS


def test_a_service_acts_for_a_user_by_that_users_token() -> None:
    """It keeps its own name and kind, and gets the user's id, login and limits."""
    limited = ISSUER.access(USER_ID, LOGIN, limits="9/1s")
    caller = called(("authorization", f"Bearer {OTHERS}"), ("x-sectracker-user-token", limited))
    assert caller == Caller(Kind.service, USER_ID, "watchlist", LOGIN, "9/1s")
    assert called(("authorization", f"Bearer {OTHERS}")) == Caller(Kind.service, name="watchlist")


@pytest.mark.parametrize(
    "metadata",
    [
        [("authorization", "")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer ")],
        [("authorization", f"Bearer  {ACCESS}")],
        [("authorization", f"Bearer {ACCESS} ")],
        [("authorization", ACCESS)],
        [("authorization", f"Token {ACCESS}")],
        [("authorization", "Basic dXNlcjpwYXNzd29yZA==")],
        [("authorization", f"Bearer {ACCESS}"), ("authorization", f"Bearer {ACCESS}")],
        [("authorization", "Bearer x"), ("authorization", f"Bearer {ACCESS}")],
        [("x-sectracker-user-token", ACCESS)],
        [("authorization", f"Bearer {ACCESS}"), ("x-sectracker-user-token", ACCESS)],
        [("authorization", f"Bearer {OTHERS}"), ("x-sectracker-user-token", OTHERS)],
        [("authorization", f"Bearer {OTHERS}"), ("x-sectracker-user-token", "")],
        [("authorization", f"Bearer {OTHERS}"), ("x-sectracker-user-token", f"Bearer {ACCESS}")],
        [("authorization", f"Bearer {OTHERS}"), ("x-sectracker-user-token", Issuer().access(USER_ID))],
        [
            ("authorization", f"Bearer {OTHERS}"),
            ("x-sectracker-user-token", ACCESS),
            ("x-sectracker-user-token", ACCESS),
        ],
    ],
)
def test_bad_credentials_are_refused_also_where_none_are_needed(metadata: list[tuple[str, str]]) -> None:
    """Who sends some means to be somebody; to answer as if not would hide his mistake."""
    with pytest.raises(TokenInvalid):
        called(*metadata)


def test_strangers_credentials_are_not_looked_at() -> None:
    """A token that has ended, or two, stand in nobody's way to a new one."""
    told = [("authorization", "Bearer x"), ("authorization", "Bearer y"), ("x-sectracker-client", "192.0.2.1")]
    assert called(*told, access=ACCESS_STRANGER) == Caller(Kind.anonymous, address="192.0.2.1")


def test_a_service_can_not_act_for_whose_login_has_ended() -> None:
    """The end of a login reaches what services do for it."""
    issuer, login = Issuer(), str(uuid4())
    issuer.end(login_id=login)
    trust = Trust(issuer.get_trust)
    trust.refresh()
    told: Metadata = {
        "authorization": f"Bearer {issuer.service('watchlist')}",
        "x-sectracker-user-token": issuer.access(USER_ID, login),
    }
    with pytest.raises(LoginEnded):
        Tokens(trust).authenticate(ACCESS_USER, told)


def test_a_users_token_is_passed_on() -> None:
    """As it came, from a user or from a service that acts for one; a stranger has none."""
    for told in (
        {"authorization": f"bearer {ACCESS}"},
        {"authorization": f"Bearer {OTHERS}", "x-sectracker-user-token": ACCESS},
    ):
        assert user_token(TOKENS.authenticate(ACCESS_USER, told), told) == ACCESS
    service: Metadata = {"authorization": f"Bearer {OTHERS}"}
    assert user_token(TOKENS.authenticate(ACCESS_USER, service), service) is None
    assert user_token(TOKENS.authenticate(ACCESS_STRANGER, {"authorization": f"Bearer {ACCESS}"}), {}) is None
