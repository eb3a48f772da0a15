"""Do what operators ask for by hand, and show how far it is."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.chassis.db import Sessions
from services.chassis.faults import DATABASE_DOWN
from services.filings.domain import JobStatus
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.settings import EdgarSettings
from services.filings.messages import Messages
from services.filings.repository import companies, jobs
from services.filings.request_refresh import request_now
from services.filings.sync_companies import Synced, sync
from services.identifiers import Ticker

LOOK_SECONDS = 0.2
AWAY_SECONDS = 60.0
"""How long a database is waited for that went away: a restart takes a few seconds, and the jobs go on after it."""
ENDED = (JobStatus.COMPLETE, JobStatus.FAILED)


def sync_companies(sessions: Sessions, settings: EdgarSettings) -> Synced:
    """Read the SEC's list of companies now.

    Raises: EdgarError.
    """

    async def read() -> Synced:
        """Read it with a client of this event loop."""
        async with EdgarClient(settings) as client:
            return await sync(client, sessions)

    return asyncio.run(read())


def ciks(sessions: Sessions, tickers: Sequence[str]) -> dict[str, str]:
    """Return the CIK of each ticker.

    Raises: InvalidField; SystemExit for a ticker that nobody has.
    """
    wanted = [Ticker(ticker) for ticker in tickers]
    with sessions.read() as session:
        found = companies.by_tickers(session, wanted)
    unknown = [ticker for ticker in wanted if ticker not in found]
    if unknown:
        raise SystemExit(f"The SEC's ticker files do not name {', '.join(unknown)}. (Was sync-companies run?)")
    return {ticker: found[ticker].cik for ticker in wanted}


def refresh(sessions: Sessions, messages: Messages, tickers: Sequence[str], since: dt.date) -> bool:
    """Bring companies up to date and show the progress of each; say whether all ended well."""
    wanted = ciks(sessions, tickers)
    started = {request_now(sessions, messages, cik, since): ticker for ticker, cik in wanted.items()}
    columns = (
        TextColumn("{task.description:6}"),
        BarColumn(40),
        TextColumn("{task.fields[counted]:>9}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=Console(width=120)) as bars:
        tasks = {job_id: bars.add_task(ticker, total=None, counted="", said="") for job_id, ticker in started.items()}
        return watch(sessions, bars, tasks)


def watch(sessions: Sessions, bars: Progress, tasks: dict[UUID, TaskID]) -> bool:
    """Draw the bars until every job has ended.

    Raises: SystemExit when the database stays away.
    """
    while True:
        seen = look(sessions, list(tasks))
        for job in seen:
            draw(bars, tasks[job.id], job)
        if all(job.status in ENDED for job in seen):
            return all(job.status == JobStatus.COMPLETE for job in seen)
        time.sleep(LOOK_SECONDS)


def look(sessions: Sessions, job_ids: list[UUID]) -> list[jobs.Progress]:
    """Return how far jobs are, as soon as the database tells.

    Raises: SystemExit when it stays away.
    """
    began = time.monotonic()
    while True:
        try:
            with sessions() as session:
                return jobs.progress(session, job_ids)
        except DATABASE_DOWN:
            if time.monotonic() - began > AWAY_SECONDS:
                raise SystemExit("The database does not answer; the jobs go on when it is back.") from None
        time.sleep(LOOK_SECONDS)


def draw(bars: Progress, task: TaskID, job: jobs.Progress) -> None:
    """Draw one bar: counted work, and in words what is odd. A job with nothing to do is drawn as done."""
    odd = [f"{count} {word}" for count, word in ((job.missing, "missing"), (job.unreadable, "unreadable")) if count]
    said = " ".join([*([] if job.status == JobStatus.PROCESSING else [job.message]), *odd])
    if job.listed_at is None:
        bars.update(task, said=said)
        return
    counted = f"{job.done}/{job.total}" if job.total else "none new"
    is_whole = job.status == JobStatus.COMPLETE
    bars.update(
        task, total=job.total or 1, completed=(job.total or 1) if is_whole else job.done, counted=counted, said=said
    )
