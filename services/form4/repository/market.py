"""Ask which companies' insiders bought and sold in a window, in one round trip."""

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from services.chassis.db import Prepared
from services.form4.domain import Headline
from services.form4.models import CURRENT_HEADLINE, Coverage, Filing, Transaction
from services.form4.repository.conditions import Shape, as_double, conditions, count_of, sum_of, total
from services.form4.repository.joined import joined
from services.form4.repository.owners import newest_words

T = Transaction
TOP_INSIDERS = 3


class Position(NamedTuple):
    """Point behind the last company of a page: its rank (|net|, or number of lines) and CIK."""

    rank: Decimal
    cik: str


class MarketShape(NamedTuple):
    """Say which filters and which order a request uses."""

    lines: Shape
    min_amount: bool
    max_amount: bool
    min_buys: bool
    min_sells: bool
    active: bool
    has_after: bool


class Totals(NamedTuple):
    """Hold what is said once about all companies that match."""

    refreshed_at: dt.datetime | None
    buying_companies: int
    selling_companies: int
    total_companies: int
    total_transactions: int


class CompanyRow(NamedTuple):
    """Hold one company's sums over the window."""

    cik: str
    name: str
    rank: Decimal
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float
    top_insiders: str
    """JSON: [[cik, name, role, net], …], largest |net| first."""


ROW = joined(Totals, CompanyRow)


class Market(NamedTuple):
    """Hold an answer: totals, and the companies of the page with one more where there is a next page."""

    totals: Totals
    companies: list[CompanyRow]


def position(row: CompanyRow) -> Position:
    """Return the place behind a company."""
    return Position(row.rank, row.cik)


def companies(shape: MarketShape) -> CTE:
    """Sum open-market lines by company, exactly."""
    buys, sells = sum_of(Headline.BUY), sum_of(Headline.SELL)
    return (
        select(
            T.issuer_cik.label("cik"),
            count_of(Headline.BUY).label("buy_count"),
            count_of(Headline.SELL).label("sell_count"),
            buys.label("total_buys"),
            sells.label("total_sells"),
            (buys - sells).label("net"),
            (func.count() if shape.active else func.abs(buys - sells)).label("rank"),
        )
        .where(CURRENT_HEADLINE, *conditions(shape.lines))
        .group_by(T.issuer_cik)
        .cte("companies")
    )


def matching(shape: MarketShape, sums: CTE) -> CTE:
    """Keep the companies whose sums are within the request's bounds."""
    bounds: list[tuple[bool, ColumnElement[bool]]] = [
        (shape.min_amount, func.abs(sums.c.net) >= bindparam("min_amount", type_=Numeric)),
        (shape.max_amount, func.abs(sums.c.net) <= bindparam("max_amount", type_=Numeric)),
        (shape.min_buys, sums.c.total_buys >= bindparam("min_buys", type_=Numeric)),
        (shape.min_sells, sums.c.total_sells >= bindparam("min_sells", type_=Numeric)),
    ]
    return select(sums).where(true(), *(bound for is_asked, bound in bounds if is_asked)).cte("matching")


def totals(matched: CTE) -> CTE:
    """Count the companies that match, and their lines."""
    return select(
        func.count().filter(matched.c.net > 0).label("buying_companies"),
        func.count().filter(matched.c.net < 0).label("selling_companies"),
        func.count().label("total_companies"),
        total(matched.c.buy_count + matched.c.sell_count).label("total_transactions"),
    ).cte("totals")


def page(shape: MarketShape, matched: CTE) -> CTE:
    """Select the companies of one page: the highest rank first, then by CIK."""
    query = select(matched).order_by(matched.c.rank.desc(), matched.c.cik).limit(bindparam("limit"))
    if shape.has_after:
        rank, cik = bindparam("after_rank", type_=Numeric), bindparam("after_cik", type_=Text)
        query = query.where(or_(matched.c.rank < rank, and_(matched.c.rank == rank, matched.c.cik > cik)))
    return query.cte("page")


def top_insiders(shape: MarketShape, chosen: CTE) -> LateralFromClause:
    """Print the owners with the largest |net| of a company on the page as JSON, as their newest line names them."""
    net = sum_of(Headline.BUY) - sum_of(Headline.SELL)
    owners = (
        select(T.owner_cik, func.max(T.known_at).label("newest"), net.label("net"))
        .where(T.issuer_cik == chosen.c.cik, CURRENT_HEADLINE, *conditions(shape.lines))
        .group_by(T.owner_cik)
        .order_by(func.abs(net).desc(), T.owner_cik)
        .limit(TOP_INSIDERS)
        .correlate(chosen)
        .subquery("owners")
    )
    named = newest_words(owners, chosen.c.cik)
    printed = func.json_build_array(owners.c.owner_cik, *named.c, as_double(owners.c.net))
    ranked = func.json_agg(printed).aggregate_order_by(func.abs(owners.c.net).desc(), owners.c.owner_cik)
    return select(cast(ranked, Text).label("top_insiders")).select_from(owners.join(named, true())).lateral("top")


def newest_name(chosen: CTE) -> LateralFromClause:
    """Read the name that a company's newest filing gives it, for companies that no ticker names."""
    newest = aliased(Filing)
    return (
        select(newest.issuer_name.label("name"))
        .where(newest.issuer_cik == chosen.c.cik)
        .order_by(newest.known_at.desc())
        .limit(1)
        .lateral("named")
    )


@cache
def statement(shape: MarketShape) -> Prepared[tuple[Any, ...]]:
    """Build the statement for requests of one shape; the totals stand on every row."""
    matched = matching(shape, companies(shape))
    sums, chosen = totals(matched), page(shape, matched)
    top, named = top_insiders(shape, chosen), newest_name(chosen)
    figures = [as_double(chosen.c[name]).label(name) for name in ("total_buys", "total_sells", "net")]
    query: Select[Any] = (
        select(
            select(func.max(Coverage.refreshed_at)).scalar_subquery().label("refreshed_at"),
            *sums.c,
            chosen.c.cik,
            named.c.name,
            cast(chosen.c.rank, Numeric).label("rank"),
            chosen.c.buy_count,
            chosen.c.sell_count,
            *figures,
            top.c.top_insiders,
        )
        .select_from(sums)
        .outerjoin(chosen, true())
        .outerjoin(named, true())
        .outerjoin(top, true())
        .order_by(chosen.c.rank.desc(), chosen.c.cik)
    )
    return Prepared(query, ROW)


def market(
    session: Session, shape: MarketShape, values: dict[str, object], *, after: Position | None, limit: int
) -> Market:
    """Return a page of companies by rank, with totals over all companies that match.

    Shape: filter, then order, then limit. One query.
    """
    place = {"after_rank": after.rank, "after_cik": after.cik} if after else {}
    rows = statement(shape).rows(session, limit=limit, **values, **place)
    split = len(Totals._fields)
    chosen = [CompanyRow._make(row[split:]) for row in rows if row[split] is not None]
    return Market(Totals._make(rows[0][:split]), chosen)
