"""Write and read the keys that tokens are signed with. Which one signs now is said by PostgreSQL's clock alone."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Interval, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from services.auth.models import SigningKey
from services.chassis.db import Prepared

K = SigningKey
NOW = func.clock_timestamp()
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('sectracker auth signing keys'))")


class KeyRow(NamedTuple):
    """Hold a key as it is stored, whether tokens are signed with it now, and when that was so."""

    kid: str
    public: bytes
    private_sealed: bytes
    is_signing: bool
    read_at: dt.datetime


SIGNS = (K.signs_from <= NOW) & or_(K.signs_until.is_(None), K.signs_until > NOW)
PUBLISHED = (
    select(K.kid, K.public, K.private_sealed, SIGNS.label("is_signing"), NOW.label("read_at"))
    .where(or_(K.published_until.is_(None), K.published_until > NOW))
    .order_by(K.signs_from.desc(), K.created_at.desc(), K.kid)
)
READ = Prepared(PUBLISHED, KeyRow)
ADD = insert(K).returning(K.signs_from)
# One that was to begin later than its successor never does: its end is before its beginning.
RETIRE = (
    update(K)
    .where(K.kid != bindparam("successor"), or_(K.signs_until.is_(None), K.signs_until > bindparam("moment")))
    .values(
        signs_until=bindparam("moment"),
        published_until=bindparam("moment") + bindparam("overlap", type_=Interval),
    )
)
FORGET = delete(K).where(K.published_until < NOW)


def lock(session: Session) -> None:
    """Be the only one that makes keys, until the transaction ends."""
    session.execute(LOCK)


def published(session: Session) -> list[KeyRow]:
    """Return the keys that tokens may be signed with, newest first."""
    return READ.rows(session)


def published_while_writing(session: Session) -> list[KeyRow]:
    """Return the same inside a transaction that writes."""
    return [
        KeyRow(row.kid, bytes(row.public), bytes(row.private_sealed), *row[3:]) for row in session.execute(PUBLISHED)
    ]


def add(session: Session, kid: str, public: bytes, private_sealed: bytes, wait: dt.timedelta) -> dt.datetime:
    """Store a new key, and return when it begins to sign: after the wait."""
    values = {"kid": kid, "public": public, "private_sealed": private_sealed, "signs_from": NOW + wait}
    return session.execute(ADD.values(values)).scalar_one()


def retire(session: Session, successor: str, moment: dt.datetime, overlap: dt.timedelta) -> None:
    """Have all keys but one end to sign at a moment, and be published for so much longer."""
    session.execute(RETIRE, {"successor": successor, "moment": moment, "overlap": overlap})


def forget(session: Session) -> None:
    """Delete the keys that are no longer published: all that they signed has expired."""
    session.execute(FORGET)
