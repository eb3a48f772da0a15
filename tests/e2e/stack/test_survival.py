"""Any one process is killed in the middle of a refresh: the jobs complete, and the figures are the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from deploy.local.places import CHECKOUT
from tests.e2e.stack.asking import change, get, read, rows, until
from tests.support.stack import Running

COMPANIES = ("AAPL", "MSFT", "TSLA", "PLTR", "SNOW", "MDB", "AFRM", "U")
YEARS = "20"  # the oldest filings of these companies in the small EDGAR are of 2010
KILLED = ("worker", "sweeper", "filings", "form4-1", "gateway", "envoy", "edgar", "valkey", "postgres")
MIDDLE = 30  # filings of some 120: by then every job is under way, and none has ended
# A lost worker is noticed after 15 s, a lost message after 30 s; what the SEC did not answer is asked for after 20 s.
RECOVERY_SECONDS = 120.0

FORGET = """
TRUNCATE filings.jobs, filings.documents, filings.filing_companies, filings.filings,
    form4.ownership_filings, form4.reporting_owners, form4.footnotes, form4.transactions, form4.holdings, form4.coverage
"""
JOBS = "SELECT cik, status, total, done, missing, unreadable FROM filings.jobs ORDER BY cik"
STORED = """
SELECT 'filing' AS what, to_jsonb(f) - 'fate_at' - 'listed_at' AS said FROM filings.filings f
UNION ALL SELECT 'company', to_jsonb(c) FROM filings.filing_companies c
UNION ALL SELECT 'document', to_jsonb(d) - 'stored_at' FROM filings.documents d
UNION ALL SELECT 'ownership', to_jsonb(o) - 'ingested_at' FROM form4.ownership_filings o
UNION ALL SELECT 'owner', to_jsonb(r) FROM form4.reporting_owners r
UNION ALL SELECT 'footnote', to_jsonb(n) FROM form4.footnotes n
UNION ALL SELECT 'transaction', to_jsonb(t) FROM form4.transactions t
UNION ALL SELECT 'holding', to_jsonb(h) FROM form4.holdings h
UNION ALL SELECT 'coverage', to_jsonb(c) - 'refreshed_at' FROM form4.coverage c
ORDER BY 1, 2
"""


def outcome(stack: Running) -> dict[str, Any]:
    """Return everything that has come of a refresh, without times: the jobs, all rows, and what REST says of them."""
    answers = [read(stack, f"form4/{ticker}", count=100) for ticker in COMPANIES]
    return {
        "jobs": rows(stack, JOBS),
        "stored": rows(stack, STORED),
        "answers": [{**answer, "last_updated": ""} for answer in answers],
    }


def forget(stack: Running) -> None:
    """Forget every filing, figure and job."""
    change(stack, FORGET)


@contextmanager
def refreshing(stack: Running) -> Iterator[subprocess.Popen[bytes]]:
    """Have the operator refresh the companies, beside what the test does."""
    words = ["-m", "services.filings", "refresh", "--years", YEARS, *COMPANIES]
    variables = {**stack.environment, "LOG_LEVEL": "WARNING"}
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, *words], env=variables, cwd=CHECKOUT, stdout=subprocess.DEVNULL
    ) as command:
        try:
            yield command
        finally:
            command.kill()


def handled(stack: Running) -> int:
    """Return how many filings are handled."""
    (row,) = rows(stack, "SELECT coalesce(sum(done), 0) AS done FROM filings.jobs")
    return int(row["done"])


def have_ended(stack: Running) -> bool:
    """Say whether every company's job has ended; a database that is away says nothing."""
    try:
        found = rows(stack, "SELECT 1 FROM filings.jobs WHERE status IN ('complete', 'failed')")
    except psycopg.OperationalError:
        return False
    return len(found) == len(COMPANIES)


def runs_as_before(stack: Running, name: str, restarts: int) -> bool:
    """Say whether a process was started again, and all are ready."""
    return stack.process(name).restarts == restarts + 1 and all(
        process.state in {"ready", "done"} for process in stack.now().processes
    )


@pytest.fixture(scope="module")
def undisturbed(running_stack: Running) -> dict[str, Any]:
    """Return what comes of a refresh in which nothing happens."""
    forget(running_stack)
    with refreshing(running_stack) as command:
        assert command.wait(RECOVERY_SECONDS) == 0
    return outcome(running_stack)


def test_the_undisturbed_refresh_is_whole(undisturbed: dict[str, Any]) -> None:
    """What the others are compared with has a complete job for each company, and every filing of the small EDGAR."""
    assert {(job["status"], job["missing"], job["unreadable"]) for job in undisturbed["jobs"]} == {("complete", 0, 0)}
    assert sum(job["done"] for job in undisturbed["jobs"]) > 100
    assert {row["said"]["fate"] for row in undisturbed["stored"] if row["what"] == "filing"} == {"ingested"}


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_process_costs_nothing(running_stack: Running, undisturbed: dict[str, Any], name: str) -> None:
    """After kill -9 the supervisor starts it again, every job completes, and nothing is lost, doubled or different."""
    forget(running_stack)
    with refreshing(running_stack) as command:
        until(lambda: handled(running_stack) > MIDDLE)
        victim = running_stack.process(name)
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        assert not have_ended(running_stack)
        until(lambda: have_ended(running_stack), RECOVERY_SECONDS)
        assert command.wait(RECOVERY_SECONDS) == 0
    until(lambda: runs_as_before(running_stack, name, victim.restarts), RECOVERY_SECONDS)
    assert outcome(running_stack) == undisturbed


def test_figures_survive_down_and_up(running_stack: Running, undisturbed: dict[str, Any]) -> None:
    """After everything was stopped, with nothing left running, and started again, each figure is as it was."""
    before = outcome(running_stack)
    ran = [process for process in running_stack.now().processes if process.runs()]
    running_stack.stop()
    assert not any(process.runs() for process in ran)
    running_stack.start()
    until(lambda: all(get(running_stack, f"form4/{ticker}").is_success for ticker in COMPANIES))
    assert outcome(running_stack) == before
