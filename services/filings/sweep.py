"""Send again what nobody works at, and keep the list of companies fresh.

Any number of sweepers may run: the rows that one takes, the others skip.
"""

import asyncio
from dataclasses import dataclass

from services.chassis.db import Sessions
from services.chassis.logs import get_logger
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.settings import EdgarSettings
from services.filings.messages import Messages
from services.filings.repository import jobs
from services.filings.sync_companies import is_due, sync

log = get_logger(__name__)

SWEEP_SECONDS = 1.0
SYNC_SECONDS = 60.0
MOST = 200


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Do the rounds of one sweeper."""

    sessions: Sessions
    messages: Messages
    edgar: EdgarSettings

    def sweep(self) -> None:
        """Send messages for jobs that were never sent, not picked up, are due again, or lost their worker."""
        with self.sessions() as session:
            due = jobs.sweep(session, MOST)
        for job in due:
            log.info("job sent again", job_id=str(job.id))
            self.messages.send(job.id, job.priority)

    def sync(self) -> None:
        """Read the SEC's list of companies when the one that is stored is a day old."""
        if is_due(self.sessions):
            asyncio.run(self.read_companies())

    async def read_companies(self) -> None:
        """Read the list once."""
        async with EdgarClient(self.edgar) as client:
            await sync(client, self.sessions)
