"""Who holds a job may write to it, and nobody else; what nobody holds is sent again."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from redis.exceptions import ConnectionError as QueueAway
from sqlalchemy.orm import Session

from services.filings.domain import Fate, Job, JobReason, Priority
from services.filings.repository import jobs
from services.filings.repository.jobs import LEASE, MAX_LOSSES, PICK_UP, LeaseLost
from services.filings.sweep import MOST, Sweeper
from tests.integration.filings.house import PALANTIR, SNOWFLAKE, House

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def claim(house: House, job_id: UUID) -> Job | None:
    """Try to claim a job."""
    with house.sessions() as session:
        found = jobs.claim(session, job_id)
    return found.job if found else None


def claimed(house: House, job_id: UUID) -> Job:
    """Claim a job that can be claimed."""
    job = claim(house, job_id)
    assert job is not None
    return job


def silence(house: House, by: dt.timedelta = dt.timedelta(seconds=1)) -> None:
    """Let a worker's last sign of life be longer ago than a lease, by so much."""
    house.change("UPDATE jobs SET heartbeat_at = now() - %s WHERE lease IS NOT NULL", LEASE + by)


def sweep(house: House) -> list[UUID]:
    """Do one round of a sweeper and return the jobs that it sent messages for."""
    before = {priority: house.queued(priority) for priority in Priority}
    Sweeper(house.sessions, house.messages, house.settings()).sweep()
    return [job for priority in Priority for job in house.queued(priority)[len(before[priority]) :]]


def test_a_claim_begins_the_work(house: House) -> None:
    """A claimed job is processing, held, and knows what its worker has to know."""
    job_id = house.ask(SNOWFLAKE, Priority.BACKGROUND)
    job = claimed(house, job_id)
    row = house.job(job_id)
    assert (row["status"], row["lease"], row["enqueued_at"], row["losses"]) == ("processing", job.lease, None, 0)
    assert row["started_at"] == row["heartbeat_at"]
    assert (job.id, job.cik, job.priority, job.listed_at) == (job_id, SNOWFLAKE, Priority.BACKGROUND, None)
    assert (job.horizon, job.created_at) == (row["horizon"], row["created_at"])


def test_of_workers_at_one_moment_one_claims(house: House) -> None:
    """However many workers get the same message, one has the job."""
    for cik in (PALANTIR, SNOWFLAKE):
        job_id = house.ask(cik)
        start = Barrier(6)

        def try_it(_: int, job_id: UUID = job_id, start: Barrier = start) -> Job | None:
            start.wait()
            return claim(house, job_id)

        with ThreadPoolExecutor(6) as pool:
            holders = [job for job in pool.map(try_it, range(6)) if job]
        assert [job.lease for job in holders] == [house.job(job_id)["lease"]]


def test_what_cannot_be_claimed(house: House) -> None:
    """A job that is held, not due, or ended, and one that does not exist, is nobody's."""
    held = house.ask(PALANTIR)
    claimed(house, held)
    assert claim(house, held) is None
    later = house.ask(SNOWFLAKE)
    house.change("UPDATE jobs SET due_at = now() + interval '1 minute' WHERE id = %s", later)
    assert claim(house, later) is None
    house.change("UPDATE jobs SET due_at = now() WHERE id = %s", later)
    job = claimed(house, later)
    with house.sessions() as session:
        jobs.complete(session, job, "Done.")
    assert claim(house, later) is None
    assert claim(house, UUID(int=0)) is None


def test_a_lost_worker_is_followed_by_another(house: House) -> None:
    """Who gave no sign for the length of a lease loses the job, and the loss is counted; before that he keeps it."""
    job_id = house.ask(SNOWFLAKE)
    first = claimed(house, job_id)
    silence(house, dt.timedelta(seconds=-5))
    assert claim(house, job_id) is None
    silence(house)
    second = claimed(house, job_id)
    assert second.lease != first.lease
    row = house.job(job_id)
    assert (row["lease"], row["losses"]) == (second.lease, 1)


