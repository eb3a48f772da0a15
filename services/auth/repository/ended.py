"""Read what has ended, for those who judge tokens; it is written where logins end (`logins`)."""

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, bindparam, delete, select
from sqlalchemy.orm import Session

from services.auth.models import BEGUN, NOW, Ended
from services.chassis.db import Prepared

OVERLAP = dt.timedelta(seconds=30)
"""Rows are stamped before their transaction commits, and whoever asks between does not see them. A transaction in which
nothing happens may last for 20 seconds, and a statement for 5, before PostgreSQL ends it (STATEMENT_TIMEOUT_MS)."""
KEPT = dt.timedelta(minutes=20)
"""An access token lives 15 minutes: after these it has expired by itself."""

E = Ended


class EndedRow(NamedTuple):
    """Hold what has ended: one login, one user's tokens, or everybody's."""

    login_id: UUID | None
    user_id: UUID | None
    everybody: bool
    ended_at: dt.datetime


class Clock(NamedTuple):
    """Hold the time."""

    now: dt.datetime


SINCE = Prepared(
    select(E.login_id, E.user_id, E.everybody, E.ended_at)
    .where(E.ended_at > bindparam("since", type_=DateTime(timezone=True)))
    .order_by(E.ended_at, E.id),
    EndedRow,
)
NOW_THERE = Prepared(select(NOW.label("now")), Clock)
PRUNE = delete(E).where(E.ended_at < BEGUN - KEPT)


def now(session: Session) -> dt.datetime:
    """Return PostgreSQL's time."""
    return NOW_THERE.rows(session)[0].now


def since(session: Session, moment: dt.datetime) -> list[EndedRow]:
    """Return what has ended since a moment, oldest first; some of what ended shortly before may be among it."""
    return SINCE.rows(session, since=moment - OVERLAP)


def prune(session: Session) -> None:
    """Delete what concerns only tokens that have expired."""
    session.execute(PRUNE)
