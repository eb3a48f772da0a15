"""End logins: each statement writes the login and what every door is told of it, so that neither is ever alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from services.auth.domain import EndReason, LoginKind
from services.auth.models import Ended, Login


def end_where(session: Session, reason: EndReason, *conditions: ColumnElement[bool]) -> Sequence[UUID]:
    """End those logins that fulfil the conditions and have not ended, and return their ids."""
    done = (
        update(Login).where(Login.ended_at.is_(None), *conditions).values(**now(reason)).returning(Login.id).cte("done")
    )
    told = insert(Ended).from_select(["login_id"], select(done.c.id)).returning(Ended.login_id)
    return [ident for ident in session.scalars(told) if ident is not None]


def end_login(session: Session, login_id: UUID, reason: EndReason) -> bool:
    """End one login; say whether it had not ended before."""
    return bool(end_where(session, reason, Login.id == login_id))


def end_other_passwords(session: Session, user_id: UUID, login_id: UUID, reason: EndReason) -> Sequence[UUID]:
    """End what a user began with the password, but for one login."""
    mine = (Login.user_id == user_id, Login.kind == LoginKind.PASSWORD, Login.id != login_id)
    return end_where(session, reason, *mine)


def end_user(session: Session, user_id: UUID, reason: EndReason) -> int:
    """End all that a user has begun, keys included, and return how many logins it were.

    Shape: doors are told of the user, in one row.
    """
    ended = update(Login).where(Login.user_id == user_id, Login.ended_at.is_(None))
    count = len(session.scalars(ended.values(**now(reason)).returning(Login.id)).all())
    session.execute(insert(Ended).values(user_id=user_id))
    return count


def end_everybody(session: Session, reason: EndReason) -> int:
    """End all logins of all users, keys included, and return how many it were."""
    ended = update(Login).where(Login.ended_at.is_(None)).values(**now(reason)).returning(literal(1))
    count = len(session.scalars(ended).all())
    session.execute(insert(Ended).values(everybody=True))
    return count


def now(reason: EndReason) -> dict[str, object]:
    """Return what is written to a login that ends."""
    return {"ended_at": func.clock_timestamp(), "ended_reason": reason}
