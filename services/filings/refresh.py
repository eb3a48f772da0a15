"""Bring one company's ownership filings up to date, a chunk at a time.

A chunk: claim the job, read the SEC's list if that was not done yet, take the next filings newest first, count each;
then end the job, or let others have a turn. Every step may be repeated: documents are stored once, form4 ingests once,
and only the holder of the job's lease can write to it.
"""

import asyncio
import datetime as dt
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.ownership_service_pb2 import SetCoverageRequest

from services.chassis.logs import get_logger
from services.filings.domain import OWNERSHIP_FORMS, Fate, Job, JobReason
from services.filings.edgar.errors import EdgarError, NotFound, Throttled
from services.filings.edgar.listing import list_filings
from services.filings.edgar.submissions import FilingRow
from services.filings.messages import Messages
from services.filings.repository import filings, jobs
from services.filings.repository.filings import PendingFiling
from services.filings.repository.jobs import LeaseLost
from services.filings.take_filing import Taker
from services.identifiers import Cik

log = get_logger(__name__)

CHUNK = 25
"""Filings a turn: about three seconds of the SEC's budget."""
AT_ONCE = 4
"""Filings under way at the same time: enough to keep the budget's pace over answers of half a second."""
BEAT_SECONDS = 3.0
"""Five signs of life within a lease."""
TRY_AGAIN = dt.timedelta(seconds=20)
GIVE_UP = dt.timedelta(hours=6)
"""A job that got nowhere for so long fails; it is asked for again by whoever still wants it."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """Do the chunks of refreshes that messages name."""

    taker: Taker
    messages: Messages

    async def run(self, job_id: UUID) -> None:
        """Do one chunk of a job, if it is there to be done."""
        job = await asyncio.to_thread(self.claim, job_id)
        if job is None:
            return
        heart = asyncio.create_task(self.beat(job))
        try:
            await self.work(job)
        except LeaseLost:
            log.warning("lease lost", job_id=str(job.id))
        except (EdgarError, grpc.RpcError) as error:
            await asyncio.to_thread(self.postpone, job, error)
        except asyncio.CancelledError:  # the worker is stopping: give the job to another at once
            await asyncio.shield(asyncio.to_thread(self.give_back, job))
            raise
        finally:
            heart.cancel()

    def claim(self, job_id: UUID) -> Job | None:
        """Take the job, or fail it when it has lost too many workers."""
        with self.taker.sessions() as session:
            claim = jobs.claim(session, job_id)
            if claim is None:
                return None
            if claim.losses > jobs.MAX_LOSSES:
                said = f"The job was started {claim.losses} times and lost its worker each time."
                jobs.fail(session, claim.job, JobReason.WORKER_LOST, said)
                return None
            return claim.job

    async def beat(self, job: Job) -> None:
        """Give signs of life until cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await asyncio.to_thread(self.sign, job)

    def sign(self, job: Job) -> None:
        """Give one sign of life."""
        with self.taker.sessions() as session:
            jobs.beat(session, job)

    async def work(self, job: Job) -> None:
        """Do one chunk.

        Raises: LeaseLost; EdgarError or grpc.RpcError where the rest may succeed later.
        """
        listed_at = job.listed_at or await self.read_list(job)
        chunk = await asyncio.to_thread(self.next_filings, job)
        places = asyncio.Semaphore(AT_ONCE)

        async def take(filing: PendingFiling) -> None:
            """Take one filing when there is a place for it."""
            async with places:
                fate = await self.taker.take(job, filing)
                await asyncio.to_thread(self.count, job, filing, fate)

        await gather_or_cancel([take(filing) for filing in chunk])
        if len(chunk) == CHUNK:
            await asyncio.to_thread(self.give_back, job)
        else:
            await asyncio.to_thread(self.complete, job, listed_at)

    async def read_list(self, job: Job) -> dt.datetime:
        """Note everything that the SEC lists for the company, and return when its list was read.

        Raises: EdgarError.
        """
        now = dt.datetime.now(dt.UTC)
        pages = list_filings(
            self.taker.edgar, Cik(job.cik), forms=OWNERSHIP_FORMS, since=job.horizon, priority=job.priority
        )
        try:
            async for page in pages:
                await asyncio.to_thread(self.note, job, page.rows, now)
        except NotFound:
            log.info("the SEC lists nothing", cik=job.cik)
        await asyncio.to_thread(self.listed, job, now)
        return now

    def note(self, job: Job, rows: Sequence[FilingRow], now: dt.datetime) -> None:
        """Note one page of the list."""
        with self.taker.sessions() as session:
            filings.list_filings(session, job.cik, rows, now)

    def listed(self, job: Job, now: dt.datetime) -> None:
        """Note that the list is complete, and how much there is to do."""
        with self.taker.sessions() as session:
            pending = filings.count_pending(session, job.cik, job.horizon, job.created_at)
            jobs.listed(session, job, now, pending)

    def next_filings(self, job: Job) -> list[PendingFiling]:
        """Return the filings of this chunk, newest first."""
        with self.taker.sessions() as session:
            return filings.pending(session, job.cik, job.horizon, job.created_at, CHUNK)

    def count(self, job: Job, filing: PendingFiling, fate: Fate) -> None:
        """Note in one transaction what has become of a filing, and that the job is one further."""
        with self.taker.sessions() as session:
            said = f"Filing of {filing.filed_on} handled."
            jobs.count(session, job, said, missing=fate is Fate.MISSING, unreadable=fate is Fate.UNREADABLE)
            filings.settle(session, filing.accession_number, fate)

    def give_back(self, job: Job) -> None:
        """Let others have a turn, and queue up again."""
        with self.taker.sessions() as session:
            jobs.release(session, job)
        self.messages.send(job.id, job.priority)

    def complete(self, job: Job, listed_at: dt.datetime) -> None:
        """Tell form4 how far the company has been read, then end the job.

        Raises: LeaseLost; grpc.RpcError.
        """
        refreshed_at = Timestamp()
        refreshed_at.FromDatetime(listed_at)
        self.taker.form4.SetCoverage(
            SetCoverageRequest(cik=job.cik, coverage_start=job.horizon.isoformat(), refreshed_at=refreshed_at)
        )
        with self.taker.sessions() as session:
            jobs.complete(session, job, f"Everything since {job.horizon} has been read.")

    def postpone(self, job: Job, error: EdgarError | grpc.RpcError) -> None:
        """Try again later, or fail when the job got nowhere for hours."""
        reason, said, wait = trouble(error)
        log.warning("job postponed", job_id=str(job.id), reason=reason, seconds=wait.total_seconds(), error=str(error))
        with self.taker.sessions() as session:
            if jobs.failing_for(session, job) > GIVE_UP:
                jobs.fail(session, job, reason, f"{said} It has been tried for hours.")
            else:
                jobs.postpone(session, job, wait, said)


async def gather_or_cancel(work: list[Coroutine[Any, Any, None]]) -> None:
    """Await all; after the first error cancel the rest and raise that error."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def trouble(error: EdgarError | grpc.RpcError) -> tuple[JobReason, str, dt.timedelta]:
    """Say what holds a job up, and how long to wait."""
    if isinstance(error, Throttled):
        wait = max(error.until - dt.datetime.now(dt.UTC), dt.timedelta(seconds=1))
        return JobReason.SEC_UNAVAILABLE, f"The SEC asked for a pause until {error.until:%H:%M:%S} UTC.", wait
    if isinstance(error, EdgarError):
        return JobReason.SEC_UNAVAILABLE, "The SEC did not answer as it should.", TRY_AGAIN
    return JobReason.DEPENDENCY_UNAVAILABLE, "form4 did not take the filings.", TRY_AGAIN
