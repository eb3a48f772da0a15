"""Give e-mail addresses without an account a hash to be compared with, so that time tells nothing about who exists.

While some accounts have hashes of another kind than others (bcrypt of imported users, argon2 of an older setting), an
address without an account gets a kind with the probability that accounts have it, and always the same.
"""

import hashlib
import hmac
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

BCRYPT_REST: Final = 53  # 22 characters of salt and 31 of the hash
ARGON2_REST: Final = f"{'A' * 22}${'A' * 43}"  # 16 and 32 bytes


class Decoys:
    """Choose hashes that no password has."""

    def __init__(self, key: bytes, usual: str) -> None:
        self._key = key
        self._usual = kind_of(usual)
        self._bounds: list[tuple[int, str]] = []

    def learn(self, counts: Mapping[str, int]) -> None:
        """Take over how many accounts have each kind of hash."""
        kinds = sorted(kind for kind, count in counts.items() if is_known(kind) and count > 0)
        self._bounds = list(zip(accumulate(counts[kind] for kind in kinds), kinds, strict=True))

    def hash_for(self, email: str) -> str:
        """Return the hash that an address without an account is compared with."""
        bounds = self._bounds
        if not bounds:
            return decoy(self._usual)
        drawn = int.from_bytes(hmac.digest(self._key, email.encode(), hashlib.sha256)[:8])
        place = drawn * bounds[-1][0] >> 64
        return decoy(next(kind for bound, kind in bounds if place < bound))


def kind_of(stored: str) -> str:
    """Return what says how much work a hash is: "$2b$12$", "$argon2id$v=19$m=19456,t=2,p=1$"."""
    parts = stored.split("$")
    return "$".join(parts[: 3 if stored.startswith("$2") else 4]) + "$"


def is_known(stored: str) -> bool:
    """Say whether a hash, or a kind of hashes, is one that can be verified."""
    return stored.startswith(("$2", "$argon2"))


def decoy(kind: str) -> str:
    """Return a hash of a kind that is as much work as any, and that no password has."""
    return kind + ("." * BCRYPT_REST if kind.startswith("$2") else ARGON2_REST)
