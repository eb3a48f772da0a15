"""Trade e-mail and password for tokens, and tell nobody which of them was wrong.

An unknown address, a wrong password and an account that is not active take the same way: one query, one count, one hash
of the same kind, one row of the trail, one answer.
"""

from dataclasses import dataclass
from uuid import UUID

from services.auth import audit, emails
from services.auth.decoys import Decoys, is_known
from services.auth.domain import Event, Pair
from services.auth.errors import CredentialsWrong, PasswordsBusy
from services.auth.guesses import Guesses
from services.auth.logins import Logins
from services.auth.passwords import Passwords
from services.auth.repository import users
from services.auth.repository.users import Found
from services.chassis.db import Sessions

LEARN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Entrance:
    """Log users in."""

    sessions: Sessions
    passwords: Passwords
    guesses: Guesses
    decoys: Decoys
    logins: Logins

    def log_in(self, email: str, password: str, address: str, seconds: float) -> Pair:
        """Return the tokens of a new login.

        Raises: InvalidField, CredentialsWrong, RateLimited, PasswordsBusy, DeadlineExceeded.
        """
        spelling = emails.normalise(email)
        with self.sessions.read() as session:
            found = users.by_email(session, spelling, address)
        count = self.guesses.from_known if found is not None and found.is_known else self.guesses.from_strange
        taken = count(spelling, address)
        stored = found.password_hash if found is not None else ""
        if not is_known(stored):
            stored = self.decoys.hash_for(spelling)
        try:
            checked = self.passwords.verify(password, stored, seconds)
        except PasswordsBusy:
            self.guesses.give_back(taken)  # nobody has learned anything
            raise
        if found is None or not checked.is_right or not found.is_active:
            self.note_failure(found.id if found is not None else None, address)
            raise CredentialsWrong
        new_hash = self.new_hash(password, seconds) if checked.is_outdated else None
        pair = self.begin(found, new_hash, address)
        self.guesses.give_back(taken)
        return pair

    def new_hash(self, password: str, seconds: float) -> str | None:
        """Return a hash of today's kind, or nothing when there is no time for it: the next login is as good."""
        try:
            return self.passwords.hash(password, seconds)
        except PasswordsBusy:
            return None

    def begin(self, found: Found, new_hash: str | None, address: str) -> Pair:
        """Begin the login of an account whose password was right, unless that has changed since it was looked at.

        Raises: CredentialsWrong.
        """
        with self.sessions() as session:
            user = users.lock(session, found.id)
            if user is None or not user.is_active or user.password_changed_at != found.password_changed_at:
                raise CredentialsWrong
            pair = self.logins.begin(session, user.id)
            if new_hash is not None:
                users.rehash(session, user.id, new_hash)
            users.note_address(session, user.id, address)
            audit.record(session, Event.LOGGED_IN, user_id=user.id, login_id=pair.login_id, address=address)
        return pair

    def note_failure(self, user_id: UUID | None, address: str) -> None:
        """Tell the trail of a guess; what was typed is told by nobody."""
        with self.sessions() as session:
            audit.record(session, Event.LOGIN_FAILED, user_id=user_id, address=address)

    def learn(self) -> None:
        """Find out which kinds of hashes accounts have; a loop's round."""
        with self.sessions.read() as session:
            self.decoys.learn(users.kinds(session))
