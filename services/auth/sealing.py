"""Seal what is stored and must be read again: private keys, and a refresh token for the seconds of its grace."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12  # random ones are safe for 2^32 seals under one key (NIST SP 800-38D)
PURPOSE: Final = b"sectracker auth seal 1"


class SealBroken(Exception):  # noqa: N818 - an error is named for what is wrong
    """Tell that something was sealed with another secret, for another owner, or was changed since."""


class Seal:
    """Seal and open bytes with AES-256-GCM, under a key that is derived from AUTH_KEY_SECRET.

    Shape: whatever is sealed names its owner, and opens only for that owner: moved to another row, it is broken.
    """

    def __init__(self, secret: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
        self._cipher = AESGCM(derived)

    def close(self, data: bytes, owner: bytes) -> bytes:
        """Return the data, sealed for an owner."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, owner)

    def open(self, sealed: bytes, owner: bytes) -> bytes:
        """Return what was sealed for an owner.

        Raises: SealBroken.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner)
        except (InvalidTag, ValueError):
            raise SealBroken("What was sealed does not open: is AUTH_KEY_SECRET another than before?") from None
