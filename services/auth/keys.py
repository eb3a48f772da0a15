"""Keep the keys that tokens are signed with: make the first, make the next, know which one signs.

    published ├──────────────────────────────────────────────┤
    signs           ├────────────────────┤ the next one signs …
               5 min (everybody knows it)   20 min (its last token has expired)

A process reads them again each second, so that a rotation reaches all of them without a restart. When there is no time
for five minutes, five seconds are enough for all who ask again and again, Envoy among them.
"""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from time import time
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from services.auth import audit
from services.auth.domain import Event
from services.auth.repository import signing_keys
from services.auth.repository.signing_keys import KeyRow
from services.auth.sealing import Seal, SealBroken
from services.chassis.db import Sessions
from services.chassis.errors import DependencyUnavailable
from services.chassis.logs import get_logger

KNOWN_BEFORE_USED: Final = dt.timedelta(minutes=5)
"""Envoy fetches the keys every two seconds, the services twice a second; the rest is for whoever keeps them longer."""
KNOWN_AFTER_USED: Final = dt.timedelta(minutes=20)
"""A key's last access token lives 15 minutes."""
KNOWN_AT_THE_DOOR: Final = dt.timedelta(seconds=5)
"""A second until each process has read it, one that its answer is kept, two until Envoy asks again, one to spare."""
AT_ONCE: Final = dt.timedelta(0)
OTHER_SECRET: Final = (
    "The signing key in the database was sealed with another AUTH_KEY_SECRET: set the one of before, "  # noqa: S105 - words
    "or make a new key with `python -m services.auth rotate-keys --now`."
)

log = get_logger(__name__)


class Made(NamedTuple):
    """Name a key that was made, and say how long it waits before it signs."""

    kid: str
    wait: dt.timedelta


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Hold a key's id and its 32 public bytes."""

    kid: str
    public: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Hold the key that signs now."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what was read last.

    Unit: ahead is the seconds by which PostgreSQL's clock is ahead of ours.
    """

    published: tuple[PublicKey, ...] = ()
    signer: Signer | None = None
    ahead: float = 0.0


class Keyring:
    """Know the keys, as they were a second ago."""

    def __init__(self, sessions: Sessions, seal: Seal) -> None:
        self._sessions = sessions
        self._seal = seal
        self._opened: dict[str, Ed25519PrivateKey] = {}
        self._known = Known()

    def refresh(self) -> None:
        """Read the keys again.

        Raises: SealBroken when the key that signs was sealed with another secret; what was known stands.
        """
        before = time()
        with self._sessions.read() as session:
            rows = signing_keys.published(session)
        signing = next((row for row in rows if row.is_signing), None)
        self._known = Known(
            tuple(PublicKey(row.kid, row.public) for row in rows),
            None if signing is None else Signer(signing.kid, self._open(signing)),
            0.0 if signing is None else signing.read_at.timestamp() - (before + time()) / 2,
        )

    @property
    def published(self) -> tuple[PublicKey, ...]:
        """Return the keys that tokens may be signed with, newest first.

        Raises: DependencyUnavailable before they were read.
        """
        if not self._known.published:
            raise DependencyUnavailable("database")
        return self._known.published

    @property
    def signer(self) -> Signer:
        """Return the key that signs now.

        Raises: DependencyUnavailable before the keys were read.
        """
        if self._known.signer is None:
            raise DependencyUnavailable("database")
        return self._known.signer

    def now(self) -> int:
        """Return the time for a token, by PostgreSQL's clock: by it ends what ends, and machines differ."""
        return int(time() + self._known.ahead)

    def _open(self, row: KeyRow) -> Ed25519PrivateKey:
        """Return a private key, opened once."""
        if row.kid not in self._opened:
            self._opened = {row.kid: opened(self._seal, row)}
        return self._opened[row.kid]


def opened(seal: Seal, row: KeyRow) -> Ed25519PrivateKey:
    """Return the private key of a stored one.

    Raises: SealBroken.
    """
    return Ed25519PrivateKey.from_private_bytes(seal.open(row.private_sealed, row.kid.encode()))


def ensure(sessions: Sessions, seal: Seal) -> None:
    """Make the first key, if no other process has, and see that the one that signs can be used.

    Raises: SystemExit with a sentence when it was sealed with another secret.
    """
    with sessions() as session:
        signing_keys.lock(session)
        try:
            if not has_signing(session, seal):
                log.info("first signing key", kid=make(session, seal, AT_ONCE))
        except SealBroken:
            raise SystemExit(OTHER_SECRET) from None


def rotate(sessions: Sessions, seal: Seal, *, now: bool = False) -> Made:
    """Make the next key; the one that signs goes on until the next one begins.

    Raises: SystemExit with a sentence when the key that signs was sealed with another secret, unless `now`.
    """
    with sessions() as session:
        signing_keys.lock(session)
        signing_keys.forget(session)
        wait = wait_for_the_next(session, seal, now=now)
        made = Made(make(session, seal, wait), wait)
        audit.record(session, Event.SIGNING_KEY_ROTATED, kid=made.kid, signs_in_seconds=int(wait.total_seconds()))
    return made


def wait_for_the_next(session: Session, seal: Seal, *, now: bool) -> dt.timedelta:
    """Return how long the next key is known before it signs.

    Shape: `now` is also the way from one AUTH_KEY_SECRET to another. A server that starts with the new one cannot sign
    with the key before, so there is nothing to wait for: the next one signs at once.
    Raises: SystemExit with a sentence when the key that signs was sealed with another secret, unless `now`.
    """
    try:
        goes_on = has_signing(session, seal)
    except SealBroken:
        if not now:
            raise SystemExit(OTHER_SECRET) from None
        goes_on = False
    if not now:
        return KNOWN_BEFORE_USED
    return KNOWN_AT_THE_DOOR if goes_on else AT_ONCE


def has_signing(session: Session, seal: Seal) -> bool:
    """Say whether there is a key that signs now.

    Raises: SealBroken when it was sealed with another secret.
    """
    signing = next((row for row in signing_keys.published_while_writing(session) if row.is_signing), None)
    if signing is None:
        return False
    opened(seal, signing)
    return True


def make(session: Session, seal: Seal, wait: dt.timedelta) -> str:
    """Make a key that signs after a wait, in the place of all others, and return its id."""
    private, kid = Ed25519PrivateKey.generate(), secrets.token_hex(8)
    sealed = seal.close(private.private_bytes_raw(), kid.encode())
    begins = signing_keys.add(session, kid, private.public_key().public_bytes_raw(), sealed, wait)
    signing_keys.retire(session, kid, begins, KNOWN_AFTER_USED)
    return kid
