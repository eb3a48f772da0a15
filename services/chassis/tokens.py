"""Verify tokens: what makes one good, in one place. Only auth signs them.

Two kinds, never taken for each other: an access token speaks for a user, a service token for a service of the house.
Of a token's header nothing is used but its key id, which is looked up among known keys; it is never an address, and
the algorithm is ours to say (RFC 8725).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.chassis.errors import TokenExpired, TokenInvalid

ISSUER = "sectracker"
AUDIENCE = "sectracker-api"
SERVICE_AUDIENCE = "sectracker-services"
ALGORITHM = "EdDSA"
ACCESS_TYPE = "at+jwt"
SERVICE_TYPE = "svc+jwt"
AUDIENCES = {ACCESS_TYPE: AUDIENCE, SERVICE_TYPE: SERVICE_AUDIENCE}

OPERATOR = "operator"
LEEWAY_SECONDS = 5.0  # what the clocks of two machines may differ by
MAX_TOKEN_CHARACTERS = 4096  # ours have some 500; looking at more would only cost time
HEADER = {"alg", "kid", "typ"}
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")  # no UUID is one, so a service can never be taken for a user


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says.

    Shape: subject is a user's id, or a service's name; login_id, limits, is_operator and is_edge_key are users' alone.
    Unit: issued_at and expires_at are seconds of Unix time.
    """

    is_service: bool
    subject: str
    issued_at: float
    expires_at: float
    login_id: str = ""
    limits: str = ""
    is_operator: bool = False
    is_edge_key: bool = False


def verify(token: str, keys: Mapping[str, Ed25519PublicKey], leeway: float = LEEWAY_SECONDS) -> Claims:
    """Return what a token says, if a known key has signed it for this installation and it has not expired.

    Raises: TokenExpired for one that was good once, TokenInvalid for all else.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenInvalid
    try:
        header = jwt.get_unverified_header(token)
        kind = header.get("typ")
        key = keys.get(header.get("kid", ""))
        if set(header) != HEADER or kind not in AUDIENCES or key is None:
            raise TokenInvalid
        told = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCES[kind],
            leeway=leeway,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except (jwt.InvalidTokenError, TypeError, ValueError):  # a kind that is a list cannot be looked up
        raise TokenInvalid from None
    return service(told) if kind == SERVICE_TYPE else user(told)


def user(told: Mapping[str, Any]) -> Claims:
    """Return what an access token says.

    Raises: TokenInvalid where a claim is missing or is not what it has to be.
    """
    login_id, limits = told.get("sid"), told.get("limits", "")
    are_ids = isinstance(login_id, str) and UUID.fullmatch(login_id) and UUID.fullmatch(told["sub"])
    if not are_ids or not isinstance(limits, str):
        raise TokenInvalid
    return Claims(
        is_service=False,
        subject=told["sub"],
        issued_at=moment(told["iat"]),
        expires_at=moment(told["exp"]),
        login_id=cast("str", login_id),
        limits=limits,
        is_operator=told.get("role") == OPERATOR,
        is_edge_key=told.get("edge") is True,
    )


def service(told: Mapping[str, Any]) -> Claims:
    """Return what a service token says.

    Raises: TokenInvalid where a claim is not what it has to be.
    """
    if not SERVICE_NAME.fullmatch(told["sub"]):
        raise TokenInvalid
    return Claims(is_service=True, subject=told["sub"], issued_at=moment(told["iat"]), expires_at=moment(told["exp"]))


def moment(value: object) -> float:
    """Return a moment as a number.

    Raises: TokenInvalid for what is none, True and text among it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TokenInvalid
    return float(value)
