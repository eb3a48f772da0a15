"""FastAPI with asyncpg and form4's own trick: answers kept as bytes for a second, each made once at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from time import monotonic

from fastapi import FastAPI, Response

from bench.fastapi import told
from bench.fastapi.alone import Amount, Count, MarketCount, company_activity, lifespan, market_activity
from bench.fastapi.schemas import CompanyActivity, MarketActivity

LIFETIME_SECONDS = 1.0
MAX_ANSWERS = 10_000

app = FastAPI(lifespan=lifespan)


class Answers:
    """Keep answers as bytes."""

    def __init__(self) -> None:
        self.kept: dict[object, tuple[float, bytes]] = {}
        self.making: dict[object, asyncio.Task[bytes]] = {}

    async def get(self, key: object, make: Callable[[], Awaitable[CompanyActivity | MarketActivity]]) -> Response:
        """Return a kept answer, or one that is made now, for everybody who asks for it meanwhile."""
        kept = self.kept.get(key)
        if kept is not None and kept[0] > monotonic():
            return Response(kept[1], media_type="application/json")
        task = self.making.get(key)
        if task is None:
            task = self.making[key] = asyncio.create_task(self.make(key, make))
        return Response(await task, media_type="application/json")

    async def make(self, key: object, make: Callable[[], Awaitable[CompanyActivity | MarketActivity]]) -> bytes:
        """Make an answer and keep it; the oldest one goes when there are too many."""
        try:
            data = (await make()).model_dump_json(exclude_none=True).encode()
            self.kept.pop(key, None)
            self.kept[key] = (monotonic() + LIFETIME_SECONDS, data)
            if len(self.kept) > MAX_ANSWERS:
                del self.kept[next(iter(self.kept))]
            return data
        finally:
            del self.making[key]


ANSWERS = Answers()


@app.get("/api/v1/form4/latest", response_model=MarketActivity)
async def latest(count: MarketCount = told.MARKET_COUNT, min_amount: Amount = None) -> Response:
    """Answer for the market."""
    return await ANSWERS.get((count, min_amount), lambda: market_activity(count, min_amount))


@app.get("/api/v1/form4/{ticker}", response_model=CompanyActivity)
async def company(ticker: str, count: Count = told.COUNT, start_date: date | None = None) -> Response:
    """Answer for one company."""
    return await ANSWERS.get((ticker, count, start_date), lambda: company_activity(ticker, count, start_date))
