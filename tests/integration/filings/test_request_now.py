"""A refresh that somebody waits for takes over the one that is there, and makes it as deep as is wanted."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.filings import refresh
from services.filings.domain import Fate, Job, Priority
from services.filings.edgar.client import Document, EdgarClient
from services.filings.edgar.urls import Resource
from services.filings.messages import Messages
from services.filings.repository.filings import PendingFiling
from services.filings.request_refresh import request_now
from services.filings.sweep import Sweeper
from services.filings.take_filing import Taker
from tests.edgar.catalog import catalog_of_facts
from tests.integration.filings.house import EVER, PALANTIR, SNOWFLAKE, TESLA, House

CATALOG = catalog_of_facts()
RECENTLY = dt.date(2023, 1, 1)


def now(house: House, cik: str, since: dt.date) -> None:
    """Ask for a company as somebody does who waits for it."""
    request_now(house.sessions, house.messages, cik, since)


def filed(cik: str, since: dt.date = EVER) -> list[str]:
    """Return the ownership filings of a company since a day."""
    return [filing.accession for filing in CATALOG.by_cik[cik] if filing.filed >= since]


def test_without_a_job_one_is_queued(house: House) -> None:
    """A company without an unfinished refresh gets a job of the user's, and its message goes to the users' queue."""
    job_id = request_now(house.sessions, house.messages, SNOWFLAKE, EVER)
    job = house.job(job_id)
    assert (job["status"], job["priority"], job["horizon"], job["cik"]) == ("queued", "user", EVER, SNOWFLAKE)
    assert house.queued(Priority.USER) == [job_id]


def test_a_waiting_background_job_becomes_the_users(house: House) -> None:
    """The job that readers caused goes before the others, as deep as is wanted; there is no second one."""
    waiting = house.ask(SNOWFLAKE, Priority.BACKGROUND, RECENTLY)
    assert request_now(house.sessions, house.messages, SNOWFLAKE, EVER) == waiting
    job = house.job(waiting)
    assert (job["priority"], job["horizon"], job["status"]) == ("user", EVER, "queued")
    assert house.queued(Priority.USER) == [waiting]
    assert len(house.rows("SELECT FROM jobs")) == 1


def test_an_ended_job_is_followed_by_a_new_one(house: House) -> None:
    """What has ended stays as it is."""
    ended = house.ask(SNOWFLAKE)
    house.change("UPDATE jobs SET status = 'failed', error_reason = 'INTERNAL', completed_at = now()")
    assert request_now(house.sessions, house.messages, SNOWFLAKE, EVER) != ended
    assert house.job(ended)["status"] == "failed"


def test_many_at_once_share_one_job(house: House) -> None:
    """Everybody who asks at one moment waits for the same job."""
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: request_now(house.sessions, house.messages, SNOWFLAKE, EVER), range(6)))
    assert len(ids) == len(house.rows("SELECT FROM jobs")) == 1


@pytest.mark.parametrize("wanted", [RECENTLY, dt.date(2024, 1, 1)])
async def test_a_job_that_is_deep_enough_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch, wanted: dt.date
) -> None:
    """Who wants no more than is on its way changes nothing but for whom it works: the list is not read again."""
    monkeypatch.setattr(refresh, "CHUNK", 1)
    job_id = house.ask(TESLA, Priority.BACKGROUND, RECENTLY)
    async with house.worker() as worker:
        await worker.run(job_id)
    before = house.job(job_id)
    now(house, TESLA, wanted)
    after = house.job(job_id)
    assert (after["horizon"], after["listed_at"]) == (RECENTLY, before["listed_at"])
    assert after["priority"] == "user"
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"
    assert house.coverage() == {TESLA: RECENTLY}
    assert len(house.fetched("/submissions/")) == 1


async def check_deepened(house: House, cik: str) -> None:
    """Work at a job that was deepened, and see that it reached what was wanted."""
    [row] = house.rows("SELECT id FROM jobs")
    await house.work(row["id"])
    job = house.job(row["id"])
    assert (job["status"], job["horizon"], job["done"]) == ("complete", EVER, job["total"])
    assert house.fates() == dict.fromkeys(filed(cik), "ingested")
    assert house.coverage() == {cik: EVER}
    assert sorted(house.fetched()) == sorted(set(house.fetched())), "nothing is fetched twice"


async def test_a_job_between_chunks_is_deepened(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that waits for its next turn is listed anew, back to what is wanted."""
    monkeypatch.setattr(refresh, "CHUNK", 2)
    newest = CATALOG.by_cik[PALANTIR][3].filed
    job_id = house.ask(PALANTIR, Priority.BACKGROUND, newest)
    async with house.worker() as worker:
        await worker.run(job_id)
    now(house, PALANTIR, EVER)
    assert house.job(job_id)["listed_at"] is None
    await check_deepened(house, PALANTIR)


