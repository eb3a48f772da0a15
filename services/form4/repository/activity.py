"""Ask for one company's lines, insiders and sums, in one round trip."""

import datetime as dt
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, Select, Text, bindparam, case, cast, func, select, true
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.form4.domain import Headline
from services.form4.models import Coverage, Transaction
from services.form4.repository.conditions import Shape, as_double, conditions, count_of, sum_of, total
from services.form4.repository.joined import joined
from services.form4.repository.lines import COLUMNS, NEWEST_FIRST, LineRow, Position, behind, binds
from services.form4.repository.owners import newest_words

T = Transaction
OF_COMPANY = T.issuer_cik == bindparam("cik")


class Totals(NamedTuple):
    """Hold what is said once about all lines that match."""

    coverage_start: str | None
    refreshed_at: dt.datetime | None
    transaction_count: int
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float
    insiders: str
    """JSON, largest |net| first: a list of rows, each with the fields of the contract's Insider in their order."""


ROW = joined(Totals, LineRow)


class Activity(NamedTuple):
    """Hold an answer: totals, and the lines of the page with one more where there is a next page."""

    totals: Totals
    lines: list[LineRow]


def people(shape: Shape) -> CTE:
    """Sum the lines that match by owner, and find each owner's newest line among them."""
    return (
        select(
            T.owner_cik,
            func.count().label("lines"),
            count_of(Headline.BUY).label("buy_count"),
            count_of(Headline.SELL).label("sell_count"),
            sum_of(Headline.BUY).label("total_buys"),
            sum_of(Headline.SELL).label("total_sells"),
            func.max(T.date_effective).label("last_date"),
            func.max(T.known_at).label("newest"),
        )
        .where(OF_COMPANY, *conditions(shape))
        .group_by(T.owner_cik)
        .cte("people")
    )


def totals(owners: CTE) -> CTE:
    """Sum the sums of the owners, and print the owners as JSON with name and role from their newest line."""
    named = newest_words(owners, bindparam("cik"))
    net = owners.c.total_buys - owners.c.total_sells
    figures = (as_double(owners.c.total_buys), as_double(owners.c.total_sells), as_double(net))
    counts = (owners.c.buy_count, owners.c.sell_count)
    insider = func.json_build_array(owners.c.owner_cik, *named.c, *counts, *figures, owners.c.last_date)
    ranked = func.json_agg(insider).aggregate_order_by(func.abs(net).desc(), named.c.owner_name, owners.c.owner_cik)
    return (
        select(
            total(owners.c.lines).label("transaction_count"),
            total(owners.c.buy_count).label("buy_count"),
            total(owners.c.sell_count).label("sell_count"),
            as_double(func.coalesce(func.sum(owners.c.total_buys), 0)).label("total_buys"),
            as_double(func.coalesce(func.sum(owners.c.total_sells), 0)).label("total_sells"),
            as_double(func.coalesce(func.sum(net), 0)).label("net"),
            cast(func.coalesce(cast(ranked, Text), "[]"), Text).label("insiders"),
        )
        .select_from(owners.join(named, true()))
        .cte("totals")
    )


def page(shape: Shape, *, has_after: bool) -> CTE:
    """Select the lines of one page, numbered in their order."""
    number = func.row_number().over(order_by=NEWEST_FIRST).label("number")
    wanted = [OF_COMPANY, *conditions(shape), *([behind()] if has_after else [])]
    return select(*COLUMNS, number).where(*wanted).order_by(*NEWEST_FIRST).limit(bindparam("limit")).cte("page")


@cache
def statement(shape: Shape, *, has_after: bool) -> Prepared[tuple[Any, ...]]:
    """Build the statement for requests of one shape: totals on every row, their JSON on the first alone."""
    sums, lines = totals(people(shape)), page(shape, has_after=has_after)
    insiders = case((func.coalesce(lines.c.number, 1) == 1, sums.c.insiders))
    said_once = [sums.c[name] for name in Totals._fields[2:-1]]
    query: Select[Any] = (
        select(
            cast(Coverage.coverage_start, Text).label("coverage_start"),
            Coverage.refreshed_at,
            *said_once,
            insiders.label("insiders"),
            *(lines.c[name] for name in LineRow._fields),
        )
        .select_from(sums)
        .outerjoin(Coverage, Coverage.cik == bindparam("cik"))
        .outerjoin(lines, true())
        .order_by(lines.c.number)
    )
    return Prepared(query, ROW)


def activity(
    session: Session, cik: str, shape: Shape, values: dict[str, object], *, after: Position | None, limit: int
) -> Activity:
    """Return a page of a company's lines, newest acceptance first, with totals over all lines that match.

    Shape: filter, then order, then limit. One query. A company without lines has totals of zero.
    """
    query = statement(shape, has_after=after is not None)
    rows = query.rows(session, cik=cik, limit=limit, **values, **binds(after))
    split = len(Totals._fields)
    said_once = Totals._make(rows[0][:split])
    lines = [LineRow._make(row[split:]) for row in rows if row[split] is not None]
    return Activity(said_once, lines)
