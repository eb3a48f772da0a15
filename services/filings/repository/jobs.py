"""Write jobs through their states. Every statement says from which state it starts, so that two workers cannot differ.

Times are PostgreSQL's: workers' clocks may disagree, leases may not.
"""

import datetime as dt
from typing import Any, NamedTuple
from typing import cast as known_as
from uuid import UUID

from sqlalchemy import CursorResult, Interval, Uuid, and_, bindparam, case, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Update

from services.filings.domain import Job, JobKind, JobReason, JobStatus, Priority
from services.filings.models import JobRow

LEASE = dt.timedelta(seconds=15)
"""A worker that gave no sign for so long is lost. A sign is given with every filing, and every few seconds besides."""
PICK_UP = dt.timedelta(seconds=30)
"""A message that no worker picked up for so long is sent again."""
MAX_DOUBLINGS = 7
MAX_LOSSES = 5
"""A job that lost its worker more often without handling a filing is given up: it may be what kills them."""
FRESH_LIST = dt.timedelta(minutes=1)
"""Somebody who asks now wants what was filed until now: an older list is read again."""

J = JobRow
JOB, HOLDER = bindparam("job_id", type_=Uuid), bindparam("holder", type_=Uuid)
UNFINISHED = J.status.in_([JobStatus.QUEUED, JobStatus.PROCESSING])
REFRESHES = J.kind == JobKind.REFRESH_FORM4
LOST = and_(J.lease.is_not(None), J.heartbeat_at < func.now() - LEASE)
FREE = or_(J.lease.is_(None), LOST)
HELD = and_(J.id == JOB, J.lease == HOLDER)
RELEASED: dict[str, Any] = {"lease": None, "heartbeat_at": None}

