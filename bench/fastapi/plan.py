"""FastAPI as the project was first planned: SQLAlchemy's async ORM, a session a request, pydantic response models.

Written as such services usually are: statements are built where they are needed, rows are entities, and the answer is
put together in Python. It reads form4's tables by form4's indexes, which serve it better than the planned ones would.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy import ColumnElement, Row, RowMapping, Select, Subquery, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.fastapi import told
from bench.fastapi.plan_models import (
    CompanyActivity,
    CompanyTotals,
    CoverageRow,
    Insider,
    MarketActivity,
    Summary,
    TopInsider,
    Transaction,
    TransactionRow,
)

EASTERN = ZoneInfo("America/New_York")
TOP_INSIDERS = 3

engine = create_async_engine(
    told.DATABASE_URL.replace("postgresql", "postgresql+asyncpg", 1), pool_size=told.CONNECTIONS, max_overflow=0
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()

T = TransactionRow
BUYS = func.coalesce(func.sum(T.amount).filter(T.headline == "buy"), 0)
SELLS = func.coalesce(func.sum(T.amount).filter(T.headline == "sell"), 0)
BUY_COUNT = func.count().filter(T.headline == "buy")
SELL_COUNT = func.count().filter(T.headline == "sell")


async def get_session() -> AsyncIterator[AsyncSession]:
    """Open the request's session."""
    async with new_session() as session:
        yield session


InSession = Annotated[AsyncSession, Depends(get_session)]


@app.get("/api/v1/form4/latest", response_model_exclude_none=True)
async def latest(
    session: InSession,
    count: Annotated[int, Query(ge=1, le=told.MOST_OF_MARKET)] = told.MARKET_COUNT,
    min_amount: Annotated[float | None, Query(ge=0)] = None,
) -> MarketActivity:
    """Answer for the market."""
    start = datetime.now(EASTERN).date() - timedelta(days=told.MARKET_DAYS)
    current = and_(T.headline.is_not(None), T.superseded_by.is_(None), T.filed_on >= start)
    companies = (
        select(
            T.issuer_cik.label("cik"),
            BUY_COUNT.label("buy_count"),
            SELL_COUNT.label("sell_count"),
            BUYS.label("total_buys"),
            SELLS.label("total_sells"),
            (BUYS - SELLS).label("net"),
        )
        .where(current)
        .group_by(T.issuer_cik)
    )
    if min_amount is not None:
        companies = companies.having(func.abs(BUYS - SELLS) >= min_amount)
    sums = companies.subquery()
    page = (
        await session.execute(select(sums).order_by(func.abs(sums.c.net).desc(), sums.c.cik).limit(count + 1))
    ).all()
    insiders = await top_insiders(session, current, [row.cik for row in page[:count]])
    return MarketActivity(
        companies=[company_totals(row, insiders[row.cik]) for row in page[:count]],
        **await market_totals(session, sums),
        last_updated=await session.scalar(select(func.max(CoverageRow.refreshed_at))),
        next_page_token=page[count - 1].cik if len(page) > count else "",
    )


async def market_totals(session: AsyncSession, sums: Subquery) -> RowMapping:
    """Count the companies that match, and their lines."""
    totals = select(
        func.count().filter(sums.c.net > 0).label("buying_companies"),
        func.count().filter(sums.c.net < 0).label("selling_companies"),
        func.count().label("total_companies"),
        func.coalesce(func.sum(sums.c.buy_count + sums.c.sell_count), 0).label("total_transactions"),
    )
    return (await session.execute(totals)).mappings().one()


async def top_insiders(
    session: AsyncSession, current: ColumnElement[bool], ciks: list[str]
) -> dict[str, list[TopInsider]]:
    """Return the owners with the largest |net| of each company, at most three."""
    net = BUYS - SELLS
    rows = await session.execute(
        select(
            T.issuer_cik,
            T.owner_cik,
            func.max(T.owner_name).label("name"),
            func.max(T.owner_role).label("role"),
            net.label("net"),
        )
        .where(current, T.issuer_cik.in_(ciks))
        .group_by(T.issuer_cik, T.owner_cik)
        .order_by(func.abs(net).desc(), T.owner_cik)
    )
    found: dict[str, list[TopInsider]] = defaultdict(list)
    for row in rows:
        if len(found[row.issuer_cik]) < TOP_INSIDERS:
            found[row.issuer_cik].append(TopInsider(cik=row.owner_cik, name=row.name, role=row.role, net=row.net))
    return found


