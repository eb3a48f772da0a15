"""Say who is asking, and whether they may.

The seam for tokens: a server takes one `Authenticator`; everything behind it sees only a `Caller`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sectracker.api.v1.options_pb2 import (
    ACCESS_ANYONE,
    ACCESS_KEY,
    ACCESS_OPERATOR,
    ACCESS_OWNER,
    ACCESS_SERVICE,
    ACCESS_USER,
    Access,
)

from services.chassis.errors import AccessDenied, CredentialsMissing

SERVICE_HEADER = "x-sectracker-service"
SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Kind(StrEnum):
    """What a caller is."""

    anonymous = "anonymous"
    user = "user"
    operator = "operator"
    service = "service"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a call: its kind, the user it acts for, and the name of a service."""

    kind: Kind
    user_id: str = ""
    name: str = ""


ANONYMOUS = Caller(Kind.anonymous)

PEOPLE = frozenset({Kind.user, Kind.operator})
ALLOWED: dict[Access.ValueType, frozenset[Kind]] = {
    ACCESS_ANYONE: frozenset(Kind),
    ACCESS_KEY: PEOPLE,
    ACCESS_USER: PEOPLE,
    ACCESS_OWNER: PEOPLE,  # whose thing it is, the query decides: to others it does not exist
    ACCESS_OPERATOR: frozenset({Kind.operator}),
    ACCESS_SERVICE: frozenset({Kind.service}),
}


class Authenticator(Protocol):
    """Turn a call's metadata into its caller."""

    def authenticate(self, metadata: Mapping[str, str | bytes]) -> Caller:
        """Return the caller; without credentials that is `ANONYMOUS`.

        Raises: CredentialsMissing when there are credentials and they are not valid.
        """


class LoopbackServices:
    """Know the services of one installation by name, on a network that only they and the gateway can reach.

    Everybody else is anonymous, so an RPC that needs a user refuses. The gateway strips the header from outside.
    """

    def authenticate(self, metadata: Mapping[str, str | bytes]) -> Caller:
        """Return the service that the metadata names, or the anonymous caller."""
        name = metadata.get(SERVICE_HEADER)
        if name is None:
            return ANONYMOUS
        if not isinstance(name, str) or not SERVICE_NAME.fullmatch(name):
            raise CredentialsMissing
        return Caller(Kind.service, name=name)


def authorize(access: Access.ValueType, caller: Caller) -> None:
    """Let the caller pass.

    Raises: CredentialsMissing for an unknown caller, AccessDenied for a known one.
    """
    if caller.kind not in ALLOWED[access]:
        raise CredentialsMissing if caller.kind is Kind.anonymous else AccessDenied