QUEUE = (
    insert(J)
    .values(enqueued_at=func.now())
    .on_conflict_do_nothing(index_elements=[J.cik], index_where=REFRESHES & UNFINISHED)
    .returning(J.id)
)
# Listing anew is needed where more is wanted than was listed.
EXTEND = (
    update(J)
    .where(REFRESHES, UNFINISHED, J.cik == bindparam("of_cik"))
    .values(
        priority=Priority.USER,
        sends=0,
        horizon=func.least(J.horizon, bindparam("wanted")),
        listed_at=case((and_(J.horizon <= bindparam("wanted"), J.listed_at > func.now() - FRESH_LIST), J.listed_at)),
    )
    .returning(J.id)
)
CLAIM = (
    update(J)
    .where(J.id == JOB, UNFINISHED, J.due_at <= func.now(), FREE)
    .values(
        status=JobStatus.PROCESSING,
        lease=func.gen_random_uuid(),
        heartbeat_at=func.now(),
        enqueued_at=None,
        started_at=func.coalesce(J.started_at, func.now()),
        losses=J.losses + case((J.lease.is_(None), 0), else_=1),
        sends=0,
    )
    .returning(
        J.id, J.kind, J.cik, J.priority, J.horizon, J.created_at, J.listed_at, J.covered_since, J.lease, J.losses
    )
)
AS_CLAIMED = J.horizon == bindparam("horizon_claimed")  # nobody has asked for more meanwhile
LISTED = (
    update(J)
    .where(HELD)
    .values(
        listed_at=case((AS_CLAIMED, bindparam("now", type_=J.listed_at.type))),
        covered_since=bindparam("since"),
        total=J.done + bindparam("pending"),
        message=bindparam("said"),
    )
)
COUNT = (
    update(J)
    .where(HELD)
    .values(
        done=J.done + 1,
        total=func.greatest(J.total, J.done + 1),
        missing=J.missing + bindparam("more_missing"),
        unreadable=J.unreadable + bindparam("more_unreadable"),
        heartbeat_at=func.now(),
        failing_since=None,
        losses=0,
        message=bindparam("said"),
    )
)
BEAT = update(J).where(HELD).values(heartbeat_at=func.now())
LAY_DOWN = update(J).where(HELD).values(**RELEASED, enqueued_at=None)
RELEASE = update(J).where(HELD).values(**RELEASED, enqueued_at=func.now()).returning(J.priority)
POSTPONE = (
    update(J)
    .where(HELD)
    .values(
        **RELEASED,
        enqueued_at=None,
        due_at=func.now() + bindparam("wait", type_=Interval),
        failing_since=func.coalesce(J.failing_since, func.now()),
        message=bindparam("said"),
    )
)
FAILING = select(cast(func.coalesce(func.now() - J.failing_since, dt.timedelta()), Interval)).where(J.id == JOB)
AS_LISTED = J.listed_at.is_not_distinct_from(bindparam("list_read", type_=J.listed_at.type))  # nor for a newer list
# What another company's job has handled meanwhile was in the total, and is not in what this one did.
COMPLETE = (
    update(J)
    .where(HELD, AS_CLAIMED, AS_LISTED)
    .values(**RELEASED, status=JobStatus.COMPLETE, completed_at=func.now(), total=J.done, message=bindparam("said"))
)
FAIL = (
    update(J)
    .where(HELD)
    .values(
        **RELEASED,
        status=JobStatus.FAILED,
        completed_at=func.now(),
        error_reason=bindparam("reason"),
        error_message=bindparam("said"),
        message=bindparam("said"),
    )
)
# Each message waits twice as long as the one before: a day without workers makes some thirty a job, not 2,880.
UNSENT = or_(
    J.enqueued_at.is_(None), J.enqueued_at < func.now() - PICK_UP * func.power(2, func.least(J.sends, MAX_DOUBLINGS))
)
DUE = select(J.id).where(UNFINISHED, J.due_at <= func.now(), FREE, UNSENT).order_by(J.due_at).limit(bindparam("most"))
SWEEP = (
    update(J)
    .where(J.id.in_(DUE.with_for_update(skip_locked=True)))
    .values(enqueued_at=func.now(), sends=J.sends + 1)
    .returning(J.id, J.priority)
)
REFRESHES_OF_COMPANY = and_(REFRESHES, J.cik == bindparam("of_cik"))
STANDING = select(
    select(J.id).where(REFRESHES_OF_COMPANY, UNFINISHED).exists().label("is_unfinished"),
    select(func.now() - func.max(J.completed_at)).where(REFRESHES_OF_COMPANY).scalar_subquery().label("age"),
    select(func.count()).where(UNFINISHED, J.priority == Priority.BACKGROUND).scalar_subquery().label("waiting"),
)
PROGRESS = select(J.id, J.cik, J.status, J.total, J.done, J.missing, J.unreadable, J.message, J.listed_at).where(
    J.id.in_(bindparam("job_ids", expanding=True))
)


class LeaseLost(Exception):  # noqa: N818 - says what happened
    """Another worker has the job, or it has ended: this one must stop, and has written nothing."""


class Claim(NamedTuple):
    """Hold a job that was just claimed, and how many workers were lost over it."""

    job: Job
    losses: int


class Due(NamedTuple):
    """Name a job whose message is to be sent, and for whom it works."""

    id: UUID
    priority: Priority


class Standing(NamedTuple):
    """Say how it stands with the refreshes of a company.

    Shape: `age` is the time since the last one ended, well or not; None when there was none. `waiting` counts the
    unfinished background jobs of all companies.
    """

    is_unfinished: bool
    age: dt.timedelta | None
    waiting: int


class Progress(NamedTuple):
    """Say how far a job is."""

    id: UUID
    cik: str
    status: JobStatus
    total: int
    done: int
    missing: int
    unreadable: int
    message: str
    listed_at: dt.datetime | None


def queue(session: Session, cik: str, priority: Priority, horizon: dt.date) -> UUID | None:
    """Write a refresh of a company, or return None where one is unfinished already.

    Shape: the row says that a message was sent, so its writer sends one when it is committed; if that fails, the
    sweeper does.
    """
    values = {"kind": JobKind.REFRESH_FORM4, "cik": cik, "priority": priority, "horizon": horizon}
    return session.execute(QUEUE, values).scalar_one_or_none()


