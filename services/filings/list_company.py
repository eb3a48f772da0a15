"""Read what the SEC lists of a company's ownership filings, and note what is to be fetched."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.db import Sessions
from services.chassis.logs import get_logger
from services.filings.domain import OWNERSHIP_FORMS, Job
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import NotFound
from services.filings.edgar.listing import list_filings
from services.filings.edgar.submissions import FilingRow
from services.filings.repository import filings, jobs
from services.identifiers import Cik

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lister:
    """Read lists with the means of one worker."""

    sessions: Sessions
    edgar: EdgarClient

    async def read(self, job: Job) -> Job:
        """Note everything that the SEC lists, and return the job with when that was and how far back it reaches.

        Shape: a page that the SEC names and does not have ends what can be said to be covered; older pages are read.
        Raises: EdgarError.
        """
        now = dt.datetime.now(dt.UTC)
        since = job.horizon
        pages = list_filings(self.edgar, Cik(job.cik), forms=OWNERSHIP_FORMS, since=job.horizon, priority=job.priority)
        try:
            async for page in pages:
                if page.missing_until is not None:
                    since = max(since, page.missing_until + dt.timedelta(days=1))
                if page.bad_rows or page.missing_until:
                    log.warning("list incomplete", cik=job.cik, bad_rows=page.bad_rows, missing_page=page.missing_page)
                await asyncio.to_thread(self.note, job, page.rows, now)
        except NotFound:
            log.info("the SEC lists nothing", cik=job.cik)
        await asyncio.to_thread(self.listed, job, now, since)
        return job.listed(now, since)

    def note(self, job: Job, rows: Sequence[FilingRow], now: dt.datetime) -> None:
        """Note one page of the list."""
        with self.sessions() as session:
            filings.list_filings(session, job.cik, rows, now)

    def listed(self, job: Job, now: dt.datetime, since: dt.date) -> None:
        """Note that the list is read, how far back it reaches, and how much there is to do."""
        with self.sessions() as session:
            pending = filings.count_pending(session, job.cik, job.horizon, job.created_at)
            jobs.listed(session, job, now, since, pending)
