"""Do what operators ask for by hand: make accounts and end them, set their limits, end all logins."""

from uuid import UUID

from services.auth import audit, emails, passwords
from services.auth.domain import EndReason, Event
from services.auth.errors import EmailTaken
from services.auth.passwords import Hasher
from services.auth.repository import logins, users
from services.chassis import windows
from services.chassis.db import Sessions


def create_user(sessions: Sessions, hasher: Hasher, email: str, password: str, *, is_operator: bool = False) -> UUID:
    """Make an account, by the rules that hold for everybody, and return its id.

    Raises: InvalidField, PasswordTooCommon, EmailTaken.
    """
    spelling = emails.normalise(email)
    passwords.check(password, spelling)
    hashed = hasher.hash(password)
    with sessions() as session:
        user = users.add(session, spelling, hashed, is_operator=is_operator)
        if user is None:
            raise EmailTaken
        audit.record(session, Event.USER_CREATED, user_id=user.id, is_operator=is_operator)
    return user.id


def deactivate(sessions: Sessions, email: str) -> int:
    """Keep a user out, end all that it has begun, keys included, and return how many logins that were.

    Shape: repeating it changes nothing.
    Raises: SystemExit for an account that nobody has; InvalidField.
    """
    user_id = the_user(sessions, email)
    with sessions() as session:
        users.lock(session, user_id)
        users.change(session, user_id, is_active=False)
        ended = logins.end_of_user(session, user_id, EndReason.DEACTIVATED)
        audit.record(session, Event.USER_DEACTIVATED, user_id=user_id, ended=len(ended))
    return len(ended)


def revoke_all(sessions: Sessions) -> int:
    """End every login and key of everybody, and return how many that were."""
    with sessions() as session:
        ended = logins.end_everybody(session, EndReason.REVOKED)
        audit.record(session, Event.ALL_REVOKED, ended=ended)
    return ended


def set_limits(sessions: Sessions, email: str, limits: str) -> None:
    """Give a user limits of its own, or everybody's again.

    Raises: SystemExit for an account that nobody has, or limits that cannot be read; InvalidField.
    """
    try:
        windows.parse(limits)
    except ValueError as error:
        raise SystemExit(f"These limits cannot be read. {error}") from None
    user_id = the_user(sessions, email)
    own = limits.strip() or None
    with sessions() as session:
        users.change(session, user_id, limits=own)
        audit.record(session, Event.LIMITS_SET, user_id=user_id, limits=own or "everybody's")


def the_user(sessions: Sessions, email: str) -> UUID:
    """Return the account of an e-mail address.

    Raises: SystemExit when nobody has it; InvalidField.
    """
    with sessions.read() as session:
        found = users.by_email(session, emails.normalise(email), address="")
    if found is None:
        raise SystemExit("No account has this e-mail address.")
    return found.id
