"""The database itself lets a job take the allowed ways only, whoever writes."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import CheckViolation, UniqueViolation

from tests.conftest import Database

STATES = ("queued", "processing", "complete", "failed")
ALLOWED = {("queued", "processing"), ("queued", "failed"), ("processing", "complete"), ("processing", "failed")}
SAME = {("queued", "queued"), ("processing", "processing")}
EVERY_WAY = [(before, after) for before in STATES for after in STATES]

# Per state, what the columns of a job must hold in it.
COLUMNS = {
    "queued": "status = 'queued', completed_at = NULL, error_reason = NULL",
    "processing": "status = 'processing', started_at = now(), completed_at = NULL, error_reason = NULL",
    "complete": "status = 'complete', lease = NULL, completed_at = now(), error_reason = NULL",
    "failed": "status = 'failed', lease = NULL, completed_at = now(), error_reason = 'INTERNAL'",
}
WAY_TO = {
    "queued": (),
    "processing": ("processing",),
    "complete": ("processing", "complete"),
    "failed": ("failed",),
}


class Jobs:
    """The table of jobs, as the serving role sees it, in a transaction that is rolled back."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def new(self, **columns: object) -> UUID:
        """Write a job."""
        values = {"kind": "refresh_form4", "priority": "user", "cik": "0000320193", "horizon": "2024-01-01", **columns}
        named = ", ".join(values), ", ".join(f"%({name})s" for name in values)
        query = f"INSERT INTO jobs ({named[0]}) VALUES ({named[1]}) RETURNING id"  # noqa: S608 - our own names
        row = self.connection.execute(query.encode(), values).fetchone()
        assert row is not None
        ident: UUID = row[0]
        return ident

    def set(self, job: UUID, columns: str) -> None:
        """Change a job inside a savepoint, so that a refusal can be looked at."""
        with self.connection.transaction():
            self.connection.execute(f"UPDATE jobs SET {columns} WHERE id = %s".encode(), [job])  # noqa: S608 - see new

    def in_state(self, state: str) -> UUID:
        """Write a job and lead it to a state."""
        job = self.new()
        for step in WAY_TO[state]:
            self.set(job, COLUMNS[step])
        return job

    def status(self, job: UUID) -> str:
        """Return where a job stands."""
        row = self.connection.execute("SELECT status FROM jobs WHERE id = %s", [job]).fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture
def jobs(shared_database: Database) -> Iterator[Jobs]:
    """Yield the table of jobs; all that a test does to it is rolled back."""
    with psycopg.connect(shared_database.url("filings_serve", driver="")) as connection:
        yield Jobs(connection)
        connection.rollback()


@pytest.mark.parametrize(("before", "after"), EVERY_WAY)
def test_only_the_allowed_ways_are_open(jobs: Jobs, before: str, after: str) -> None:
    """Queued becomes processing or failed, processing becomes complete or failed, an ended job stays as it is."""
    job = jobs.in_state(before)
    if (before, after) in ALLOWED | SAME:
        jobs.set(job, COLUMNS[after])
        assert jobs.status(job) == after
    else:
        with pytest.raises(CheckViolation):
            jobs.set(job, COLUMNS[after])
        assert jobs.status(job) == before


@pytest.mark.parametrize("state", ["processing", "complete", "failed"])
def test_a_job_begins_as_queued(jobs: Jobs, state: str) -> None:
    """No job enters the table in a later state."""
    with pytest.raises(CheckViolation, match="begins as queued"):
        jobs.new(
            status=state,
            started_at="2026-01-01",
            completed_at=None if state == "processing" else "2026-01-01",
            error_reason="INTERNAL" if state == "failed" else None,
        )


@pytest.mark.parametrize("state", ["complete", "failed"])
@pytest.mark.parametrize("columns", ["message = 'again'", "total = 1", "priority = 'background'", "losses = 1"])
def test_an_ended_job_never_changes(jobs: Jobs, state: str, columns: str) -> None:
    """Not even what does not concern its status can be written to a job that has ended."""
    job = jobs.in_state(state)
    with pytest.raises(CheckViolation, match="has ended"):
        jobs.set(job, columns)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("status = 'paused', started_at = now()", "status_word"),
        ("priority = 'soon'", "priority_word"),
        ("done = 1", "done_of_total"),
        ("total = -1", "done_of_total"),
        ("lease = uuidv7()", "lease_at_work"),
        ("status = 'processing'", "started_first"),
        ("status = 'failed', completed_at = now()", "failed_with_reason"),
        ("error_reason = 'INTERNAL'", "failed_with_reason"),
        ("status = 'failed', error_reason = 'INTERNAL'", "completed_at_end"),
        ("completed_at = now()", "completed_at_end"),
    ],
)
def test_columns_agree_with_the_status(jobs: Jobs, columns: str, constraint: str) -> None:
    """What a queued job cannot be is refused by the constraint that says so."""
    with pytest.raises(CheckViolation, match=constraint):
        jobs.set(jobs.new(), columns)


def test_what_is_done_stays_done(jobs: Jobs) -> None:
    """A count of handled filings never goes back, and never beyond the total."""
    job = jobs.in_state("processing")
    jobs.set(job, "total = 3, done = 2")
    with pytest.raises(CheckViolation, match="cannot undo"):
        jobs.set(job, "done = 1")
    with pytest.raises(CheckViolation, match="done_of_total"):
        jobs.set(job, "done = 4")


def test_a_lease_ends_with_the_job(jobs: Jobs) -> None:
    """A job that has ended is held by nobody."""
    job = jobs.in_state("processing")
    jobs.set(job, "lease = uuidv7()")
    with pytest.raises(CheckViolation, match="lease_at_work"):
        jobs.set(job, "status = 'complete', completed_at = now()")


def test_a_company_has_one_unfinished_refresh(jobs: Jobs) -> None:
    """A second refresh of a company can be written when the first has ended, not before."""
    job = jobs.new()
    with pytest.raises(UniqueViolation, match="uq_jobs_one_refresh"), jobs.connection.transaction():
        jobs.new()
    jobs.new(cik="0000789019")
    jobs.set(job, COLUMNS["failed"])
    jobs.new()