def test_signs_of_life_keep_the_lease(house: House) -> None:
    """A sign of life, and every counted filing, makes the lease new."""
    job_id = house.ask(SNOWFLAKE)
    job = claimed(house, job_id)
    with house.sessions() as session:
        jobs.listed(session, job, NOW, job.horizon, 3)
    for sign in (jobs.beat, lambda session, held: jobs.count(session, held, "One.")):
        silence(house)
        with house.sessions() as session:
            sign(session, job)
        assert claim(house, job_id) is None


WRITES: dict[str, Callable[[Session, Job], object]] = {
    "beat": jobs.beat,
    "listed": lambda session, job: jobs.listed(session, job, NOW, job.horizon, 5),
    "count": lambda session, job: jobs.count(session, job, "One."),
    "count missing": lambda session, job: jobs.count(session, job, "One.", missing=True),
    "release": jobs.release,
    "lay down": jobs.lay_down,
    "postpone": lambda session, job: jobs.postpone(session, job, dt.timedelta(minutes=1), "Later."),
    "complete": lambda session, job: jobs.complete(session, job, "Done."),
    "fail": lambda session, job: jobs.fail(session, job, JobReason.INTERNAL, "Broken."),
}


def test_an_old_holder_writes_nothing(house: House) -> None:
    """A worker whose lease another has is told so by whatever it writes, and the job is as it was."""
    job_id = house.ask(SNOWFLAKE)
    old = claimed(house, job_id)
    silence(house)
    claimed(house, job_id)
    before = house.job(job_id)
    for write in WRITES.values():
        with pytest.raises(LeaseLost), house.sessions() as session:
            write(session, old)
        assert house.job(job_id) == before


@pytest.mark.parametrize("end", ["complete", "fail"])
def test_nobody_writes_to_an_ended_job(house: House, end: str) -> None:
    """After the end the holder's own lease is void."""
    job_id = house.ask(SNOWFLAKE)
    job = claimed(house, job_id)
    with house.sessions() as session:
        WRITES[end](session, job)
    before = house.job(job_id)
    for write in WRITES.values():
        with pytest.raises(LeaseLost), house.sessions() as session:
            write(session, job)
        assert house.job(job_id) == before


async def test_a_filing_is_settled_only_with_its_count(house: House) -> None:
    """An old holder that handled a filing leaves neither count nor fate: both are one transaction."""
    job_id = house.ask(SNOWFLAKE)
    old = claimed(house, job_id)
    async with house.worker() as worker:
        await worker.lister.read(old)
        silence(house)
        claimed(house, job_id)
        [filing, *_] = worker.next_filings(old)
        with pytest.raises(LeaseLost):
            worker.count(old, filing, Fate.INGESTED)
    assert set(house.fates().values()) == {"listed"}
    assert house.job(job_id)["done"] == 0


async def test_a_job_that_loses_every_worker_is_given_up(house: House) -> None:
    """What kills its workers again and again fails with that reason; with one loss less it is still worked at."""
    for losses, cik, status in ((MAX_LOSSES - 1, PALANTIR, "complete"), (MAX_LOSSES, SNOWFLAKE, "failed")):
        job_id = house.ask(cik)
        claimed(house, job_id)
        silence(house)
        house.change("UPDATE jobs SET losses = %s WHERE id = %s", losses, job_id)
        await house.work(job_id)
        job = house.job(job_id)
        assert (job["status"], job["losses"]) == (status, 0 if status == "complete" else losses + 1)
        assert job["error_reason"] == ("WORKER_LOST" if status == "failed" else None)


SENT = "UPDATE jobs SET sends = 0, enqueued_at = now() + %s::interval"
UNSENT: dict[str, tuple[str, dt.timedelta | None, bool]] = {
    "never sent": (SENT, None, True),
    "not picked up": (SENT, -PICK_UP - dt.timedelta(seconds=1), True),
    "just sent": (SENT, dt.timedelta(seconds=5) - PICK_UP, False),
    "not due": ("UPDATE jobs SET enqueued_at = NULL, due_at = now() + %s", dt.timedelta(seconds=5), False),
}


