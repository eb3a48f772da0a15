"""A refresh from the SEC's list to form4's lines: what is counted, what is passed over, what is put off."""

import asyncio
import datetime as dt
import math
from dataclasses import replace

import pytest
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis import client
from services.filings import refresh
from services.filings.domain import Priority
from services.filings.refresh import GIVE_UP
from tests.edgar.catalog import catalog_of_facts
from tests.factories.ownership import document, transaction
from tests.integration.filings.house import EVER, OWNERSHIP, PALANTIR, SNOWFLAKE, TESLA, House
from tests.support.identity import ISSUER

CATALOG = catalog_of_facts()


def filed(cik: str) -> list[str]:
    """Return the ownership filings of a company in the small EDGAR, newest first."""
    return [filing.accession for filing in CATALOG.by_cik[cik]]


async def test_a_company_is_brought_up_to_date(house: House) -> None:
    """Every listed filing is fetched once, newest first, stored, and given to form4, which then knows how far."""
    job_id = house.ask(PALANTIR)
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["total"], job["done"], job["missing"], job["unreadable"]) == ("complete", 9, 9, 0, 0)
    assert (job["lease"], job["losses"], job["error_reason"]) == (None, 0, None)
    assert job["created_at"] <= job["started_at"] <= job["listed_at"] <= job["completed_at"]
    assert house.fates() == dict.fromkeys(filed(PALANTIR), "ingested")
    assert {line["accession_number"] for line in house.lines()} <= set(filed(PALANTIR))
    assert {line["issuer_cik"] for line in house.lines()} == {PALANTIR}
    assert house.coverage() == {PALANTIR: EVER}
    fetched = [path.rpartition("/")[2].removesuffix(".txt") for path in house.fetched()]
    assert sorted(fetched) == sorted(filed(PALANTIR))
    assert fetched[0] in filed(PALANTIR)[: refresh.AT_ONCE]


async def test_lines_know_the_acceptance_time_of_the_submission(house: House) -> None:
    """The header of the submission says when it was accepted, to the second, and so does every line."""
    await house.work(house.ask(PALANTIR))
    accepted = {filing.accession: filing.accepted for filing in CATALOG.by_cik[PALANTIR]}
    for line in house.lines():
        assert line["accepted_at"] == line["known_at"] == accepted[line["accession_number"]]
    sources = house.rows("SELECT DISTINCT acceptance_source FROM ownership_filings", role="form4_serve")
    assert sources == [{"acceptance_source": "header"}]


async def test_documents_are_kept_and_read_back_without_the_sec(house: House) -> None:
    """Raw submissions are stored once each; when a filing is to be read again nobody asks the SEC for it."""
    await house.work(house.ask(SNOWFLAKE))
    kept = house.rows("SELECT accession_number, size, octet_length(content) AS stored, url FROM documents")
    assert sorted(row["accession_number"] for row in kept) == sorted(filed(SNOWFLAKE))
    assert all(row["stored"] < row["size"] for row in kept)
    house.change("UPDATE filings SET fate = 'listed'")
    before = house.fetched()
    await house.work(house.ask(SNOWFLAKE))
    assert house.fetched() == before
    assert len(house.rows("SELECT FROM documents")) == 3


async def test_a_second_refresh_fetches_the_list_alone(house: House) -> None:
    """What is there already is neither fetched nor counted again."""
    await house.work(house.ask(PALANTIR))
    lines = house.lines()
    house.edgar.reset()
    job_id = house.ask(PALANTIR)
    await house.work(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["total"]) == ("complete", 0)
    assert [path for path in house.fetched("/") if "submissions" not in path] == []
    assert house.lines() == lines


async def test_nothing_before_the_horizon_is_read(house: House) -> None:
    """Older filings are neither listed nor fetched, and form4 is told how far it goes."""
    newest = CATALOG.by_cik[PALANTIR][2]
    horizon = newest.filed
    wanted = [filing.accession for filing in CATALOG.by_cik[PALANTIR] if filing.filed >= horizon]
    await house.work(house.ask(PALANTIR, horizon=horizon))
    assert sorted(house.fates()) == sorted(wanted)
    assert house.coverage() == {PALANTIR: horizon}


