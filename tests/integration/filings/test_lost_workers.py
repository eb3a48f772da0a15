"""Workers that are killed, stopped or cut off lose no job and double no row."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Callable
from uuid import UUID

import dramatiq
import pytest
from sqlalchemy.exc import OperationalError

from services.chassis.broker import new_broker
from services.filings import actors, refresh
from services.filings.domain import Job, Priority
from services.filings.edgar.client import EdgarClient
from services.filings.messages import QUEUES, Messages
from services.filings.refresh import Refresher
from services.filings.repository import jobs
from services.filings.repository.filings import PendingFiling
from services.filings.repository.jobs import LEASE
from services.filings.sweep import Sweeper
from services.filings.take_filing import Taker
from tests.integration.filings.house import PALANTIR, SNOWFLAKE, House, Queue

STOP_WITHIN_MS = 5_000


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something has become true."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.02)


def silence(house: House) -> None:
    """Let the last sign of life be longer ago than a lease."""
    house.change("UPDATE jobs SET heartbeat_at = now() - %s WHERE lease IS NOT NULL", LEASE + dt.timedelta(seconds=1))


async def kill(house: House, job_id: UUID, last_words: str) -> None:
    """Do a part of a job and vanish as `kill -9` does: nothing is given back, counted or noted afterwards."""
    with house.sessions() as session:
        claim = jobs.claim(session, job_id)
    assert claim is not None
    job = claim.job
    async with house.worker() as worker:
        job_listed = await worker.lister.read(job)
        assert job_listed
        [first, second, *_] = worker.next_filings(job)
        if last_words == "listed":
            return
        body = await worker.taker.submission(job, first)
        if last_words == "stored":
            return
        worker.taker.hand_over(first, body)
        if last_words == "ingested":
            return
        worker.count(job, first, await worker.taker.take(job, first))
        await worker.taker.submission(job, second)


@pytest.mark.parametrize("last_words", ["listed", "stored", "ingested", "counted"])
async def test_a_killed_worker_leaves_the_same_figures(house: House, last_words: str) -> None:
    """Wherever a worker is killed the next one ends the job, with each document stored and each line there once."""
    await house.work(house.ask(SNOWFLAKE))
    expected = house.lines()
    house.forget()
    job_id = house.ask(SNOWFLAKE)
    await kill(house, job_id, last_words)
    silence(house)
    with house.sessions() as session:
        assert [due.id for due in jobs.sweep(session, 10)] == [job_id]
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["total"]) == ("complete", 3, 3)
    assert house.lines() == expected
    assert len(house.rows("SELECT FROM documents")) == 3
    assert set(house.fates().values()) == {"ingested"}


async def test_a_cancelled_worker_gives_the_job_back_at_once(house: House) -> None:
    """A worker that is told to stop in the middle frees the job: nobody waits for the lease, the sweeper sends it."""
    house.edgar.control(".txt", "slow", seconds=30, times=None)
    job_id = house.ask(PALANTIR, Priority.BACKGROUND)
    async with house.worker() as worker:
        task = asyncio.create_task(worker.run(job_id))
        await until(lambda: bool(house.fetched()))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert task.cancelled()
    job = house.job(job_id)
    assert (job["status"], job["lease"], job["losses"]) == ("processing", None, 0)
    Sweeper(house.sessions, house.messages, house.settings()).sweep()
    assert house.queued(Priority.BACKGROUND) == [job_id]
    house.edgar.reset()
    await house.work(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["losses"]) == ("complete", 0)


async def test_a_worker_that_lost_its_lease_stops(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was thought dead writes nothing when it comes back; its successor's figures stand."""
    take = Taker.take
    stolen: list[Job] = []

    async def take_late(taker: Taker, job: Job, filing: PendingFiling) -> object:
        """Take a filing after the lease was lost."""
        if not stolen:
            silence(house)
            with house.sessions() as session:
                claim = jobs.claim(session, job.id)
                assert claim is not None
                stolen.append(claim.job)
        return await take(taker, job, filing)

    monkeypatch.setattr(Taker, "take", take_late)
    job_id = house.ask(SNOWFLAKE)
    async with house.worker() as worker:
        await worker.run(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["lease"]) == ("processing", 0, stolen[0].lease)
    assert set(house.fates().values()) == {"listed"}
    silence(house)
    await house.work(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["done"]) == ("complete", 3)


