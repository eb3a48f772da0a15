"""auth's tokens on real tables in which several connections commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text

from services.auth import keys
from services.auth.api_keys import ApiKeys
from services.auth.domain import Pair
from services.auth.keys import Keyring
from services.auth.logins import Logins
from services.auth.models import User
from services.auth.sealing import Seal
from services.auth.tokens import Issuer
from services.auth.trust import Feed
from services.chassis.db import Sessions

SECRET = "a secret for sealing, of tests alone"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What makes and ends tokens, and what stands behind."""

    sessions: Sessions
    seal: Seal
    keyring: Keyring
    issuer: Issuer
    logins: Logins
    api_keys: ApiKeys
    feed: Feed

    def user(self, email: str = "ada@example.com", **columns: object) -> UUID:
        """Store a user and return its id."""
        with self.sessions() as session:
            stored = insert(User).values(**({"email": email, "password_hash": "none"} | columns)).returning(User.id)
            return session.execute(stored).scalar_one()

    def begin(self, user_id: UUID) -> Pair:
        """Log a user in."""
        with self.sessions() as session:
            return self.logins.begin(session, user_id)

    def sql(self, statement: str, **values: object) -> None:
        """Change the tables behind everybody's back: let time go by, for one."""
        with self.sessions() as session:
            session.execute(text(statement), values)

    def row(self, statement: str, **values: object) -> tuple[object, ...]:
        """Read one row."""
        with self.sessions() as session:
            return tuple(session.execute(text(statement), values).one())

    def ended(self) -> list[UUID]:
        """Return the logins that every door was told of, in order."""
        with self.sessions() as session:
            found = session.execute(text("SELECT login_id FROM ended WHERE login_id IS NOT NULL ORDER BY id"))
            return list(found.scalars())

    def events(self) -> list[str]:
        """Return what the audit trail tells, in order."""
        with self.sessions() as session:
            return list(session.execute(text("SELECT event FROM audit ORDER BY id")).scalars())


@contextmanager
def standing(sessions: Sessions, secret: str = SECRET) -> Iterator[Tokens]:
    """Yield tokens with their first signing key made."""
    seal = Seal(secret)
    keys.ensure(sessions, seal)
    keyring = Keyring(sessions, seal)
    keyring.refresh()
    issuer = Issuer(keyring)
    yield Tokens(
        sessions,
        seal,
        keyring,
        issuer,
        Logins(sessions, seal, issuer),
        ApiKeys(sessions, issuer),
        Feed(sessions, keyring),
    )
