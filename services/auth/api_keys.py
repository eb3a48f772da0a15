"""Make, end and trade API keys. A key is a login that does not expire; a user has one."""

from dataclasses import dataclass, field
from uuid import UUID

from services.auth import audit
from services.auth.domain import EndReason, Event
from services.auth.errors import ApiKeyInvalid
from services.auth.repository import api_keys, logins, users
from services.auth.secret_words import digest, new_api_key
from services.auth.tokens import Issuer
from services.chassis.db import Sessions
from services.chassis.errors import LoginEnded


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Know the keys of users."""

    sessions: Sessions
    issuer: Issuer = field(repr=False)

    def create(self, user_id: UUID, login_id: UUID, address: str = "") -> str:
        """Return a new key in the place of the user's old one, which ends with it.

        Raises: LoginEnded for a login that ended a moment ago: what it makes now would outlive it.
        """
        key = new_api_key()
        with self.sessions() as session:
            if not logins.may_go_on(session, user_id, login_id):
                raise LoginEnded
            logins.end_key(session, user_id, EndReason.KEY_REPLACED)
            made = logins.begin_key(session, user_id)
            api_keys.replace(session, user_id, made, digest(key))
            audit.record(session, Event.KEY_CREATED, user_id=user_id, login_id=made, address=address)
        return key

    def revoke(self, user_id: UUID, address: str = "") -> None:
        """End the user's key, if there is one.

        Shape: it waits for a key that is being made, whose login would go on without it.
        """
        with self.sessions() as session:
            users.lock(session, user_id)
            for ended in logins.end_key(session, user_id, EndReason.KEY_REVOKED):
                audit.record(session, Event.KEY_REVOKED, user_id=user_id, login_id=ended, address=address)
            api_keys.remove(session, user_id)

    def exchange(self, login_id: UUID) -> str:
        """Return an access token for the key that a login is.

        Raises: ApiKeyInvalid when it has ended.
        """
        with self.sessions.read() as session:
            holder = api_keys.by_login(session, login_id)
        if holder is None:
            raise ApiKeyInvalid
        return self.issuer.access(holder.subject)
