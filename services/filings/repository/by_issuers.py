"""Ask for the filings of many companies over a window, in one round trip."""

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, CTE, Date, DateTime, Integer, Text, and_, bindparam, cast, func, or_, select, true
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.filings.models import Company, Document, Filing, FilingCompany, TickerAlias


class Position(NamedTuple):
    """Point behind the last filing of a page, in the page's order."""

    known_at: dt.datetime
    accession_number: str


class ListedRow(NamedTuple):
    """Hold a filing under one of the companies, with the number of all; without a filing, that number alone."""

    total: int
    accession_number: str
    known_at: dt.datetime
    cik: str
    ticker: str | None
    company_name: str | None
    form_type: str
    filed_on: str
    accepted_at: dt.datetime | None
    period_of_report: str | None
    primary_document: str
    description: str
    items: list[str]
    is_stored: bool


class Listed(NamedTuple):
    """Hold an answer: the number of all filings, and those of the page with one more where there is a next page."""

    total: int
    filings: list[ListedRow]


ASKED = func.unnest(bindparam("ciks", type_=ARRAY(Text))).table_valued("cik", with_ordinality="place")
NUMBERED = ASKED.render_derived(name="asked")
FIRST_TICKER = (
    select(TickerAlias.ticker)
    .where(TickerAlias.cik == Company.cik, TickerAlias.is_current)
    .order_by(TickerAlias.position)
    .limit(1)
    .scalar_subquery()
)
IS_STORED = select(Document.accession_number).where(Document.accession_number == Filing.accession_number).exists()


def matching(asked: CTE, *, has_start: bool, has_end: bool) -> CTE:
    """Select the filings of the window, each once, with the place of the first company that it is listed under."""
    wanted = []
    if has_start:
        wanted.append(FilingCompany.filed_on >= bindparam("start", type_=Date))
    if has_end:
        wanted.append(FilingCompany.filed_on <= bindparam("end", type_=Date))
    return (
        select(
            FilingCompany.accession_number,
            func.max(FilingCompany.known_at).label("known_at"),
            func.min(asked.c.place).label("place"),
        )
        .join(asked, asked.c.cik == FilingCompany.cik)
        .where(*wanted)
        .group_by(FilingCompany.accession_number)
        .cte("matching")
    )


def page(matches: CTE, *, has_after: bool) -> CTE:
    """Select the filings of one page, newest first."""
    chosen = select(matches)
    if has_after:
        known_at = bindparam("after_known_at", type_=DateTime(timezone=True))
        accession = bindparam("after_accession_number", type_=Text)
        earlier = or_(matches.c.known_at < known_at, matches.c.accession_number < accession)
        chosen = chosen.where(and_(matches.c.known_at <= known_at, earlier))
    order = (matches.c.known_at.desc(), matches.c.accession_number.desc())
    return chosen.order_by(*order).limit(bindparam("limit", type_=Integer)).cte("page")


@cache
def statement(*, has_start: bool, has_end: bool, has_after: bool) -> Prepared[ListedRow]:
    """Build the statement for requests of one shape; the number of all stands on every row."""
    asked = select(NUMBERED.c.cik, NUMBERED.c.place).cte("asked")
    matches = matching(asked, has_start=has_start, has_end=has_end)
    number = select(func.count().label("total")).select_from(matches).cte("number")
    chosen = page(matches, has_after=has_after)
    rows = (
        select(
            number.c.total,
            chosen.c.accession_number,
            chosen.c.known_at,
            asked.c.cik,
            FIRST_TICKER.label("ticker"),
            Company.name.label("company_name"),
            Filing.form_type,
            cast(Filing.filed_on, Text).label("filed_on"),
            Filing.accepted_at,
            cast(Filing.period_of_report, Text).label("period_of_report"),
            Filing.primary_document,
            Filing.description,
            Filing.items,
            IS_STORED.label("is_stored"),
        )
        .select_from(number)
        .outerjoin(chosen, true())
        .outerjoin(asked, asked.c.place == chosen.c.place)
        .outerjoin(Filing, Filing.accession_number == chosen.c.accession_number)
        .outerjoin(Company, Company.cik == asked.c.cik)
        .order_by(chosen.c.known_at.desc(), chosen.c.accession_number.desc())
    )
    return Prepared(rows, ListedRow)


def by_issuers(
    session: Session,
    ciks: list[str],
    *,
    start: dt.date | None,
    end: dt.date | None,
    after: Position | None,
    limit: int,
) -> Listed:
    """Return a page of the filings of many companies, newest acceptance first, with the number of all. One query."""
    query = statement(has_start=start is not None, has_end=end is not None, has_after=after is not None)
    values: dict[str, Any] = {"ciks": ciks, "start": start, "end": end, "limit": limit}
    if after is not None:
        values |= {f"after_{name}": value for name, value in after._asdict().items()}
    rows = query.rows(session, **values)
    return Listed(rows[0].total, [row for row in rows if row.accession_number is not None])


def position(row: ListedRow) -> Position:
    """Return the place behind a filing."""
    return Position(row.known_at, row.accession_number)
