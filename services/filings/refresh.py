"""Bring one company's ownership filings up to date, a chunk at a time.

A chunk: claim the job, read the SEC's list if that was not done yet, take the next filings newest first, count each;
then end the job, or let others have a turn. Every step may be repeated: documents are stored once, form4 ingests once,
and only the holder of the job's lease can write to it.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import grpc
from sqlalchemy.orm import Session

from services.chassis.faults import DATABASE_DOWN
from services.chassis.logs import get_logger
from services.filings.domain import Fate, Job, JobReason
from services.filings.edgar.errors import BudgetUnavailable, EdgarError, Forbidden, Throttled, UndeclaredUserAgent
from services.filings.list_company import Lister
from services.filings.messages import Messages
from services.filings.repository import filings, jobs
from services.filings.repository.filings import PendingFiling
from services.filings.repository.jobs import LeaseLost
from services.filings.take_filing import Taker

log = get_logger(__name__)

CHUNK = 25
"""Filings a turn: about three seconds of the SEC's budget."""
AT_ONCE = 4
"""Filings under way at the same time: enough to keep the budget's pace over answers of half a second."""
BEAT_SECONDS = 3.0
"""Five signs of life within a lease."""
TRY_AGAIN = dt.timedelta(seconds=20)
AFTER_REFUSAL = dt.timedelta(minutes=10)
MAX_TRIES = 3
"""A filing that could not be had so often, while the SEC and form4 answered otherwise, is given up for a day."""
GIVE_UP = dt.timedelta(hours=6)
"""A job that got nowhere for so long fails; it is asked for again by whoever still wants it."""


Refusal = EdgarError | grpc.RpcError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refresher:
    """Do the chunks of refreshes that messages name."""

    taker: Taker
    messages: Messages
    # Signs of life must not wait behind calls to a form4 that hangs.
    pulse: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="pulse"))

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
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.to_thread(self.lay_down, job))
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
                said = f"The job lost its worker {claim.losses} times and handled nothing."
                jobs.fail(session, claim.job, JobReason.WORKER_LOST, said)
                return None
            return claim.job

    async def beat(self, job: Job) -> None:
        """Give signs of life until cancelled; one that fails is made up for by the next, or the lease is lost."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(LeaseLost, *DATABASE_DOWN):
                await loop.run_in_executor(self.pulse, self.sign, job)

    def sign(self, job: Job) -> None:
        """Give one sign of life."""
        with self.taker.sessions() as session:
            jobs.beat(session, job)

    async def work(self, job: Job) -> None:
        """Do one chunk.

        Raises: LeaseLost; EdgarError or grpc.RpcError where the rest may succeed later.
        """
        if job.listed_at is None:
            job = await self.lister.read(job)
        chunk = await asyncio.to_thread(self.next_filings, job)
        places = asyncio.Semaphore(AT_ONCE)

        async def take(filing: PendingFiling) -> Refusal | None:
            """Take one filing when there is a place for it; return why not, where that may be its own fault."""
            async with places:
                try:
                    fate = await self.taker.take(job, filing)
                except (Throttled, BudgetUnavailable, UndeclaredUserAgent):
                    raise
                except (EdgarError, grpc.RpcError) as error:
                    return error
                await asyncio.to_thread(self.count, job, filing, fate)
                return None

        refusals = await gather_or_cancel([take(filing) for filing in chunk])
        refused = [(filing, refusal) for filing, refusal in zip(chunk, refusals, strict=True) if refusal]
        if refused:
            await self.try_again(job, refused, is_all=len(refused) == len(chunk))
        elif len(chunk) == CHUNK:
            await asyncio.to_thread(self.give_back, job)
        else:
            await asyncio.to_thread(self.complete, job)

    @property
    def lister(self) -> Lister:
        """Return what reads the SEC's lists with the same means."""
        return Lister(self.taker.sessions, self.taker.edgar)

    async def try_again(self, job: Job, refused: list[tuple[PendingFiling, Refusal]], *, is_all: bool) -> None:
        """Put filings off that cannot be had; after some tries one is given up, and holds up no job.

        Shape: a try counts only when the SEC gives something else and form4 answers, so an outage costs no filing.
        Raises: EdgarError or grpc.RpcError when they do not.
        """
        if is_all:
            job = await self.lister.read(job)
            await asyncio.to_thread(self.taker.ask_form4, job)
        await asyncio.to_thread(self.note_tries, job, refused)

    def note_tries(self, job: Job, refused: list[tuple[PendingFiling, Refusal]]) -> None:
        """Note a try of each filing, give up those that had enough, and come back later for the others."""
        with self.taker.sessions() as session:
            for filing, refusal in refused:
                log.warning("filing put off", accession_number=filing.accession_number, cause=told(refusal))
                if filings.tried(session, filing.accession_number) >= MAX_TRIES:
                    fate = Fate.MISSING if isinstance(refusal, EdgarError) else Fate.UNREADABLE
                    settle(session, job, filing, fate, for_now=True)
            jobs.postpone(session, job, TRY_AGAIN, "Some filings are tried again in a moment.")

    def next_filings(self, job: Job) -> list[PendingFiling]:
        """Return the filings of this chunk, newest first."""
        with self.taker.sessions() as session:
            return filings.pending(session, job.cik, job.horizon, job.created_at, CHUNK)

    def count(self, job: Job, filing: PendingFiling, fate: Fate) -> None:
        """Note in one transaction what has become of a filing, and that the job is one further."""
        with self.taker.sessions() as session:
            settle(session, job, filing, fate)

    def give_back(self, job: Job) -> None:
        """Let others have a turn, and queue up again."""
        with self.taker.sessions() as session:
            priority = jobs.release(session, job)
        self.messages.send(job.id, priority)

    def lay_down(self, job: Job) -> None:
        """Leave the job to another at once, because this worker is stopping.

        Shape: its message is the sweeper's to send: one sent from here may be taken by a thread beside this one, which
        is stopping too.
        """
        with contextlib.suppress(LeaseLost), self.taker.sessions() as session:
            jobs.lay_down(session, job)

    def complete(self, job: Job) -> None:
        """Tell form4 how far the company has been read, then end the job.

        Shape: somebody may have asked for more since the job was claimed; then it goes on.
        Raises: LeaseLost; grpc.RpcError.
        """
        since = job.covered_since or job.horizon
        self.taker.cover(job, since)
        said = f"Everything since {since} has been read."
        if since > job.horizon:
            said += " A page of the SEC's list is missing before that."
        with self.taker.sessions() as session:
            is_complete = jobs.complete(session, job, said)
        if not is_complete:
            self.give_back(job)

    def postpone(self, job: Job, error: Refusal) -> None:
        """Try again later, or fail when the job got nowhere for hours."""
        reason, said, wait = trouble(error)
        log.warning("job postponed", job_id=str(job.id), reason=reason, seconds=wait.total_seconds(), cause=told(error))
        with contextlib.suppress(LeaseLost), self.taker.sessions() as session:
            if jobs.failing_for(session, job) > GIVE_UP:
                jobs.fail(session, job, reason, f"{said} It has been tried for hours.")
            else:
                jobs.postpone(session, job, wait, said)

    def break_down(self, job: Job) -> None:
        """End a job that met a fault of our own; repeating it would meet the same."""
        with contextlib.suppress(LeaseLost), self.taker.sessions() as session:
            jobs.fail(session, job, JobReason.INTERNAL, "Something went wrong on our side.")


