"""Issue tokens: JWTs signed with the key of the moment. How they are verified stands in `services.chassis.tokens`."""

import secrets
from typing import Final

import jwt

from services.auth.keys import Keyring
from services.auth.subject import Subject
from services.chassis.tokens import (
    ACCESS_TYPE,
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    OPERATOR,
    SERVICE_AUDIENCE,
    SERVICE_TYPE,
)

ACCESS_SECONDS: Final = 15 * 60
EDGE_SECONDS: Final = 60
SERVICE_SECONDS: Final = 60 * 60


class Issuer:
    """Sign tokens."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def access(self, subject: Subject) -> str:
        """Return an access token.

        Raises: DependencyUnavailable before the keys were read.
        """
        return self._sign(ACCESS_TYPE, AUDIENCE, ACCESS_SECONDS, claims(subject))

    def edge(self, subject: Subject) -> str:
        """Return the access token that the edge puts in the place of an API key.

        Raises: DependencyUnavailable before the keys were read.
        """
        return self._sign(ACCESS_TYPE, AUDIENCE, EDGE_SECONDS, {**claims(subject), "edge": True})

    def service(self, name: str) -> str:
        """Return a token that names a service.

        Raises: DependencyUnavailable before the keys were read.
        """
        return self._sign(SERVICE_TYPE, SERVICE_AUDIENCE, SERVICE_SECONDS, {"sub": name})

    def _sign(self, kind: str, audience: str, seconds: int, told: dict[str, object]) -> str:
        """Return a token of a kind that lives so many seconds."""
        signer, now = self._keys.signer, self._keys.now()
        frame = {"iss": ISSUER, "aud": audience, "iat": now, "exp": now + seconds, "jti": secrets.token_hex(16)}
        return jwt.encode(frame | told, signer.private, ALGORITHM, headers={"typ": kind, "kid": signer.kid})


def claims(subject: Subject) -> dict[str, object]:
    """Return what an access token says of its user; what is as everybody's is left out."""
    told: dict[str, object] = {"sub": str(subject.user_id), "sid": str(subject.login_id)}
    if subject.is_operator:
        told["role"] = OPERATOR
    if subject.limits:
        told["limits"] = subject.limits
    return told
