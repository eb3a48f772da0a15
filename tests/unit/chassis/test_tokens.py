"""Tokens: what is good, and every way that we know of to make one that is not."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.chassis.errors import TokenExpired, TokenInvalid
from services.chassis.tokens import MAX_TOKEN_CHARACTERS, SERVICE_TYPE, verify
from tests.support.identity import Issuer

ISSUER = Issuer()
KEYS = {ISSUER.kid: ISSUER.private.public_key()}
USER, LOGIN = str(uuid4()), str(uuid4())
NOW = time.time()


def segment(value: object) -> str:
    """Return one part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def headed(**header: Any) -> str:
    """Return a token that our key has signed, under any header at all."""
    payload = ISSUER.access(USER, LOGIN).split(".")[1]
    given = {"alg": "EdDSA", "kid": ISSUER.kid, "typ": "at+jwt"} | header
    signed = f"{segment({name: value for name, value in given.items() if value is not None})}.{payload}"
    return f"{signed}.{segment(ISSUER.private.sign(signed.encode()))}"


def confused() -> str:
    """Return a token that is signed with our public key as if that were a shared secret."""
    public = ISSUER.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = ISSUER.access(USER, LOGIN).split(".")[1]
    signed = f"{segment({'alg': 'HS256', 'kid': ISSUER.kid, 'typ': 'at+jwt'})}.{payload}"
    return f"{signed}.{segment(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def test_an_access_token_names_a_user_and_a_login() -> None:
    """All that a service needs to know of its caller is in the token."""
    claims = verify(ISSUER.access(USER, LOGIN, role="operator", limits="20/1s", edge=True), KEYS)
    assert (claims.is_service, claims.subject, claims.login_id) == (False, USER, LOGIN)
    assert (claims.is_operator, claims.limits, claims.is_edge_key) == (True, "20/1s", True)
    assert abs(claims.expires_at - claims.issued_at - 900) < 1


def test_most_users_are_no_operators() -> None:
    """What a token does not say, its user is not."""
    claims = verify(ISSUER.access(USER, LOGIN), KEYS)
    assert (claims.is_operator, claims.limits, claims.is_edge_key) == (False, "", False)
    assert not verify(ISSUER.access(USER, LOGIN, role="Operator", edge=1), KEYS).is_operator


def test_a_service_token_names_a_service() -> None:
    """It has no user and no login."""
    claims = verify(ISSUER.service("form4"), KEYS)
    assert (claims.is_service, claims.subject, claims.login_id) == (True, "form4", "")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "str_0123456789abcdef", "a" * 100_000, "é.é.é", "e30.e30.e30"]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Garbage, a refresh token, and 100 kB, quickly."""
    began = time.perf_counter()
    with pytest.raises(TokenInvalid):
        verify(token, KEYS)
    assert time.perf_counter() - began < 0.05


def test_a_good_token_that_is_too_long_is_refused() -> None:
    """Nothing that long is looked at, whoever signed it."""
    with pytest.raises(TokenInvalid):
        verify(ISSUER.access(USER, LOGIN, limits="9" * MAX_TOKEN_CHARACTERS), KEYS)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": "Ed25519"},
        {"alg": None},
        {"kid": None},
        {"kid": "other"},
        {"kid": ""},
        {"kid": "../../dev/null"},
        {"kid": "https://evil.example/jwks.json"},
        {"kid": ["first"]},
        {"kid": {"first": 1}},
        {"kid": 1},
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"typ": ["at+jwt"]},
        {"typ": SERVICE_TYPE},
        {"jku": "https://evil.example/jwks.json"},
        {"jwk": {"kty": "OKP"}},
        {"crit": ["exp"]},
        {"b64": False},
    ],
    ids=str,
)
def test_a_header_can_not_talk_us_round(header: dict[str, Any]) -> None:
    """Our own key signed these; still only one header is ours."""
    with pytest.raises(TokenInvalid):
        verify(headed(**header), KEYS)


def test_the_same_token_with_our_header_is_good() -> None:
    """What the test above changes is what is refused there."""
    assert verify(headed(), KEYS).subject == USER


def test_nobody_signs_with_our_public_key() -> None:
    """The public key is no shared secret, and a token without a signature is none."""
    with pytest.raises(TokenInvalid):
        verify(confused(), KEYS)
    unsigned = ISSUER.access(USER, LOGIN).rsplit(".", 1)[0] + "."
    with pytest.raises(TokenInvalid):
        verify(unsigned, KEYS)


def test_another_key_under_our_id_is_refused() -> None:
    """The id finds a key, the signature has to fit it."""
    with pytest.raises(TokenInvalid):
        verify(Issuer(private=Ed25519PrivateKey.generate()).access(USER, LOGIN), KEYS)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "sectracker-services"},
        {"aud": ["sectracker-api"]},
        {"aud": ["sectracker-api", "sectracker-services"]},
        {"aud": None},
        {"sub": None},
        {"sub": "form4"},
        {"sub": USER.upper()},
        {"sub": USER + "\n"},
        {"sub": 1},
        {"sid": None},
        {"sid": ""},
        {"sid": 7},
        {"sid": "mine"},
        {"jti": None},
        {"iat": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e400},
        {"iat": True},
        {"iat": NOW + 60},
        {"nbf": NOW + 60},
        {"limits": 5},
    ],
    ids=",".join,
)
def test_an_access_token_says_all_of_it_right(changes: dict[str, Any]) -> None:
    """One claim that is missing, wrong or of another kind makes a token worthless."""
    with pytest.raises(TokenInvalid):
        verify(ISSUER.access(USER, LOGIN, **changes), KEYS)


@pytest.mark.parametrize("changes", [{"aud": "sectracker-api"}, {"sub": USER}, {"sub": "Form4"}, {"sub": "form4\n"}])
def test_a_service_token_is_for_services(changes: dict[str, Any]) -> None:
    """Its audience is the house, and its name may not be a user's."""
    with pytest.raises(TokenInvalid):
        verify(ISSUER.service("form4", **changes), KEYS)


def test_clocks_may_differ_by_seconds() -> None:
    """A token is good for five seconds beyond its end, and five before its beginning."""
    assert verify(ISSUER.access(USER, LOGIN, exp=time.time() - 3), KEYS).subject == USER
    assert verify(ISSUER.access(USER, LOGIN, iat=time.time() + 3, nbf=time.time() + 3), KEYS).subject == USER
    with pytest.raises(TokenExpired):
        verify(ISSUER.access(USER, LOGIN, exp=time.time() - 7), KEYS)


def test_an_expired_token_of_another_is_not_called_expired() -> None:
    """Whether it has expired is said of our own alone."""
    stranger = Issuer()
    with pytest.raises(TokenInvalid):
        verify(stranger.access(USER, LOGIN, exp=1), KEYS)


def test_infinity_is_no_time() -> None:
    """JSON as Python reads it knows numbers that never come."""
    told = {"iss": "sectracker", "aud": "sectracker-api", "sub": USER, "sid": LOGIN, "jti": "1", "iat": 1}
    token = jwt.encode(told | {"exp": float("inf")}, ISSUER.private, "EdDSA", headers={"typ": "at+jwt", "kid": "first"})
    with pytest.raises(TokenInvalid):
        verify(token, KEYS)
