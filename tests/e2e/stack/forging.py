"""Make tokens that auth did not: with its own key and other claims, or with another key altogether."""

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.auth.sealing import Seal
from tests.e2e.stack.asking import rows
from tests.e2e.stack.people import Person
from tests.support.stack import Running

Claims = dict[str, Any]


def signed(person: Person, *, typ: str | None = "at+jwt", **changes: object) -> str:
    """Return a token like the person's, with other claims (None: without one) and our own signature."""
    kid, key = signing_key(person.stack)
    told = claims(person) | changes
    headers = {"kid": kid, "typ": typ}
    return jwt.encode({name: value for name, value in told.items() if value is not None}, key, "EdDSA", headers)


def forged(person: Person, *, algorithm: str, key: object, **header: object) -> str:
    """Return a token like the person's that another key or no key has signed, with more in its header."""
    kid, _ = signing_key(person.stack)
    headers = {"kid": kid, "typ": "at+jwt", **header}
    encoder = jwt.PyJWT()
    return encoder.encode(claims(person), key, algorithm, headers)  # type: ignore[arg-type]


def claims(person: Person) -> Claims:
    """Return the claims of the person's token, as good as new."""
    told: Claims = jwt.decode(person.access_token, options={"verify_signature": False})
    now = int(time.time())
    return told | {"iat": now, "exp": now + 600}


def signing_key(stack: Running) -> tuple[str, Ed25519PrivateKey]:
    """Return the key that auth signs with, as whoever has the database and its secret could."""
    (row,) = rows(
        stack,
        "SELECT kid, private_sealed FROM auth.signing_keys "
        "WHERE signs_from <= now() AND (signs_until IS NULL OR signs_until > now())",
    )
    seal = Seal(stack.plan.secret["auth_keys"])
    return row["kid"], Ed25519PrivateKey.from_private_bytes(seal.open(row["private_sealed"], row["kid"].encode()))


def public_key(stack: Running) -> bytes:
    """Return the public key that auth publishes."""
    return signing_key(stack)[1].public_key().public_bytes_raw()
