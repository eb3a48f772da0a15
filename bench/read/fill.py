"""Fill a migrated database: a market's companies and filings by COPY, then VACUUM ANALYZE."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import NullPool, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session

from bench.read.filings import DAYS, Row, filings
from bench.read.market import Company
from services.filings.edgar.tickers import TickerRow
from services.filings.repository import tickers
from services.form4.models import Coverage, Filing, Owner, Transaction
from services.identifiers import Cik, Ticker

BATCH = 5_000
FRESH = dt.timedelta(hours=6)
"""Coverage is dated ahead, so that no read asks for a refresh while the bench runs."""


def fill(form4_url: str, companies: Sequence[Company], lines: int, today: dt.date, seed: int) -> None:
    """Write everything that form4 holds."""
    with psycopg.connect(form4_url) as connection:
        made = filings(companies, lines, today, seed)
        while batch := list(islice(made, BATCH)):
            copy(connection, Filing, (one.filing for one in batch))
            copy(connection, Owner, (owner for one in batch for owner in one.owners))
            copy(connection, Transaction, (line for one in batch for line in one.lines))
        since, now = today - dt.timedelta(DAYS), dt.datetime.now(dt.UTC) + FRESH
        copy(
            connection,
            Coverage,
            ({"cik": one.cik, "coverage_start": since, "refreshed_at": now} for one in companies),
        )


def copy(connection: psycopg.Connection, model: type[DeclarativeBase], rows: Iterable[Row]) -> None:
    """Write rows into a model's table; what they do not hold has the table's default."""
    first, *others = rows
    table, names = model.__table__, list(first)
    json = {name for name in names if isinstance(table.c[name].type, JSONB)}
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model.__tablename__), columns)
    with connection.cursor() as cursor, cursor.copy(command) as stream:
        for row in (first, *others):
            stream.write_row([Jsonb(row[name]) if name in json else row[name] for name in names])


def name(filings_url: str, companies: Sequence[Company], now: dt.datetime) -> None:
    """Have filings know the companies by their tickers."""
    rows = [TickerRow(Cik(one.cik), Ticker(one.ticker), one.name, "NYSE") for one in companies]
    engine = create_engine(filings_url.replace("postgresql", "postgresql+psycopg", 1), poolclass=NullPool)
    with Session(engine) as session, session.begin():
        tickers.replace(session, rows, "bench", now)


def settle(superuser_url: str) -> None:
    """Bring statistics and the visibility map up to date, as autovacuum would have by the next morning."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
