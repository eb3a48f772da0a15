"""Bring companies and their tickers up to date with the SEC's list."""

import asyncio
import datetime as dt
import hashlib
from typing import NamedTuple

from services.chassis.db import Sessions
from services.chassis.logs import get_logger
from services.filings.domain import Priority
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import Malformed
from services.filings.edgar.tickers import TickerFile, parse_tickers
from services.filings.repository import companies, tickers

log = get_logger(__name__)

MAX_AGE = dt.timedelta(hours=24)
"""The SEC writes its list once a day or so."""
LEAST_SHARE = 0.5
"""A list with less than so much of the one before is taken for a cut one, and refused."""


class Synced(NamedTuple):
    """Report what a list held."""

    tickers: int
    bad_rows: int
    is_new: bool


async def sync(client: EdgarClient, sessions: Sessions) -> Synced:
    """Read the SEC's list of tickers and store it, if it is another than the one that is stored.

    Raises: EdgarError; Malformed also for a list that lost half of its rows.
    """
    document = await client.get(client.urls.tickers_exchange(), Priority.USER)
    file = parse_tickers(document.body)
    return await asyncio.to_thread(store, sessions, file, hashlib.sha256(document.body).hexdigest()[:16])


def store(sessions: Sessions, file: TickerFile, version: str) -> Synced:
    """Store a list in one transaction."""
    now = dt.datetime.now(dt.UTC)
    with sessions.read() as session:
        known = companies.version(session)
        before = len(companies.tickers(session))
    is_new = known is None or known.version != version
    if len(file.rows) < max(1, LEAST_SHARE * before):
        raise Malformed(f"the list names {len(file.rows)} tickers, the one before named {before}")
    with sessions() as session:
        tickers.lock(session)
        if is_new:
            tickers.replace(session, file.rows, version, now)
        else:
            tickers.confirm(session, now)
    log.info("companies synced", tickers=len(file.rows), bad_rows=file.bad_rows, is_new=is_new)
    return Synced(len(file.rows), file.bad_rows, is_new)


def is_due(sessions: Sessions) -> bool:
    """Say whether the list is to be read again."""
    with sessions.read() as session:
        known = companies.version(session)
    return known is None or dt.datetime.now(dt.UTC) - known.read_at > MAX_AGE
