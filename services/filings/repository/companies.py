"""Ask for companies by ticker, CIK and name."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLColumnExpression

from services.chassis.db import Prepared
from services.filings.models import Company, TickerAlias, TickerList

EXACT, PREFIX, NAME = 0, 1, 2
ESCAPE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
TEXTS = ARRAY(Text)


class CompanyRow(NamedTuple):
    """Name a company by one of its tickers."""

    ticker: str
    cik: str
    name: str


class TickerRow(NamedTuple):
    """Name a company by one of its tickers, with the rank of that ticker in the SEC's file."""

    ticker: str
    cik: str
    name: str
    position: int


class VersionRow(NamedTuple):
    """Name the state of the list of tickers."""

    version: str
    read_at: dt.datetime


def current(*columns: SQLColumnExpression[Any]) -> Select[Any]:
    """Select current tickers with their companies."""
    named = select(TickerAlias.ticker, TickerAlias.cik, Company.name, *columns)
    return named.join(Company, Company.cik == TickerAlias.cik).where(TickerAlias.is_current)


def ranked(rank: int, score: ColumnElement[float]) -> Select[Any]:
    """Select current tickers as hits of one rank; among equals the higher score goes first, then the larger company."""
    return current(TickerAlias.position, literal_column(str(rank), Integer).label("rank"), score.label("score"))


def found() -> Select[Any]:
    """Find companies: the exact ticker, tickers that begin with it, names that hold what was typed or resemble it.

    Shape: one row a company, best first; each of the three looks into an index of its own.
    """
    typed = bindparam("name", type_=Text)
    name = func.lower(Company.name)
    likeness = func.word_similarity(typed, name)
    no_score = cast(literal_column("0"), Float)
    hits = union_all(
        ranked(EXACT, no_score).where(TickerAlias.ticker == bindparam("ticker", type_=Text)),
        ranked(PREFIX, no_score).where(TickerAlias.ticker.like(bindparam("prefix", type_=Text))),
        ranked(NAME, likeness).where(typed.op("<%")(name)),
        ranked(NAME, cast(literal_column("1"), Float)).where(name.like(bindparam("name_prefix", type_=Text))),
    ).subquery("hits")
    best = (
        select(hits)
        .ext(distinct_on(hits.c.cik))
        .order_by(hits.c.cik, hits.c.rank, hits.c.score.desc(), hits.c.position)
        .subquery("best")
    )
    order = (best.c.rank, best.c.score.desc(), best.c.position)
    return select(best.c.ticker, best.c.cik, best.c.name).order_by(*order).limit(bindparam("limit", type_=Integer))


SEARCH = Prepared(found(), CompanyRow)
ALL = Prepared(current(TickerAlias.position).order_by(TickerAlias.position), TickerRow)
VERSION = Prepared(select(TickerList.version, TickerList.read_at), VersionRow)
BY_TICKER = Prepared(current().where(TickerAlias.ticker == any_(bindparam("tickers", type_=TEXTS))), CompanyRow)
BY_CIK = Prepared(
    current()
    .where(TickerAlias.cik == any_(bindparam("ciks", type_=TEXTS)))
    .ext(distinct_on(TickerAlias.cik))
    .order_by(TickerAlias.cik, TickerAlias.position),
    CompanyRow,
)


def search(session: Session, typed: str, ticker: str, limit: int) -> list[CompanyRow]:
    """Return what was found, best first; `ticker` is the text as a ticker in the SEC's spelling, or empty."""
    name = typed.lower()
    prefix = f"{ticker.translate(ESCAPE)}%" if ticker else ""
    name_prefix = f"{name.translate(ESCAPE)}%"
    return SEARCH.rows(session, ticker=ticker, prefix=prefix, name=name, name_prefix=name_prefix, limit=limit)


def by_tickers(session: Session, tickers: Sequence[str]) -> dict[str, CompanyRow]:
    """Return the companies that tickers name today, by ticker."""
    return {row.ticker: row for row in BY_TICKER.rows(session, tickers=list(tickers))}


def by_ciks(session: Session, ciks: Sequence[str]) -> dict[str, CompanyRow]:
    """Return companies by CIK, each under its first ticker."""
    return {row.cik: row for row in BY_CIK.rows(session, ciks=list(ciks))}


def version(session: Session) -> VersionRow | None:
    """Return the state of the list of tickers, or None before it was first read."""
    return VERSION.one_or_none(session)


def tickers(session: Session) -> list[TickerRow]:
    """Return every current ticker, a company's first ticker before its others."""
    return ALL.rows(session)
