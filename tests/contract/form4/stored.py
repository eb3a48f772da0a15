"""Look at form4's tables as they are."""

from typing import Any

from sqlalchemy import Connection, Engine, func, select

from services.chassis.db import Sessions
from services.form4.models import Base, Filing, Footnote, Holding, Owner, Transaction

Rows = dict[str, list[dict[str, Any]]]

TABLES = (Filing, Owner, Footnote, Transaction, Holding)


def counts(sessions: Sessions) -> dict[str, int]:
    """Count the rows of each table of filings."""
    with sessions.read() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}


def rows(sessions: Sessions, table: type[Base]) -> list[dict[str, Any]]:
    """Return all rows of a table, in the order of its key."""
    columns = table.__table__
    with sessions.read() as session:
        found = session.execute(select(columns).order_by(*columns.primary_key))
        return [dict(row._mapping) for row in found]


def everything(sessions: Sessions) -> Rows:
    """Return every row of every filing."""
    return {table.__tablename__: rows(sessions, table) for table in TABLES}


def writing(sessions: Sessions) -> Engine | Connection:
    """Return what writing sessions stand on, for listening to it."""
    return sessions.writes_on