async def test_older_pages_of_the_list_are_read(house: House) -> None:
    """A company whose filings do not fit on one page is read to the end, a chunk at a time."""
    job_id = house.ask(TESLA)
    await house.work(job_id)
    assert len(filed(TESLA)) == 32
    assert house.job(job_id)["done"] == 32
    assert house.fates() == dict.fromkeys(filed(TESLA), "ingested")
    assert len(house.fetched("submissions-")) == 1


async def test_progress_is_counted_work(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every chunk the job says how many filings are done of how many, and gives its place to others."""
    monkeypatch.setattr(refresh, "CHUNK", 2)
    job_id = house.ask(PALANTIR, Priority.BACKGROUND)
    async with house.worker() as worker:
        for done in (2, 4, 6, 8):
            await worker.run(job_id)
            job = house.job(job_id)
            assert (job["status"], job["done"], job["total"], job["lease"]) == ("processing", done, 9, None)
            assert house.fates() == {
                **dict.fromkeys(filed(PALANTIR)[:done], "ingested"),
                **dict.fromkeys(filed(PALANTIR)[done:], "listed"),
            }
            assert house.queued(Priority.BACKGROUND) == [job_id] * (done // 2)
        assert house.coverage() == {}
        await worker.run(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["done"]) == ("complete", 9)
    assert len(house.fetched("/submissions/")) == 1


async def test_a_listed_document_that_is_not_there_is_missing(house: House) -> None:
    """A 404 is counted and fails nothing; the next refresh does not ask for an old one again."""
    gone = filed(SNOWFLAKE)[1]
    house.edgar.control(f"{gone}.txt", "status", status=404, times=None)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["total"], job["missing"], job["unreadable"]) == ("complete", 3, 3, 1, 0)
    assert house.fates()[gone] == "missing"
    await house.work(house.ask(SNOWFLAKE))
    assert len(house.fetched(gone)) == 1


async def test_a_new_document_that_is_missing_is_asked_for_again(house: House) -> None:
    """A listed document may turn up within days of its filing: the next refresh looks again, and finds it."""
    late = filed(SNOWFLAKE)[0]
    house.edgar.control(f"{late}.txt", "status", status=404)
    first = house.ask(SNOWFLAKE)
    await house.work(first)
    house.change("UPDATE filings SET filed_on = current_date - 3")
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    assert (house.job(job_id)["done"], house.job(job_id)["missing"]) == (1, 0)
    assert house.fates()[late] == "ingested"


def submission(text: str) -> str:
    """Write a submission of one Form 4 with this text."""
    return f"<SEC-DOCUMENT>\n<DOCUMENT>\n<TYPE>4\n<TEXT>\n{text}\n</TEXT>\n</DOCUMENT>\n</SEC-DOCUMENT>"


GARBAGE = {
    "no submission": "this is nothing at all",
    "no XML": submission("plain"),
    "XML that is none": submission("<XML>no</XML>"),
    "another root": submission("<XML><a/></XML>"),
    "entities": submission("<XML><!DOCTYPE a [<!ENTITY b 'c'>]><ownershipDocument/></XML>"),
    "no issuer": submission("<XML><ownershipDocument/></XML>"),
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_is_unreadable_and_fails_nothing(house: House, kind: str) -> None:
    """Whatever comes in a document's place is counted, and the other filings are taken."""
    bad = filed(SNOWFLAKE)[0]
    house.edgar.control(f"{bad}.txt", "body", body=GARBAGE[kind], times=None)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["total"], job["missing"], job["unreadable"]) == ("complete", 3, 3, 0, 1)
    assert house.fates() == dict.fromkeys(filed(SNOWFLAKE), "ingested") | {bad: "unreadable"}


async def test_a_document_that_form4_would_not_take_is_unreadable(house: House) -> None:
    """A document beyond form4's size is not offered: it would be refused for ever, and hold up all others."""
    huge = document(*[transaction()] * 10, remarks="x" * (9 * 1024 * 1024)).decode()
    body = submission(f"<XML>{huge}</XML>")
    house.edgar.control(f"{filed(SNOWFLAKE)[0]}.txt", "body", body=body, times=None)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["unreadable"]) == ("complete", 3, 1)


