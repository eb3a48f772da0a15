"""Identity: who may call what, and who a caller is until there are tokens."""

import pytest
from sectracker.api.v1.options_pb2 import Access

from services.chassis.errors import AccessDenied, CredentialsMissing, ServiceError
from services.chassis.identity import ANONYMOUS, Caller, Kind, LoopbackServices, authorize

USER, OPERATOR, SERVICE = (Caller(kind) for kind in (Kind.user, Kind.operator, Kind.service))


def verdict(access: str, caller: Caller) -> type[ServiceError] | None:
    """Return the refusal that a caller gets, if any."""
    try:
        authorize(Access.Value(access), caller)
    except ServiceError as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    ("access", "anonymous", "user", "operator", "service"),
    [
        ("ACCESS_ANYONE", None, None, None, None),
        ("ACCESS_KEY", CredentialsMissing, None, None, AccessDenied),
        ("ACCESS_USER", CredentialsMissing, None, None, AccessDenied),
        ("ACCESS_OWNER", CredentialsMissing, None, None, AccessDenied),
        ("ACCESS_OPERATOR", CredentialsMissing, AccessDenied, None, AccessDenied),
        ("ACCESS_SERVICE", CredentialsMissing, AccessDenied, AccessDenied, None),
    ],
)
def test_who_may_call(
    access: str,
    anonymous: type[ServiceError] | None,
    user: type[ServiceError] | None,
    operator: type[ServiceError] | None,
    service: type[ServiceError] | None,
) -> None:
    """The unknown are asked for credentials, the known are denied."""
    callers = (ANONYMOUS, USER, OPERATOR, SERVICE)
    assert [verdict(access, caller) for caller in callers] == [anonymous, user, operator, service]


def test_services_say_their_name() -> None:
    """A service is known by its header, everybody else is anonymous."""
    services = LoopbackServices()
    assert services.authenticate({"x-sectracker-service": "form4"}) == Caller(Kind.service, name="form4")
    assert services.authenticate({"authorization": "Bearer x"}) is ANONYMOUS


@pytest.mark.parametrize("name", ["", "Form4", "form4\n", "form4 worker", "x" * 33, b"form4"])
def test_a_strange_name_is_no_service(name: str | bytes) -> None:
    """A header that cannot be a service's name is a wrong credential, not a missing one."""
    with pytest.raises(CredentialsMissing):
        LoopbackServices().authenticate({"x-sectracker-service": name})
