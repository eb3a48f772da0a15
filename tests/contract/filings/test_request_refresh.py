"""RefreshService/RequestRefresh: readers can cause a refresh, and cannot spend the SEC's patience."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest
from sectracker.filings.v1.refresh_service_pb2 import RequestRefreshRequest, RequestRefreshResponse
from sqlalchemy import select

from services.chassis.db import Sessions
from services.eastern import today
from services.filings.domain import Priority, horizon
from services.filings.models import JobRow
from services.filings.request_refresh import request_now
from tests.conftest import Database
from tests.contract.filings.house import APPLE, BERKSHIRE, LISTED, MICROSOFT, MOST_WAITING, REFRESHES, Filings, running
from tests.contract.serving import INVALID, NO_MESSAGE, NOT_FOUND, UNAUTHENTICATED, Limits, refused
from tests.support.keyvalue import KeyValue

PATH = f"{REFRESHES}/RequestRefresh"


def ask(filings: Filings, cik: str = APPLE[1]) -> str:
    """Ask for a refresh and return what became of it."""
    answer = filings.refreshes.RequestRefresh(RequestRefreshRequest(cik=cik))
    return RequestRefreshResponse.Outcome.Name(answer.outcome)


def stored(filings: Filings) -> list[JobRow]:
    """Return the jobs that are stored."""
    with filings.sessions.read() as session:
        return list(session.scalars(select(JobRow).order_by(JobRow.id)))


def test_a_refresh_is_queued(filings: Filings) -> None:
    """A job is stored that reaches two years back, behind the users', and its message waits in the background."""
    assert ask(filings) == "queued"
    [job] = stored(filings)
    assert (job.kind, job.status, job.priority, job.cik) == ("refresh_form4", "queued", "background", APPLE[1])
    assert job.horizon == horizon(2, today())
    assert dt.timedelta(days=729) <= today() - job.horizon <= dt.timedelta(days=731)
    assert filings.queued(Priority.BACKGROUND) == [job.id]
    assert filings.queued(Priority.USER) == []


def test_one_refresh_a_company(filings: Filings) -> None:
    """While a refresh waits or runs, asking again changes nothing; another company has its own."""
    assert ask(filings) == "queued"
    assert ask(filings) == "running"
    filings.start(MICROSOFT[1])
    assert ask(filings, MICROSOFT[1]) == "running"
    assert len(stored(filings)) == 2
    assert len(filings.queued(Priority.BACKGROUND)) == 1


def test_none_sooner_than_a_stated_age(filings: Filings) -> None:
    """After a refresh has ended, well or not, there is none for a quarter of an hour."""
    filings.complete(APPLE[1])
    assert ask(filings) == "fresh"
    filings.fail(MICROSOFT[1])
    assert ask(filings, MICROSOFT[1]) == "fresh"
    assert ask(filings, BERKSHIRE[1]) == "queued"


def test_an_old_refresh_may_be_repeated(filings_sessions: Sessions, valkey: KeyValue) -> None:
    """Once the last refresh is as old as stated, the next one is queued."""
    with running(filings_sessions, valkey.queue_url, min_age=dt.timedelta(0)) as filings:
        filings.know(LISTED)
        filings.complete(APPLE[1])
        assert ask(filings) == "queued"


def test_many_companies_are_turned_away(filings: Filings) -> None:
    """When as many refreshes wait as may, the next company is told to come again; one that waits already is not."""
    ciks = [cik for _, cik, _ in LISTED if cik != BERKSHIRE[1]][: MOST_WAITING + 1]
    assert [ask(filings, cik) for cik in ciks] == ["queued"] * MOST_WAITING + ["busy"]
    assert ask(filings, ciks[0]) == "running"
    assert len(stored(filings)) == MOST_WAITING


def test_users_jobs_take_no_place(filings: Filings) -> None:
    """Only what readers caused is counted against the bound."""
    for _, cik, _ in LISTED[:MOST_WAITING]:
        request_now(filings.sessions, filings.messages, cik, dt.date(2024, 1, 1))
    assert len(filings.queued(Priority.USER)) == MOST_WAITING
    assert ask(filings, LISTED[MOST_WAITING][1]) == "queued"


def test_without_a_queue_the_job_is_stored(filings_sessions: Sessions) -> None:
    """When the message cannot be sent the row is there all the same: the sweeper sends it later."""
    with running(filings_sessions, "redis://127.0.0.1:1/0") as filings:
        filings.know(LISTED)
        began = monotonic()
        assert ask(filings) == "queued"
        assert monotonic() - began < 3
        assert [job.status for job in stored(filings)] == ["queued"]


def test_an_unknown_company_is_not_found(filings: Filings) -> None:
    """Only companies of the SEC's ticker files are refreshed for readers, and no job is stored for others."""
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", cik="0000999999"):
        ask(filings, "0000999999")
    assert stored(filings) == []


def test_a_company_that_lost_its_ticker_is_not_found(filings: Filings) -> None:
    """A company whose tickers are all of the past is not refreshed for readers."""
    filings.know([row for row in LISTED if row[0] != "AAPL"], "2")
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", cik=APPLE[1]):
        ask(filings)


@pytest.mark.parametrize("cik", ["", "320193", "00000320193", "AAPL", "000032019\0", "٠٠٠٠٣٢٠١٩٣"])
def test_bad_input_names_the_field(filings: Filings, cik: Any) -> None:
    """What is no CIK of ten digits is refused by the name of its field."""
    with refused(INVALID, "FIELD_INVALID", field="cik"):
        ask(filings, cik)


def test_only_services_may_ask(filings: Filings) -> None:
    """Whoever is not a service of the house has no credentials for it, and no job is stored."""
    data = RequestRefreshRequest(cik=APPLE[1]).SerializeToString()
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        filings.served.bytes(PATH, data, anonymous=True)
    assert stored(filings) == []


def test_bytes_that_are_no_message_are_refused(filings: Filings) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, NO_MESSAGE)


def test_of_many_at_once_one_is_queued(database: Database, valkey: KeyValue) -> None:
    """However many readers ask at one moment, a company gets one job and one message."""
    sessions = Sessions(Limits(database.url("filings_serve", "psycopg2")))
    with running(sessions, valkey.queue_url, threads=4) as filings:
        filings.know(LISTED)
        with ThreadPoolExecutor(8) as pool:
            outcomes = sorted(pool.map(lambda _: ask(filings), range(8)))
        assert outcomes == ["queued", *["running"] * 7]
        assert filings.queued(Priority.BACKGROUND) == [job.id for job in stored(filings)]
    sessions.close()