async def test_a_throttle_puts_the_job_off_until_the_pause_ends(house: House) -> None:
    """When the SEC says stop, nothing more is sent, and the job is due when the pause is over; then it goes on."""
    house.edgar.control(f"{filed(PALANTIR)[4]}.txt", "throttle", seconds=0)
    job_id = house.ask(PALANTIR)
    async with house.worker(pause_seconds=2) as worker:
        began = dt.datetime.now(dt.UTC)
        await worker.run(job_id)
        job = house.job(job_id)
        sent = len(house.fetched("/"))
        assert (job["status"], job["lease"], job["enqueued_at"]) == ("processing", None, None)
        assert job["message"].startswith("The SEC asked for a pause until")
        assert dt.timedelta(seconds=1) < job["due_at"] - began < dt.timedelta(seconds=5)
        await worker.run(job_id)
        assert len(house.fetched("/")) == sent, "before it is due nobody can claim it"
        await asyncio.sleep(math.ceil((job["due_at"] - dt.datetime.now(dt.UTC)).total_seconds()))
        await worker.run(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["done"]) == ("complete", 9)


async def test_the_sec_away_puts_the_job_off(house: House) -> None:
    """When the list cannot be had the job is tried again in a while, and counts nothing."""
    house.edgar.control("/submissions/", "status", status=503, times=2)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["lease"]) == ("processing", 0, None)
    assert dt.timedelta(seconds=15) < job["due_at"] - dt.datetime.now(dt.UTC) < dt.timedelta(seconds=21)
    house.change("UPDATE jobs SET due_at = now()")
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"


async def test_one_document_that_cannot_be_had_holds_up_no_other(house: House) -> None:
    """A filing for which the SEC answers 503 is tried again with the job, then counted as missing; others go on."""
    bad = filed(SNOWFLAKE)[0]
    house.edgar.control(f"{bad}.txt", "status", status=503, times=None)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    assert house.fates() == dict.fromkeys(filed(SNOWFLAKE), "ingested") | {bad: "listed"}
    assert house.job(job_id)["done"] == 2
    for _ in range(refresh.MAX_TRIES):
        house.change("UPDATE jobs SET due_at = now() WHERE status = 'processing'")
        await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["missing"]) == ("complete", 3, 1)
    assert house.fates()[bad] == "missing"


async def test_an_outage_of_the_archive_loses_no_filing(house: House) -> None:
    """What was given up while the SEC gave lists and no documents, however old, is had a day later."""
    house.edgar.control(r"\.txt", "status", status=503, times=None)
    job_id = house.ask(SNOWFLAKE)
    for _ in range(refresh.MAX_TRIES + 1):
        await house.work(job_id)
        house.change("UPDATE jobs SET due_at = now() WHERE status = 'processing'")
    assert (house.job(job_id)["status"], house.job(job_id)["missing"]) == ("complete", 3)
    house.edgar.reset()
    await house.work(house.ask(SNOWFLAKE))
    assert house.fetched() == [], "not with every refresh: it may be for ever"
    house.change("UPDATE filings SET fate_at = fate_at - interval '25 hours'")
    await house.work(house.ask(SNOWFLAKE))
    assert house.fates() == dict.fromkeys(filed(SNOWFLAKE), "ingested")


async def test_a_document_that_is_given_up_again_is_tried_once(house: House) -> None:
    """What has had its tries costs one more a day, and holds up nothing."""
    bad = filed(SNOWFLAKE)[0]
    house.edgar.control(f"{bad}.txt", "status", status=503, times=None)
    await house.work(house.ask(SNOWFLAKE))
    house.change("UPDATE filings SET fate = 'missing', tries = 3, fate_at = now() - interval '2 days' WHERE tries > 0")
    house.change("UPDATE jobs SET status = 'failed', error_reason = 'INTERNAL', completed_at = now()")
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    assert (house.job(job_id)["missing"], house.fates()[bad]) == (1, "missing")
    house.change("UPDATE jobs SET due_at = now() WHERE status = 'processing'")
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"