async def test_a_job_in_its_last_chunk_is_deepened(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants more while the last filings are read gets it: the job goes on, in the queue of the users."""
    newest = CATALOG.by_cik[PALANTIR][3].filed
    once(monkeypatch, lambda: now(house, PALANTIR, EVER))
    job_id = house.ask(PALANTIR, Priority.BACKGROUND, newest)
    async with house.worker() as worker:
        await worker.run(job_id)
    job = house.job(job_id)
    assert (job["status"], job["lease"], job["listed_at"]) == ("processing", None, None)
    assert house.queued(Priority.USER)[-1] == job_id
    assert house.queued(Priority.BACKGROUND) == []
    await check_deepened(house, PALANTIR)


async def test_a_job_in_its_last_chunk_is_listed_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks now is not given a list of long ago: the job that was about to end reads it again."""

    def ask_late() -> None:
        house.change("UPDATE jobs SET listed_at = listed_at - interval '1 hour'")
        now(house, SNOWFLAKE, EVER)

    once(monkeypatch, ask_late)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"
    assert len(house.fetched("/submissions/")) == 2


def test_a_job_that_nobody_took_for_long_is_sent_again_soon(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages of a job that nobody takes become rare; somebody who waits for it, and whose own was lost, is not."""
    job_id = house.ask(SNOWFLAKE, Priority.BACKGROUND)
    house.change("UPDATE jobs SET sends = 7, enqueued_at = now() - interval '1 minute'")
    with monkeypatch.context() as patched:
        patched.setattr(Messages, "send", lambda *_: None)
        now(house, SNOWFLAKE, EVER)
    Sweeper(house.sessions, house.messages, house.settings()).sweep()
    assert house.queued(Priority.USER) == [job_id]


async def test_a_job_whose_list_is_being_read_is_deepened(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants more while the list is read gets it: a list that was read for less is not taken for the whole."""
    get = EdgarClient.get
    asked: list[str] = []

    async def get_late(client: EdgarClient, resource: Resource, priority: Priority) -> Document:
        """Give a list that somebody was faster than."""
        document = await get(client, resource, priority)
        if not asked:
            asked.append(resource.url)
            now(house, TESLA, EVER)
        return document

    monkeypatch.setattr(EdgarClient, "get", get_late)
    job_id = house.ask(TESLA, Priority.BACKGROUND, RECENTLY)
    async with house.worker() as worker:
        await worker.run(job_id)
    assert house.job(job_id)["listed_at"] is None
    await check_deepened(house, TESLA)
    assert len(house.fetched("submissions-")) == 1


def once(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do something before the first filing is taken."""
    take = Taker.take
    acted: list[Job] = []

    async def take_late(taker: Taker, job: Job, filing: PendingFiling) -> Fate:
        """Take a filing after the first time acted."""
        if not acted:
            acted.append(job)
            act()
        return await take(taker, job, filing)

    monkeypatch.setattr(Taker, "take", take_late)
