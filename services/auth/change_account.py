"""Change an account's e-mail address or password, for whoever knows the current password."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import audit, emails, passwords
from services.auth.domain import EndReason, Event
from services.auth.errors import EmailTaken, PasswordsBusy, PasswordWrong
from services.auth.guesses import Guesses
from services.auth.models import NOW
from services.auth.passwords import Passwords
from services.auth.repository import logins, users
from services.auth.repository.users import Found, UserRow
from services.chassis.db import Sessions
from services.chassis.errors import LoginEnded


@dataclass(frozen=True, slots=True)
class Change:
    """Say what is to be different, who asks, and how long they wait.

    Unit: seconds.
    """

    user_id: UUID
    login_id: UUID
    address: str
    seconds: float
    current_password: str
    email: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """Show and change accounts."""

    sessions: Sessions
    passwords: Passwords
    guesses: Guesses

    def get(self, user_id: UUID) -> UserRow:
        """Return an account as its owner sees it.

        Raises: LoginEnded for one that is gone.
        """
        with self.sessions.read() as session:
            row = users.seen(session, user_id)
        if row is None:
            raise LoginEnded
        return row

    def change(self, wish: Change) -> UserRow:
        """Change an account, all or nothing, and return it as it is then.

        Raises: InvalidField, PasswordTooCommon, PasswordWrong, EmailTaken, RateLimited, PasswordsBusy,
        DeadlineExceeded, LoginEnded.
        """
        with self.sessions.read() as session:
            found = users.by_id(session, wish.user_id, wish.address)
        if found is None or not found.is_active:
            raise LoginEnded
        email = None if wish.email is None else emails.normalise(wish.email)
        if wish.password is not None:
            passwords.check(wish.password, email or found.email)
        self.prove(found, wish)
        hashed = None if wish.password is None else self.passwords.hash(wish.password, wish.seconds)
        try:
            self.write(found, wish, email, hashed)
        except IntegrityError as error:
            raise EmailTaken from error
        return self.get(wish.user_id)

    def prove(self, found: Found, wish: Change) -> None:
        """Let pass who knows the current password.

        Shape: a wrong one counts as a failed login of this account from this address.
        Raises: PasswordWrong, RateLimited, PasswordsBusy, DeadlineExceeded.
        """
        taken = self.guesses.from_known(found.email, wish.address)
        try:
            is_right = self.passwords.verify(wish.current_password, found.password_hash, wish.seconds).is_right
        except PasswordsBusy:
            self.guesses.give_back(taken)
            raise
        if is_right:
            self.guesses.give_back(taken)
            return
        with self.sessions() as session:
            tell(session, Event.PASSWORD_WRONG, wish)
        raise PasswordWrong

    def write(self, found: Found, wish: Change, email: str | None, hashed: str | None) -> None:
        """Write what is different, unless the password has changed since it was looked at.

        Raises: PasswordWrong, LoginEnded; IntegrityError for an e-mail address that another account has.
        """
        with self.sessions() as session:
            user = users.lock(session, wish.user_id)
            if user is None or not user.is_active:
                raise LoginEnded
            if user.password_changed_at != found.password_changed_at:
                raise PasswordWrong
            if email not in (None, user.email):
                users.change(session, user.id, email=email)
                tell(session, Event.EMAIL_CHANGED, wish)
            if hashed is not None:
                users.change(session, user.id, password_hash=hashed, password_changed_at=NOW)
                gone = logins.end_others(session, user.id, wish.login_id, EndReason.NEW_PASSWORD)
                tell(session, Event.PASSWORD_CHANGED, wish, ended=len(gone))


def tell(session: Session, event: Event, wish: Change, **detail: int) -> None:
    """Tell the trail what somebody did to their account."""
    audit.record(session, event, user_id=wish.user_id, login_id=wish.login_id, address=wish.address, **detail)