async def test_form4_away_puts_the_job_off(house: House) -> None:
    """When form4 does not take the filings the job waits; what was fetched is stored, and not fetched again."""
    job_id = house.ask(SNOWFLAKE)
    with client.channel("127.0.0.1:1", OWNERSHIP, identity=ISSUER.identity("filings")) as nobody:
        cut_off = replace(house, form4=OwnershipServiceStub(nobody))
        async with cut_off.worker() as worker:
            await worker.run(job_id)
    job = house.job(job_id)
    assert (job["status"], job["done"], job["message"]) == ("processing", 0, "form4 did not take the filings.")
    assert job["lease"] is None
    assert job["due_at"] > dt.datetime.now(dt.UTC)
    assert set(house.fates().values()) == {"listed"}
    assert house.coverage() == {}
    fetched = house.fetched()
    house.change("UPDATE jobs SET due_at = now()")
    await house.work(job_id)
    assert house.job(job_id)["status"] == "complete"
    assert house.fetched() == fetched


@pytest.mark.parametrize(("hours", "status"), [(-1, "processing"), (1, "failed")])
async def test_a_job_that_gets_nowhere_for_hours_fails(house: House, hours: int, status: str) -> None:
    """After hours without one handled filing the job ends, and says why."""
    house.edgar.control("/submissions/", "status", status=503, times=None)
    job_id = house.ask(SNOWFLAKE)
    await house.work(job_id)
    since = (GIVE_UP + dt.timedelta(hours=hours)).total_seconds()
    house.change("UPDATE jobs SET due_at = now(), failing_since = now() - %s * interval '1 second'", since)
    await house.work(job_id)
    job = house.job(job_id)
    assert job["status"] == status
    assert job["error_reason"] == ("SEC_UNAVAILABLE" if status == "failed" else None)


async def test_a_handled_filing_ends_the_count_of_hours(house: House) -> None:
    """Whoever gets on is not given up."""
    job_id = house.ask(SNOWFLAKE)
    house.change("UPDATE jobs SET failing_since = now() - interval '7 days'")
    await house.work(job_id)
    job = house.job(job_id)
    assert (job["status"], job["failing_since"]) == ("complete", None)


async def test_a_fault_of_our_own_ends_the_job(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is not repeated for hours: the job fails at once, with no word of what it was."""

    def break_down(*_: object) -> None:
        """Be a fault of our own."""
        raise KeyError("secret")

    monkeypatch.setattr("services.filings.refresh.Refresher.next_filings", break_down)
    job_id = house.ask(SNOWFLAKE)
    async with house.worker() as worker:
        await worker.run(job_id)
    job = house.job(job_id)
    assert (job["status"], job["error_reason"]) == ("failed", "INTERNAL")
    assert "secret" not in job["error_message"]


async def test_a_company_that_never_filed_is_complete(house: House) -> None:
    """A company of which the SEC lists nothing has been read to the end."""
    job_id = house.ask("0000000042")
    await house.work(job_id)
    assert (house.job(job_id)["status"], house.job(job_id)["total"]) == ("complete", 0)
    assert house.coverage() == {"0000000042": EVER}


async def test_a_filing_of_two_companies_is_taken_once(house: House) -> None:
    """A filing that is listed under issuer and owner is fetched for one of them, and belongs to the issuer."""
    filing = next(one for one in CATALOG.by_cik[SNOWFLAKE] if len(one.parties) > 1)
    person = next(party.cik for party in filing.parties if party.role == "Reporting")
    both = [house.ask(SNOWFLAKE), house.ask(person)]
    await asyncio.gather(*(house.work(job_id) for job_id in both))
    for job in map(house.job, both):
        assert (job["status"], job["done"]) == ("complete", job["total"])
    assert len(house.rows("SELECT FROM documents WHERE accession_number = %s", filing.accession)) == 1
    assert {line["issuer_cik"] for line in house.lines() if line["accession_number"] == filing.accession} <= {SNOWFLAKE}


async def test_background_work_is_told_apart(house: House) -> None:
    """The class of a job goes with every request to the SEC's budget."""
    await house.work(house.ask(SNOWFLAKE, Priority.BACKGROUND))
    assert house.broker.client.get("sectracker:edgar:background") is not None
