"""Bring one company's ownership filings up to date, a chunk at a time.

A chunk: claim the job, read the SEC's list if that was not done yet, take the next filings newest first, count each;
then end the job, or let others have a turn. Every step may be repeated: documents are stored once, form4 ingests once,
and only the holder of the job's lease can write to it.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.ownership_service_pb2 import SetCoverageRequest

from services.chassis.faults import DATABASE_DOWN
from services.chassis.logs import get_logger
from services.filings.domain import OWNERSHIP_FORMS, Fate, Job, JobReason
from services.filings.edgar.errors import BudgetUnavailable, EdgarError, NotFound, Throttled, Unavailable
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
MAX_TRIES = 3
"""A filing that could not be had so often, while the SEC answered otherwise, counts as missing."""
GIVE_UP = dt.timedelta(hours=6)
"""A job that got nowhere for so long fails; it is asked for again by whoever still wants it."""


T = TypeVar("T")


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
        except DATABASE_DOWN:  # the database is away: the lease runs out, and another worker goes on
            raise
        except asyncio.CancelledError:  # the worker is stopping: give the job to another at once
            with contextlib.suppress(LeaseLost):
                await asyncio.shield(asyncio.to_thread(self.give_back, job))
            raise
        except Exception:
            log.exception("job broken", job_id=str(job.id))
            await asyncio.to_thread(self.break_down, job)
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
        """Give signs of life until cancelled; one that fails is made up for by the next, or the lease is lost."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(LeaseLost, *DATABASE_DOWN):
                await asyncio.to_thread(self.sign, job)

    def sign(self, job: Job) -> None:
        """Give one sign of life."""
        with self.taker.sessions() as session:
            jobs.beat(session, job)

    def break_down(self, job: Job) -> None:
        """End a job that met a fault of our own; repeating it would meet the same."""
        with contextlib.suppress(LeaseLost), self.taker.sessions() as session:
            jobs.fail(session, job, JobReason.INTERNAL, "Something went wrong on our side.")

    async def work(self, job: Job) -> None:
        """Do one chunk.

        Raises: LeaseLost; EdgarError or grpc.RpcError where the rest may succeed later.
        """
        listed_at = job.listed_at or await self.read_list(job)
        chunk = await asyncio.to_thread(self.next_filings, job)
        places = asyncio.Semaphore(AT_ONCE)

        async def take(filing: PendingFiling) -> Unavailable | None:
            """Take one filing when there is a place for it; return why it alone cannot be had."""
            async with places:
                try:
                    fate = await self.taker.take(job, filing)
                except BudgetUnavailable:
                    raise
                except Unavailable as error:
                    return error
                await asyncio.to_thread(self.count, job, filing, fate)
                return None

        failures = await gather_or_cancel([take(filing) for filing in chunk])
        failed = [filing for filing, failure in zip(chunk, failures, strict=True) if failure]
        if failed:
            await self.try_again(job, failed, is_all=len(failed) == len(chunk))
        elif len(chunk) == CHUNK:
            await asyncio.to_thread(self.give_back, job)
        else:
            await asyncio.to_thread(self.complete, job, listed_at)

    async def try_again(self, job: Job, failed: list[PendingFiling], *, is_all: bool) -> None:
        """Put filings off that the SEC could not give; after some tries one counts as missing, and holds up no job.

        Shape: a try counts only when the SEC answers something else, so that an outage costs no filing.
        Raises: EdgarError when it answers nothing.
        """
        if is_all:
            await self.read_list(job)
        await asyncio.to_thread(self.note_tries, job, failed)

    def note_tries(self, job: Job, failed: list[PendingFiling]) -> None:
        """Note a try of each filing, give up those that had enough, and come back later for the others."""
        with self.taker.sessions() as session:
            for filing in failed:
                if filings.tried(session, filing.accession_number) >= MAX_TRIES:
                    jobs.count(session, job, f"Filing of {filing.filed_on} cannot be had.", missing=True)
                    filings.settle(session, filing.accession_number, Fate.MISSING)
            jobs.postpone(session, job, TRY_AGAIN, "Some filings are tried again in a moment.")

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
            priority = jobs.release(session, job)
        self.messages.send(job.id, priority)

    def complete(self, job: Job, listed_at: dt.datetime) -> None:
        """Tell form4 how far the company has been read, then end the job.

        Shape: somebody may have asked for more since the job was claimed; then it goes on.
        Raises: LeaseLost; grpc.RpcError.
        """
        refreshed_at = Timestamp()
        refreshed_at.FromDatetime(listed_at)
        self.taker.form4.SetCoverage(
            SetCoverageRequest(cik=job.cik, coverage_start=job.horizon.isoformat(), refreshed_at=refreshed_at)
        )
        with self.taker.sessions() as session:
            is_complete = jobs.complete(session, job, f"Everything since {job.horizon} has been read.")
        if not is_complete:
            self.give_back(job)

    def postpone(self, job: Job, error: EdgarError | grpc.RpcError) -> None:
        """Try again later, or fail when the job got nowhere for hours."""
        reason, said, wait = trouble(error)
        log.warning("job postponed", job_id=str(job.id), reason=reason, seconds=wait.total_seconds(), error=str(error))
        with self.taker.sessions() as session:
            if jobs.failing_for(session, job) > GIVE_UP:
                jobs.fail(session, job, reason, f"{said} It has been tried for hours.")
            else:
                jobs.postpone(session, job, wait, said)


async def gather_or_cancel(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all and return what they return; after the first error cancel the rest and raise that error."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
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
