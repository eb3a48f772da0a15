"""Write and find API keys, by their hash."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, any_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.auth.models import NOW, ApiKey, Login, User
from services.auth.subject import Subject
from services.chassis.db import Prepared

USED_EVERY = dt.timedelta(minutes=1)

K = ApiKey


class KeyHolder(NamedTuple):
    """Say whose an API key is: what its tokens tell."""

    user_id: UUID
    login_id: UUID
    is_operator: bool
    limits: str | None

    @property
    def subject(self) -> Subject:
        """Return whom a token is for that is made from the key."""
        return Subject(*self)


GOOD = (
    select(User.id.label("user_id"), K.login_id, User.is_operator, User.limits)
    .join(User, User.id == K.user_id)
    .join(Login, Login.id == K.login_id)
    .where(User.is_active, Login.ended_at.is_(None))
)
BY_HASH = Prepared(GOOD.where(K.hash == bindparam("hash", type_=LargeBinary)), KeyHolder)
BY_LOGIN = Prepared(GOOD.where(K.login_id == bindparam("login_id", type_=Uuid)), KeyHolder)
PUT = insert(K)
REPLACE = PUT.on_conflict_do_update(
    index_elements=[K.user_id],
    set_={
        "login_id": PUT.excluded.login_id,
        "hash": PUT.excluded.hash,
        "created_at": NOW,
        "last_used_at": None,
    },
)
REMOVE = delete(K).where(K.user_id == bindparam("of_user", type_=Uuid))
USED = (
    update(K)
    .where(
        K.login_id == any_(bindparam("logins", type_=ARRAY(Uuid))),
        or_(K.last_used_at.is_(None), K.last_used_at < NOW - USED_EVERY),
    )
    .values(last_used_at=NOW)
)


def by_hash(session: Session, digest: bytes) -> KeyHolder | None:
    """Return whose a key is, or None when it is nobody's or has ended; one query."""
    return BY_HASH.one_or_none(session, hash=digest)


def by_login(session: Session, login_id: UUID) -> KeyHolder | None:
    """Return whose the key of a login is, or None when it has ended; one query."""
    return BY_LOGIN.one_or_none(session, login_id=login_id)


def replace(session: Session, user_id: UUID, login_id: UUID, digest: bytes) -> None:
    """Store a user's key in the place of the one that was there."""
    session.execute(REPLACE, {"user_id": user_id, "login_id": login_id, "hash": digest})


def remove(session: Session, user_id: UUID) -> None:
    """Delete a user's key; its login, which says when it ended, stays."""
    session.execute(REMOVE, {"of_user": user_id})


def note_use(session: Session, logins: Sequence[UUID]) -> None:
    """Note that keys were used now, where that was last noted more than a minute ago."""
    session.execute(USED, {"logins": list(logins)})
