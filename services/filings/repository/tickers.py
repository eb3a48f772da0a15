"""Write the SEC's list of tickers over the one that is there: aliases are dated, never deleted."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.filings.edgar.tickers import TickerRow
from services.filings.models import Company, TickerAlias, TickerList

COMPANY = insert(Company)
NAME_COMPANY = COMPANY.on_conflict_do_update(
    index_elements=[Company.cik],
    set_={"name": COMPANY.excluded.name, "updated_at": func.now()},
    where=Company.name != COMPANY.excluded.name,
)
ALIAS = insert(TickerAlias)
NAME_ALIAS = ALIAS.on_conflict_do_update(
    index_elements=[TickerAlias.ticker, TickerAlias.cik],
    set_={
        "exchange": func.coalesce(ALIAS.excluded.exchange, TickerAlias.exchange),
        "position": ALIAS.excluded.position,
        "last_seen_on": ALIAS.excluded.last_seen_on,
        "is_current": True,
    },
)
RETIRE = update(TickerAlias).where(TickerAlias.is_current).values(is_current=False)
LIST = insert(TickerList)
NAME_LIST = LIST.on_conflict_do_update(
    index_elements=[TickerList.id], set_={"version": LIST.excluded.version, "read_at": LIST.excluded.read_at}
)
PATIENCE = text("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '60s'")
LOCK = select(func.pg_advisory_xact_lock(func.hashtext("ticker_lists")))
CONFIRM = update(TickerList).values(read_at=bindparam("now"))


def lock(session: Session) -> None:
    """Let nobody else write the list until the transaction ends; ten thousand rows take seconds."""
    session.execute(PATIENCE)
    session.execute(LOCK)


def replace(session: Session, rows: Sequence[TickerRow], version: str, now: dt.datetime) -> None:
    """Make these rows the current tickers.

    Shape: where two rows claim one ticker, the first (the larger company) has it.
    """
    today = now.date()
    first = {row.ticker: (position, row) for position, row in reversed(list(enumerate(rows)))}
    names = {row.cik: row.name for _, row in sorted(first.values(), reverse=True, key=lambda claim: claim[0])}
    session.execute(NAME_COMPANY, [{"cik": cik, "name": name} for cik, name in names.items()])
    session.execute(RETIRE)
    aliases = [
        {
            "ticker": row.ticker,
            "cik": row.cik,
            "exchange": row.exchange or None,
            "position": position,
            "first_seen_on": today,
            "last_seen_on": today,
            "is_current": True,
        }
        for position, row in first.values()
    ]
    session.execute(NAME_ALIAS, aliases)
    session.execute(NAME_LIST, [{"id": 1, "version": version, "read_at": now}])


def confirm(session: Session, now: dt.datetime) -> None:
    """Note that the list was read again and is the same."""
    session.execute(CONFIRM, {"now": now})
