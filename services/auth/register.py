"""Make an account and log it in."""

from dataclasses import dataclass
from typing import NamedTuple

from services.auth import audit, emails, passwords
from services.auth.domain import Event, Pair, User
from services.auth.errors import EmailTaken
from services.auth.logins import Logins
from services.auth.passwords import Passwords
from services.auth.repository import users
from services.chassis.db import Sessions


class Registered(NamedTuple):
    """Hold a new account and the tokens of its first login."""

    user: User
    pair: Pair


@dataclass(frozen=True, slots=True)
class Registration:
    """Make accounts."""

    sessions: Sessions
    passwords: Passwords
    logins: Logins

    def register(self, email: str, password: str, address: str, seconds: float) -> Registered:
        """Make an account, its first login and their traces, all or nothing; the hash is made in any case.

        Raises: InvalidField, PasswordTooCommon, EmailTaken, PasswordsBusy, DeadlineExceeded.
        """
        spelling = emails.normalise(email)
        passwords.check(password, spelling)
        hashed = self.passwords.hash(password, seconds)
        with self.sessions() as session:
            user = users.add(session, spelling, hashed)
            if user is None:
                raise EmailTaken
            pair = self.logins.begin(session, user.id)
            users.note_address(session, user.id, address)
            audit.record(session, Event.REGISTERED, user_id=user.id, login_id=pair.login_id, address=address)
        return Registered(user, pair)