def extend(session: Session, cik: str, horizon: dt.date) -> UUID | None:
    """Make the unfinished refresh of a company a user's, reaching back as far as wanted; None where there is none."""
    return session.execute(EXTEND, {"of_cik": cik, "wanted": horizon}).scalar_one_or_none()


def claim(session: Session, job_id: UUID) -> Claim | None:
    """Take a job: one that nobody holds, or whose worker is lost; None where there is nothing to take."""
    row = session.execute(CLAIM, {"job_id": job_id}).one_or_none()
    if row is None:
        return None
    *fields, losses = row
    ident, kind, cik, priority, *times = fields
    return Claim(Job(ident, JobKind(kind), cik, Priority(priority), *times), losses)


def listed(session: Session, job: Job, now: dt.datetime, since: dt.date, pending: int) -> None:
    """Note that the SEC's list was read, how far back it reaches, and how many filings are to be fetched."""
    said = f"{pending} filings to fetch."
    held(session, LISTED, job, now=now, since=since, pending=pending, said=said, horizon_claimed=job.horizon)


def count(session: Session, job: Job, said: str, *, missing: bool = False, unreadable: bool = False) -> None:
    """Count one filing as handled."""
    held(session, COUNT, job, more_missing=int(missing), more_unreadable=int(unreadable), said=said)


def beat(session: Session, job: Job) -> None:
    """Give a sign of life."""
    held(session, BEAT, job)


def release(session: Session, job: Job) -> Priority:
    """Give a job back before its end, so that another may have its turn, and return for whom it works by now.

    Shape: the row says that a message was sent, so its writer sends one when it is committed.
    Raises: LeaseLost.
    """
    priority = session.execute(RELEASE, {"job_id": job.id, "holder": job.lease}).scalar_one_or_none()
    if priority is None:
        raise LeaseLost(job.id)
    return Priority(priority)


def lay_down(session: Session, job: Job) -> None:
    """Give a job back before its end without a message, which the sweeper then sends."""
    held(session, LAY_DOWN, job)


def postpone(session: Session, job: Job, wait: dt.timedelta, said: str) -> None:
    """Give a job back for later."""
    held(session, POSTPONE, job, wait=wait, said=said)


def failing_for(session: Session, job: Job) -> dt.timedelta:
    """Return for how long a job has got nowhere."""
    return session.execute(FAILING, {"job_id": job.id}).scalar_one()


def complete(session: Session, job: Job, said: str) -> bool:
    """End a job well, and say so; not if more, or what is newer, was asked for since it was claimed.

    Raises: LeaseLost.
    """
    claimed = {"horizon_claimed": job.horizon, "list_read": job.listed_at}
    values = {"job_id": job.id, "holder": job.lease, "said": said, **claimed}
    is_complete = bool(known_as("CursorResult[Any]", session.execute(COMPLETE, values)).rowcount)
    if not is_complete:
        beat(session, job)
    return is_complete


def fail(session: Session, job: Job, reason: JobReason, said: str) -> None:
    """End a job with the reason why it cannot be done."""
    held(session, FAIL, job, reason=reason, said=said)


def held(session: Session, statement: Update, job: Job, **values: object) -> None:
    """Write to a job that this worker holds.

    Raises: LeaseLost.
    """
    result = session.execute(statement, {"job_id": job.id, "holder": job.lease, **values})
    if not known_as("CursorResult[Any]", result).rowcount:
        raise LeaseLost(job.id)


def sweep(session: Session, most: int) -> list[Due]:
    """Return jobs for which a message is to be sent: never sent, not picked up, due again, or lost by their worker."""
    return [Due(row.id, Priority(row.priority)) for row in session.execute(SWEEP, {"most": most})]


def standing(session: Session, cik: str) -> Standing:
    """Return how it stands with the refreshes of a company."""
    return Standing._make(session.execute(STANDING, {"of_cik": cik}).one())


def progress(session: Session, job_ids: list[UUID]) -> list[Progress]:
    """Return how far jobs are."""
    return [Progress._make(row) for row in session.execute(PROGRESS, {"job_ids": job_ids})]