async def test_signs_of_life_are_given_while_the_sec_is_slow(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits for an answer keeps its lease, also when one sign fails; afterwards nobody beats on."""
    monkeypatch.setattr(refresh, "BEAT_SECONDS", 0.05)
    signs: list[float] = []
    sign = Refresher.sign

    def note(worker: Refresher, job: Job) -> None:
        """Note a sign of life."""
        signs.append(time.monotonic())
        if len(signs) == 2:
            raise OperationalError("SELECT", {}, Exception("the database blinked"))
        sign(worker, job)

    monkeypatch.setattr(Refresher, "sign", note)
    house.edgar.control(".txt", "slow", seconds=0.6, times=1)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"
    assert len(signs) >= 4
    count = len(signs)
    await asyncio.sleep(0.2)
    assert len(signs) == count


async def test_a_database_that_goes_away_costs_a_lease_not_the_job(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the worker cannot write, it stops; the job is taken up again as soon as its lease is over."""
    job_id = house.ask(SNOWFLAKE)

    def away(*_: object) -> None:
        """Be a database that went away."""
        raise OperationalError("UPDATE", {}, Exception("terminating connection"))

    async with house.worker() as worker:
        with monkeypatch.context() as broken:
            broken.setattr(Refresher, "count", away)
            with pytest.raises(OperationalError):
                await worker.run(job_id)
        assert house.job(job_id)["lease"] is not None
        silence(house)
        await worker.run(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"]) == ("complete", 3)


class Working:
    """A Dramatiq worker in this process, wired as `python -m services.filings work` is."""

    def __init__(self, house: House) -> None:
        self.broker = new_broker(Queue(house.valkey.queue_url), "filings")
        taker = Taker(house.sessions, EdgarClient(house.settings()), house.form4)
        actors.declare(self.broker, Refresher(taker, Messages(self.broker)))
        self.worker = dramatiq.Worker(self.broker, queues=set(QUEUES.values()), worker_threads=2, worker_timeout=50)
        self.worker.queue_prefetch = 1

    def __enter__(self) -> None:
        """Begin to work."""
        self.worker.start()

    def __exit__(self, *_: object) -> None:
        """Stop as SIGTERM does."""
        self.worker.stop(timeout=STOP_WITHIN_MS)
        self.broker.close()
        self.broker.client.close()


@pytest.mark.parametrize("priority", Priority)
def test_messages_of_both_queues_are_worked_at(house: House, priority: Priority) -> None:
    """A job that was queued and whose message was sent is done by whoever takes it from its queue."""
    job_id = house.ask(SNOWFLAKE, priority)
    with Working(house):
        house.messages.send(job_id, priority)
        wait_for(lambda: house.job(job_id)["status"] == "complete")
    assert house.coverage().keys() == {SNOWFLAKE}
    assert house.queued(priority) == []


def test_a_worker_that_is_stopped_gives_its_job_back(house: House) -> None:
    """SIGTERM interrupts a job at once and leaves it free, also for the threads beside; the next worker ends it."""
    house.edgar.control(".txt", "slow", seconds=60, times=None)
    job_id = house.ask(SNOWFLAKE)
    with Working(house):
        house.messages.send(job_id, Priority.USER)
        wait_for(lambda: bool(house.fetched()))
        began = time.monotonic()
    assert time.monotonic() - began < STOP_WITHIN_MS / 1000
    job = house.job(job_id)
    assert (job["status"], job["lease"], job["losses"], job["done"]) == ("processing", None, 0, 0)
    house.edgar.reset()
    Sweeper(house.sessions, house.messages, house.settings()).sweep()
    with Working(house):
        wait_for(lambda: house.job(job_id)["status"] == "complete")
    assert house.job(job_id)["losses"] == 0


def test_a_message_for_nothing_is_harmless(house: House) -> None:
    """A message for a job that ended, is held or never was is dropped, and the worker goes on."""
    ended = house.ask(PALANTIR)
    house.change(
        "UPDATE jobs SET status = 'failed', error_reason = 'INTERNAL', completed_at = now() WHERE id = %s", ended
    )
    job_id = house.ask(SNOWFLAKE)
    with Working(house):
        for one in (ended, UUID(int=0), job_id, job_id):
            house.messages.send(one, Priority.USER)
        wait_for(lambda: house.job(job_id)["status"] == "complete")
        wait_for(lambda: house.queued(Priority.USER) == [])
    assert house.job(ended)["status"] == "failed"
    assert len(house.fetched("/submissions/")) == 1


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something has become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
