"""Ask for the lines and sums of many companies, in one round trip."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select, true
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.form4.domain import Headline
from services.form4.models import Transaction
from services.form4.repository.conditions import Shape, as_double, conditions, count_of, sum_of
from services.form4.repository.joined import joined
from services.form4.repository.lines import COLUMNS, NEWEST_FIRST, LineRow, Position, behind, binds

T = Transaction
OF_COMPANIES = T.issuer_cik == any_(bindparam("ciks", type_=ARRAY(Text)))


class Sums(NamedTuple):
    """Hold the sums over all lines that match."""

    transaction_count: int
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float


class Of(NamedTuple):
    """Name the company of a line."""

    cik: str


class IssuersActivity(NamedTuple):
    """Hold an answer: sums, and the lines of the page with one more where there is a next page."""

    sums: Sums
    lines: list[tuple[str, LineRow]]


ROW = joined(Sums, Of, LineRow)


@cache
def statement(shape: Shape, *, has_after: bool) -> Prepared[tuple[Any, ...]]:
    """Build the statement for requests of one shape; the sums stand on every row."""
    wanted = [OF_COMPANIES, *conditions(shape)]
    buys, sells = sum_of(Headline.BUY), sum_of(Headline.SELL)
    sums = (
        select(
            func.count().label("transaction_count"),
            count_of(Headline.BUY).label("buy_count"),
            count_of(Headline.SELL).label("sell_count"),
            as_double(buys).label("total_buys"),
            as_double(sells).label("total_sells"),
            as_double(buys - sells).label("net"),
        )
        .where(*wanted)
        .cte("sums")
    )
    number = func.row_number().over(order_by=NEWEST_FIRST).label("number")
    placed = [*wanted, behind()] if has_after else wanted
    lines = (
        select(T.issuer_cik.label("cik"), *COLUMNS, number)
        .where(*placed)
        .order_by(*NEWEST_FIRST)
        .limit(bindparam("limit"))
        .cte("page")
    )
    columns = [*sums.c, lines.c.cik, *(lines.c[name] for name in LineRow._fields)]
    return Prepared(select(*columns).select_from(sums).outerjoin(lines, true()).order_by(lines.c.number), ROW)


def issuers_activity(
    session: Session, ciks: list[str], shape: Shape, values: dict[str, object], *, after: Position | None, limit: int
) -> IssuersActivity:
    """Return a page of many companies' lines, newest acceptance first, with sums over all that match. One query."""
    query = statement(shape, has_after=after is not None)
    rows = query.rows(session, ciks=ciks, limit=limit, **values, **binds(after))
    split = len(Sums._fields)
    lines = [(row[split], LineRow._make(row[split + 1 :])) for row in rows if row[split] is not None]
    return IssuersActivity(Sums._make(rows[0][:split]), lines)