@pytest.mark.parametrize("priority", Priority)
def test_the_sweeper_sends_what_waits(house: House, priority: Priority) -> None:
    """A message goes out for each job that waits for one, to the queue of its class, and not again at once."""
    job_id = house.ask(SNOWFLAKE, priority)
    for state, (change, since, is_sent) in UNSENT.items():
        house.change(change, since)
        assert sweep(house) == ([job_id] if is_sent else []), state
        assert sweep(house) == []
    assert house.queued(priority) == [job_id] * 2


def test_messages_become_rarer(house: House) -> None:
    """Each message that nobody picks up waits twice as long as the one before, until a worker takes the job."""
    job_id = house.ask(SNOWFLAKE)
    for patience in (PICK_UP, 2 * PICK_UP, 4 * PICK_UP):
        house.change("UPDATE jobs SET enqueued_at = now() - %s", patience - dt.timedelta(seconds=5))
        assert sweep(house) == []
        house.change("UPDATE jobs SET enqueued_at = now() - %s", patience + dt.timedelta(seconds=1))
        assert sweep(house) == [job_id]
    claimed(house, job_id)
    assert house.job(job_id)["sends"] == 0


def test_the_sweeper_sends_what_lost_its_worker(house: House) -> None:
    """A held job is left alone, a lost one is sent, and an ended one never again."""
    job_id = house.ask(SNOWFLAKE)
    claimed(house, job_id)
    assert sweep(house) == []
    silence(house)
    assert sweep(house) == [job_id]
    job = claimed(house, job_id)
    with house.sessions() as session:
        jobs.fail(session, job, JobReason.INTERNAL, "Broken.")
    assert sweep(house) == []


def test_a_postponed_job_is_sent_when_it_is_due(house: House) -> None:
    """A job that was put off has no message until then."""
    job_id = house.ask(SNOWFLAKE)
    job = claimed(house, job_id)
    with house.sessions() as session:
        jobs.postpone(session, job, dt.timedelta(minutes=10), "Later.")
    assert sweep(house) == []
    house.change("UPDATE jobs SET due_at = now()")
    assert sweep(house) == [job_id]


def test_sweepers_share_the_work(house: House) -> None:
    """Several sweepers at one moment send one message a job."""
    ids = {house.ask(f"{number:010}") for number in range(1, 41)}
    house.change("UPDATE jobs SET enqueued_at = NULL")
    sweeper = Sweeper(house.sessions, house.messages, house.settings())
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(sweeper.sweep) for _ in range(4)]:
            done.result()
    sent = house.queued(Priority.USER)
    assert len(sent) == len(ids)
    assert set(sent) == ids


def test_a_round_is_bounded(house: House) -> None:
    """A round takes so many jobs, those that are due longest first; the next round takes the others."""
    house.change(
        "INSERT INTO jobs (kind, priority, cik, horizon, due_at)"
        " SELECT 'refresh_form4', 'user', to_char(n, 'FM0000000000'), '2024-01-01', now() - n * interval '1 second'"
        " FROM generate_series(1, %s) n",
        MOST + 10,
    )
    newest = {row["id"] for row in house.rows("SELECT id FROM jobs ORDER BY due_at DESC LIMIT 10")}
    first = sweep(house)
    assert len(first) == MOST
    assert not newest & set(first)
    assert set(sweep(house)) == newest


def test_a_sweeper_without_a_queue_tries_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that cannot be sent is sent by a later round, when its time to be picked up is over."""
    job_id = house.ask(SNOWFLAKE)
    house.change("UPDATE jobs SET enqueued_at = NULL")
    with monkeypatch.context() as away:
        away.setattr(house.broker, "enqueue", refuse)
        Sweeper(house.sessions, house.messages, house.settings()).sweep()
    assert sweep(house) == []
    house.change("UPDATE jobs SET enqueued_at = enqueued_at - %s", 2 * PICK_UP + dt.timedelta(seconds=1))
    assert sweep(house) == [job_id]


def refuse(*_: object) -> None:
    """Fail as the queue does when it is away."""
    raise QueueAway
