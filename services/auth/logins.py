"""Begin logins, go on with them, end them.

A refresh token is spent when it is used. Used again, it has been stolen, or its answer was lost: for ten seconds the
second is taken for granted, and the same successor is told again, but only as long as nobody has used that one. After
that the whole login ends, the thief's tokens with the owner's.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from services.auth import audit
from services.auth.domain import EndReason, Event, Pair
from services.auth.errors import CredentialsWrong, RefreshTokenInvalid
from services.auth.repository import logins
from services.auth.repository.logins import Presented
from services.auth.sealing import Seal, SealBroken
from services.auth.secret_words import digest, is_refresh_token, new_refresh_token
from services.auth.subject import Subject
from services.auth.tokens import ACCESS_SECONDS, Issuer
from services.chassis.db import Sessions


@dataclass(frozen=True, slots=True)
class Logins:
    """Know logins and their tokens."""

    sessions: Sessions
    seal: Seal = field(repr=False)
    issuer: Issuer = field(repr=False)

    def begin(self, session: Session, user_id: UUID) -> Pair:
        """Log a user in, if it may; whether it is the user, the caller has found out.

        Raises: CredentialsWrong.
        """
        user = logins.may_log_in(session, user_id)
        if user is None:
            raise CredentialsWrong
        token = new_refresh_token()
        login_id = logins.begin(session, user_id, digest(token))
        subject = Subject(user_id, login_id, user.is_operator, user.limits)
        return Pair(login_id, self.issuer.access(subject), token, ACCESS_SECONDS)

    def refresh(self, token: str, address: str = "") -> Pair:
        """Spend a refresh token and return the next pair; one that was spent before ends its login.

        Raises: RefreshTokenInvalid.
        """
        if not is_refresh_token(token):
            raise RefreshTokenInvalid
        with self.sessions() as session:
            pair = self._next(session, digest(token), address)
        if pair is None:  # raised out here, so that the end of a login is committed
            raise RefreshTokenInvalid
        return pair

    def logout(self, user_id: UUID, login_id: UUID, token: str, address: str = "") -> None:
        """End a login, and the one of a refresh token if it is the same user's; whose it was is not told.

        Shape: a key is not ended so, whoever logs out with a token that was made from it.
        """
        with self.sessions() as session:
            for ended in logins.end_own(session, user_id, login_id, digest(token), EndReason.LOGOUT):
                audit.record(session, Event.LOGGED_OUT, user_id=user_id, login_id=ended, address=address)

    def _next(self, session: Session, spent: bytes, address: str) -> Pair | None:
        """Return the next pair of a token's login, or nothing where there is none to have."""
        held = logins.take(session, spent)
        if held is None or not held.is_good:
            return None
        successor = self._again(session, spent, held) if held.is_spent else self._successor(session, spent)
        if successor is None:
            logins.end(session, held.login_id, EndReason.REUSED_TOKEN)
            audit.record(session, Event.TOKEN_REUSED, user_id=held.user_id, login_id=held.login_id, address=address)
            return None
        return Pair(held.login_id, self.issuer.access(held.subject), successor, ACCESS_SECONDS)

    def _successor(self, session: Session, spent: bytes) -> str:
        """Return a new token in the place of one."""
        successor = new_refresh_token()
        logins.succeed(session, spent, digest(successor), self.seal.close(successor.encode(), spent))
        return successor

    def _again(self, session: Session, spent: bytes, held: Presented) -> str | None:
        """Return the successor that a spent token has already, while it is in its grace."""
        if not held.is_graced or held.successor_hash is None or held.successor_sealed is None:
            return None
        if not logins.is_newest(session, held.successor_hash):
            return None
        try:
            return self.seal.open(bytes(held.successor_sealed), spent).decode()
        except SealBroken:  # AUTH_KEY_SECRET was changed within these seconds
            return None