def settle(session: Session, job: Job, filing: PendingFiling, fate: Fate, *, for_now: bool = False) -> None:
    """Note what has become of a filing, at least for now, and that the job is one further."""
    said = f"Filing of {filing.filed_on} handled."
    jobs.count(session, job, said, missing=fate is Fate.MISSING, unreadable=fate is Fate.UNREADABLE)
    filings.settle(session, filing.accession_number, fate, for_now=for_now)


def told(error: Refusal) -> str:
    """Return what a log says of an error: a status code in place of gRPC's page of debugging."""
    return error.code().name if isinstance(error, grpc.Call) else f"{type(error).__name__}: {error}"


async def gather_or_cancel(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all and return what they return; after the first error cancel the rest and raise that error."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def trouble(error: Refusal) -> tuple[JobReason, str, dt.timedelta]:
    """Say what holds a job up, and how long to wait."""
    if isinstance(error, Throttled):
        wait = max(error.until - dt.datetime.now(dt.UTC), dt.timedelta(seconds=1))
        return JobReason.SEC_UNAVAILABLE, f"The SEC asked for a pause until {error.until:%H:%M:%S} UTC.", wait
    if isinstance(error, Forbidden | UndeclaredUserAgent):  # asking on would prolong whatever it is
        return JobReason.SEC_UNAVAILABLE, "The SEC refuses to answer.", AFTER_REFUSAL
    if isinstance(error, EdgarError):
        return JobReason.SEC_UNAVAILABLE, "The SEC did not answer as it should.", TRY_AGAIN
    return JobReason.DEPENDENCY_UNAVAILABLE, "form4 did not take the filings.", TRY_AGAIN
