"""Say who is asking, and whether they may.

A server takes one `Authenticator`; everything behind it sees only a `Caller`. In the house that is `Tokens`: a user's
access token or a service's own token in `authorization`, and beside a service's own the access token of the user in
whose call it asks. Nobody can name a user without that user's token.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sectracker.api.v1.options_pb2 import (
    ACCESS_ANYONE,
    ACCESS_KEY,
    ACCESS_OPERATOR,
    ACCESS_OWNER,
    ACCESS_SERVICE,
    ACCESS_STRANGER,
    ACCESS_USER,
    Access,
)

from services.chassis.errors import AccessDenied, CredentialsMissing, TokenInvalid
from services.chassis.tokens import Claims
from services.chassis.trust import PASSED_ON_LEEWAY_SECONDS, Trust

AUTHORIZATION = "authorization"
USER_TOKEN_HEADER = "x-sectracker-user-token"  # noqa: S105 - a header's name
CLIENT_HEADER = "x-sectracker-client"
ONCE = (AUTHORIZATION, USER_TOKEN_HEADER, CLIENT_HEADER)
SCHEME = "bearer "
MAX_ADDRESS_CHARACTERS = 45  # of an IPv4 address written as IPv6, in full

Metadata = Mapping[str, str | bytes]


class Kind(StrEnum):
    """What a caller is."""

    anonymous = "anonymous"
    user = "user"
    operator = "operator"
    service = "service"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a call.

    Shape: user_id is the user who calls, or for whom a service calls, and login_id and limits are that user's; name is
    the service's; address is the client's as the gateway saw it, empty inside the house.
    """

    kind: Kind
    user_id: str = ""
    name: str = ""
    login_id: str = ""
    limits: str = ""
    is_edge_key: bool = False
    address: str = ""


ANONYMOUS = Caller(Kind.anonymous)

PEOPLE = frozenset({Kind.user, Kind.operator})
FOR_A_USER = frozenset({ACCESS_USER, ACCESS_OWNER})
ALLOWED: dict[Access.ValueType, frozenset[Kind]] = {
    ACCESS_ANYONE: frozenset(Kind),
    ACCESS_STRANGER: frozenset(Kind),
    ACCESS_KEY: PEOPLE,
    ACCESS_USER: PEOPLE,
    ACCESS_OWNER: PEOPLE,  # whose thing it is, the query decides: to others it does not exist
    ACCESS_OPERATOR: frozenset({Kind.operator}),
    ACCESS_SERVICE: frozenset({Kind.service}),
}


class Authenticator(Protocol):
    """Turn a call's metadata into its caller."""

    def authenticate(self, access: Access.ValueType, metadata: Metadata) -> Caller:
        """Return the caller; without credentials, and where they are not looked at, an anonymous one.

        Raises: TokenExpired, TokenInvalid, LoginEnded; DependencyUnavailable while nothing can be verified.
        """


class Tokens:
    """Know callers by their tokens."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def authenticate(self, access: Access.ValueType, metadata: Metadata) -> Caller:
        """Return the caller whose tokens the metadata holds. A bad token is refused also where none is needed."""
        address = client_address(metadata)
        if access == ACCESS_STRANGER:
            return stranger(address)
        given, passed_on = metadata.get(AUTHORIZATION), metadata.get(USER_TOKEN_HEADER)
        if given is None:
            if passed_on is not None:
                raise TokenInvalid
            return stranger(address)
        claims = self._trust.claims(bearer(given))
        if claims.is_service:
            return self._service(claims, passed_on, address)
        if passed_on is not None:
            raise TokenInvalid
        return user(claims, address)

    def _service(self, service: Claims, passed_on: str | bytes | None, address: str) -> Caller:
        """Return a service, with the user in whose call it asks if it has that user's token."""
        if passed_on is None:
            return Caller(Kind.service, name=service.subject, address=address)
        if not isinstance(passed_on, str):
            raise TokenInvalid
        claims = self._trust.claims(passed_on, PASSED_ON_LEEWAY_SECONDS)
        if claims.is_service:
            raise TokenInvalid
        return Caller(Kind.service, claims.subject, service.subject, claims.login_id, claims.limits, address=address)


def authorize(access: Access.ValueType, caller: Caller) -> None:
    """Let the caller pass.

    A service that acts for a user may what that user may with what is the user's own, and no more: neither what an
    operator may, nor trade a key that it does not hold.
    Raises: CredentialsMissing for an unknown caller, AccessDenied for a known one.
    """
    if caller.kind in ALLOWED[access] or (caller.kind is Kind.service and caller.user_id and access in FOR_A_USER):
        return
    raise CredentialsMissing if caller.kind is Kind.anonymous else AccessDenied


def user(claims: Claims, address: str) -> Caller:
    """Return the user whose access token says so."""
    kind = Kind.operator if claims.is_operator else Kind.user
    return Caller(kind, claims.subject, "", claims.login_id, claims.limits, claims.is_edge_key, address)


def stranger(address: str) -> Caller:
    """Return somebody of whom only an address is known, if that."""
    return Caller(Kind.anonymous, address=address) if address else ANONYMOUS


def bearer(given: str | bytes) -> str:
    """Return the token of an `authorization` header.

    Raises: TokenInvalid for another scheme.
    """
    if not isinstance(given, str) or given[: len(SCHEME)].lower() != SCHEME:
        raise TokenInvalid
    return given[len(SCHEME) :]


def user_token(caller: Caller, metadata: Metadata) -> str | None:
    """Return the access token by which a call's caller acts for a user, to be passed on; None where nobody does."""
    if not caller.user_id:
        return None
    if caller.kind is Kind.service:
        return str(metadata[USER_TOKEN_HEADER])
    return bearer(metadata[AUTHORIZATION])


def client_address(metadata: Metadata) -> str:
    """Return the client's address as the gateway saw it."""
    told = metadata.get(CLIENT_HEADER)
    return told if isinstance(told, str) and len(told) <= MAX_ADDRESS_CHARACTERS else ""


def once(told: Iterable[tuple[str, str | bytes]]) -> dict[str, str | bytes]:
    """Return metadata by its names. gRPC lets a name come twice; one that says who calls is then worth nothing."""
    pairs = tuple(told)
    metadata = dict(pairs)
    if len(metadata) != len(pairs):
        names = [name for name, _value in pairs]
        for name in ONCE:
            if names.count(name) > 1:
                metadata[name] = b""  # no credential is bytes, so it is refused as one that is wrong
    return metadata
