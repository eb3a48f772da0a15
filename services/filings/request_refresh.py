"""Take a request for a refresh: nobody can spend the SEC's patience by asking again."""

import datetime as dt
from uuid import UUID

from services.chassis.db import Sessions
from services.eastern import today
from services.filings.domain import DEFAULT_YEARS, Priority, RequestOutcome, horizon
from services.filings.errors import CompanyUnknown
from services.filings.messages import Messages
from services.filings.repository import companies, jobs


def request_background(
    sessions: Sessions, messages: Messages, cik: str, min_age: dt.timedelta, most_waiting: int
) -> RequestOutcome:
    """Queue a refresh behind everything that users asked for.

    Shape: one unfinished refresh a company, none sooner than `min_age` after the last, at most `most_waiting` in all. A
    last one that failed counts too: what kills workers would otherwise be begun anew by every reader.
    Raises: CompanyUnknown.
    """
    with sessions.read() as session:
        if cik not in companies.by_ciks(session, [cik]):
            raise CompanyUnknown(cik=cik)
        standing = jobs.standing(session, cik)
    if standing.is_unfinished:
        return RequestOutcome.RUNNING
    if standing.age is not None and standing.age < min_age:
        return RequestOutcome.FRESH
    if standing.waiting >= most_waiting:
        return RequestOutcome.BUSY
    with sessions() as session:
        job_id = jobs.queue(session, cik, Priority.BACKGROUND, horizon(DEFAULT_YEARS, today()))
    if job_id is None:
        return RequestOutcome.RUNNING
    messages.send(job_id, Priority.BACKGROUND)
    return RequestOutcome.QUEUED


def request_now(sessions: Sessions, messages: Messages, cik: str, since: dt.date) -> UUID:
    """Queue a refresh for somebody who waits for it, or make the unfinished one theirs and as deep as they want."""
    while True:
        with sessions() as session:
            job_id = jobs.extend(session, cik, since) or jobs.queue(session, cik, Priority.USER, since)
        if job_id is not None:
            messages.send(job_id, Priority.USER)
            return job_id
        # Between the two statements somebody else queued one: it is there to be extended now.
