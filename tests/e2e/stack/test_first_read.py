"""Companies that nobody has refreshed: the answer does not wait, and the rest happens by itself."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.stack.asking import edgar_fault, edgar_log, get, read, read_until, rows, until
from tests.edgar.catalog import catalog_of_facts
from tests.support.stack import Running

READERS = 50
JOBS = "SELECT status, priority FROM filings.jobs JOIN filings.ticker_aliases USING (cik) WHERE ticker = %(ticker)s"


def is_idle(stack: Running) -> bool:
    """Say whether no job is unfinished."""
    return not rows(stack, "SELECT 1 FROM filings.jobs WHERE status IN ('queued', 'processing')")


def test_a_first_read_is_loading_and_becomes_ready(running_stack: Running) -> None:
    """A company that was never refreshed is answered at once; soon it has everything of the last two years."""
    first = read(running_stack, "form4/amzn")
    assert (first["ticker"], first["company_name"], first["status"]) == ("AMZN", "AMAZON COM INC", "loading")
    assert first["transactions"] == []
    assert not {"coverage_start", "last_updated"} & first.keys()
    read_until(running_stack, "form4/AMZN", status="ready")
    ready = read(running_stack, "form4/AMZN", count=100)
    assert dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(ready["last_updated"]) < dt.timedelta(minutes=5)
    start = dt.date.fromisoformat(ready["coverage_start"])
    assert abs((dt.datetime.now(dt.UTC).date() - start).days - 730) <= 1
    held = [filing for filing in catalog_of_facts().newest if filing.issuer and filing.issuer.cik == ready["cik"]]
    expected = {filing.accession for filing in held if filing.filed >= start}
    assert {line["accession_number"] for line in ready["transactions"]} == expected


def test_sums_are_loading_too(running_stack: Running) -> None:
    """The summary of a company that was never refreshed says that its zeros are not the truth yet."""
    first = read(running_stack, "form4/ARW/summary", days=365)
    assert (first["status"], first["buy_count"], first["total_sells"]) == ("loading", 0, 0)
    read_until(running_stack, "form4/ARW/summary", status="ready")


def test_many_readers_cause_one_job(running_stack: Running) -> None:
    """Fifty anonymous readers at once, and fifty after them, cost the SEC's budget one refresh in the background."""
    paths = [f"form4/{ticker}" for ticker in ("WDAY", "wday", "Wday") for _ in range(READERS)][:READERS]
    with ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(lambda path: get(running_stack, path), paths))
        read_until(running_stack, "form4/WDAY", status="ready")
        answers += pool.map(lambda path: get(running_stack, path), paths)
    assert {answer.status_code for answer in answers} == {200}
    assert rows(running_stack, JOBS, ticker="WDAY") == [{"status": "complete", "priority": "background"}]
    assert asked_for_list(running_stack, answers[0].json()["cik"]) == [200]


def asked_for_list(stack: Running, cik: str) -> list[int]:
    """Return how the small EDGAR answered each request for a company's list of filings."""
    return [seen["status"] for seen in edgar_log(stack) if seen["path"] == f"/submissions/CIK{cik}.json"]


@pytest.mark.parametrize("path", ["form4/NOSUCH", "form4/NOSUCH/summary", "companies/NOSUCH"])
def test_an_unknown_ticker_is_not_found_and_causes_nothing(running_stack: Running, path: str) -> None:
    """What the SEC's ticker files do not name is a 404 that repeats the ticker; nobody is asked for it."""
    until(lambda: is_idle(running_stack))
    before = len(edgar_log(running_stack)), rows(running_stack, "SELECT count(*) FROM filings.jobs")
    answer = get(running_stack, path)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.json()["details"][0]["metadata"] == {"ticker": "NOSUCH"}
    assert (len(edgar_log(running_stack)), rows(running_stack, "SELECT count(*) FROM filings.jobs")) == before


def test_health_never_asks_the_sec(running_stack: Running) -> None:
    """Health says what the last request saw, and sends none, however often it is asked."""
    until(lambda: is_idle(running_stack))
    before = edgar_log(running_stack)
    assert before[-1]["status"] in {200, 304}
    ends = time.monotonic() + 2.5  # answers are kept for a second: so this one is made three times
    while time.monotonic() < ends:
        assert read(running_stack, "health")["sec_api"] == "reachable"
    assert edgar_log(running_stack) == before


def test_a_throttled_sec_is_told_and_waited_for(running_stack: Running) -> None:
    """A throttle answer pauses everything and is seen in health; after the pause the job goes on and all is well."""
    (company,) = read(running_stack, "companies/search", q="BROS", limit=1)["results"]
    edgar_fault(running_stack, f"submissions/CIK{company['cik']}", "throttle", seconds=0.5)
    assert read(running_stack, "form4/BROS")["status"] == "loading"
    throttled = read_until(running_stack, "health", sec_api="throttled")
    assert throttled["status"] == "degraded"
    assert throttled["services"] == dict.fromkeys(("auth", "filings", "form4", "watchlist"), "connected")
    read_until(running_stack, "form4/BROS", status="ready")
    assert asked_for_list(running_stack, company["cik"]) == [403, 200]
    assert read_until(running_stack, "health", status="healthy")["sec_api"] == "reachable"