def company_totals(row: Row, insiders: list[TopInsider]) -> CompanyTotals:
    """Say one company's sums."""
    company = told.BY_CIK[row.cik]
    return CompanyTotals(
        ticker=company.ticker,
        company_name=company.name,
        cik=row.cik,
        buy_count=row.buy_count,
        sell_count=row.sell_count,
        total_buys=row.total_buys,
        total_sells=row.total_sells,
        net=row.net,
        signal="↑" if row.net > 0 else "↓" if row.net < 0 else "→",
        top_insiders=insiders,
    )


@app.get("/api/v1/form4/{ticker}", response_model_exclude_none=True)
async def company(
    ticker: str,
    session: InSession,
    count: Annotated[int, Query(ge=1, le=told.MOST)] = told.COUNT,
    start_date: date | None = None,
) -> CompanyActivity:
    """Answer for one company."""
    found = told.BY_TICKER.get(ticker.upper())
    if found is None:
        raise HTTPException(404, f"No company has the ticker {ticker}.")
    wanted = select(T).where(T.issuer_cik == found.cik, T.superseded_by.is_(None))
    if start_date is not None:
        wanted = wanted.where(T.filed_on >= start_date)
    newest = (T.known_at.desc(), T.accession_number.desc(), T.table_kind.desc(), T.line)
    lines = (await session.scalars(wanted.order_by(*newest).limit(count + 1))).all()
    coverage = await session.get(CoverageRow, found.cik)
    insiders = await all_insiders(session, wanted)
    return CompanyActivity(
        ticker=found.ticker,
        company_name=found.name,
        cik=found.cik,
        status="loading" if coverage is None else "ready",
        coverage_start=coverage.coverage_start if coverage else None,
        transactions=[Transaction.model_validate(line) for line in lines[:count]],
        insiders=insiders,
        summary=await sums(session, wanted),
        last_updated=coverage.refreshed_at if coverage else None,
        next_page_token=lines[count - 1].accession_number if len(lines) > count else "",
    )


async def sums(session: AsyncSession, wanted: Select) -> Summary:
    """Sum all lines that match."""
    row = (
        (
            await session.execute(
                wanted.with_only_columns(
                    BUYS.label("total_buys"),
                    SELLS.label("total_sells"),
                    (BUYS - SELLS).label("net"),
                    BUY_COUNT.label("buy_count"),
                    SELL_COUNT.label("sell_count"),
                    func.count().label("transaction_count"),
                )
            )
        )
        .mappings()
        .one()
    )
    return Summary(**row)


async def all_insiders(session: AsyncSession, wanted: Select) -> list[Insider]:
    """Sum the lines that match by owner; name and role are those of the owner's newest filing."""
    newest = wanted.with_only_columns(T.owner_cik, T.owner_name, T.owner_role).distinct(T.owner_cik)
    names = {
        row.owner_cik: row
        for row in await session.execute(newest.order_by(T.owner_cik, T.known_at.desc(), T.accession_number.desc()))
    }
    rows = await session.execute(
        wanted.with_only_columns(
            T.owner_cik,
            BUY_COUNT.label("buy_count"),
            SELL_COUNT.label("sell_count"),
            BUYS.label("total_buys"),
            SELLS.label("total_sells"),
            (BUYS - SELLS).label("net"),
            func.max(T.date_effective).label("last_date"),
        ).group_by(T.owner_cik)
    )
    insiders = [
        Insider(
            cik=row.owner_cik,
            name=names[row.owner_cik].owner_name,
            role=names[row.owner_cik].owner_role,
            buy_count=row.buy_count,
            sell_count=row.sell_count,
            total_buys=row.total_buys,
            total_sells=row.total_sells,
            net=row.net,
            last_date=row.last_date,
        )
        for row in rows
    ]
    return sorted(insiders, key=lambda one: (-abs(one.net), one.name, one.cik))
