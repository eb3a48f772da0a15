"""FastAPI with asyncpg: form4's own statements, pydantic response models."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from fastapi import FastAPI, HTTPException, Query

from bench.fastapi import told
from bench.fastapi.schemas import (
    CompanyActivity,
    CompanyTotals,
    Derivative,
    Insider,
    MarketActivity,
    Summary,
    TopInsider,
    Transaction,
)

EASTERN = ZoneInfo("America/New_York")
STATEMENTS = told.statements()

Count = Annotated[int, Query(ge=1, le=told.MOST)]
MarketCount = Annotated[int, Query(ge=1, le=told.MOST_OF_MARKET)]
Amount = Annotated[float | None, Query(ge=0)]


class Database:
    """Hold the pool of this worker."""

    pool: asyncpg.Pool

    async def rows(self, statement: told.Statement, **values: object) -> list[asyncpg.Record]:
        """Run a statement."""
        return await self.pool.fetch(statement.text, *statement.values(**values))


DATABASE = Database()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Open the pool for as long as the worker lives."""
    size = told.CONNECTIONS
    async with asyncpg.create_pool(told.DATABASE_URL, min_size=size, max_size=size) as DATABASE.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/form4/latest", response_model_exclude_none=True)
async def latest(count: MarketCount = told.MARKET_COUNT, min_amount: Amount = None) -> MarketActivity:
    """Answer for the market."""
    return await market_activity(count, min_amount)


@app.get("/api/v1/form4/{ticker}", response_model_exclude_none=True)
async def company(ticker: str, count: Count = told.COUNT, start_date: date | None = None) -> CompanyActivity:
    """Answer for one company."""
    return await company_activity(ticker, count, start_date)


async def company_activity(ticker: str, count: int, start: date | None) -> CompanyActivity:
    """Ask for one company, and say it."""
    found = told.BY_TICKER.get(ticker.upper())
    if found is None:
        raise HTTPException(404, f"No company has the ticker {ticker}.")
    statement = STATEMENTS["company" if start is None else "company from a day"]
    rows = await DATABASE.rows(statement, cik=found.cik, limit=count + 1, start=start)
    first = rows[0]
    lines = [row for row in rows if row["accession_number"] is not None]
    return CompanyActivity(
        ticker=found.ticker,
        company_name=found.name,
        cik=found.cik,
        status="loading" if first["refreshed_at"] is None else "ready",
        coverage_start=first["coverage_start"],
        transactions=[transaction(row) for row in lines[:count]],
        insiders=[
            Insider(**dict(zip(Insider.model_fields, values, strict=True)))
            for values in orjson.loads(first["insiders"])
        ],
        summary=Summary(**first),
        last_updated=first["refreshed_at"],
        next_page_token=position(lines[count - 1]) if len(lines) > count else "",
    )


def transaction(row: asyncpg.Record) -> Transaction:
    """Say one line."""
    derivative = Derivative(**row) if row["table_kind"] == "derivative" else None
    return Transaction(**row, derivative=derivative)


def position(line: asyncpg.Record) -> str:
    """Say where the next page begins."""
    return f"{line['known_at']:%Y%m%d%H%M%S}.{line['accession_number']}.{line['table_kind']}.{line['line']}"


async def market_activity(count: int, min_amount: float | None) -> MarketActivity:
    """Ask for the market, and say it."""
    statement = STATEMENTS["market" if min_amount is None else "market from an amount"]
    start = datetime.now(EASTERN).date() - timedelta(days=told.MARKET_DAYS)
    smallest = None if min_amount is None else Decimal(str(min_amount))
    rows = await DATABASE.rows(statement, start=start, limit=count + 1, min_amount=smallest)
    first = rows[0]
    companies = [row for row in rows if row["cik"] is not None]
    return MarketActivity(
        companies=[company_totals(row) for row in companies[:count]],
        buying_companies=first["buying_companies"],
        selling_companies=first["selling_companies"],
        total_companies=first["total_companies"],
        total_transactions=first["total_transactions"],
        last_updated=first["refreshed_at"],
        next_page_token=place(companies[count - 1]) if len(companies) > count else "",
    )


def place(company: asyncpg.Record) -> str:
    """Say where the next page of companies begins."""
    return f"{company['rank']}.{company['cik']}"


def company_totals(row: asyncpg.Record) -> CompanyTotals:
    """Say one company's sums."""
    named = told.BY_CIK.get(row["cik"])
    return CompanyTotals(
        ticker=named.ticker if named else None,
        company_name=named.name if named else row["name"],
        cik=row["cik"],
        buy_count=row["buy_count"],
        sell_count=row["sell_count"],
        total_buys=row["total_buys"],
        total_sells=row["total_sells"],
        net=row["net"],
        signal="↑" if row["net"] > 0 else "↓" if row["net"] < 0 else "→",
        top_insiders=[
            TopInsider(cik=cik, name=name, role=role, net=net)
            for cik, name, role, net in orjson.loads(row["top_insiders"])
        ],
    )
