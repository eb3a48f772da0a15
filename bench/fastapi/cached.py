"""FastAPI with asyncpg and form4's own trick: answers kept as bytes, each made once at a time.

An answer is good for a second; one about a company stands for as long as form4's own statement, asked four times a
second, says that the company has not changed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import date
from time import monotonic

from fastapi import FastAPI, Response

from bench.fastapi import alone, told
from bench.fastapi.alone import Amount, Count, MarketCount, company_activity, market_activity
from bench.fastapi.schemas import CompanyActivity, MarketActivity

LIFETIME_SECONDS = 1.0
LOOK_SECONDS = 0.25
MAX_ANSWERS = 10_000
CHANGES = told.statements()["changes"]

Make = Callable[[], Awaitable[CompanyActivity | MarketActivity]]


class Answers:
    """Keep answers as bytes, each with its time and the looks that there had been when it was begun."""

    def __init__(self) -> None:
        self.kept: dict[object, tuple[float, bytes, str | None]] = {}
        self.making: dict[object, asyncio.Task[bytes]] = {}
        self.about: dict[str, set[object]] = {}
        self.looks = 0
        self.confirmed_until = 0.0

    async def get(self, key: object, make: Make, about: str | None = None) -> Response:
        """Return a kept answer, or one that is made now, for everybody who asks for it meanwhile."""
        kept = self.kept.get(key)
        if kept is not None:
            until, data, topic = kept
            now = monotonic()
            if until > now or (topic is not None and self.confirmed_until > now):
                return Response(data, media_type="application/json")
        task = self.making.get(key)
        if task is None:
            task = self.making[key] = asyncio.create_task(self.make(key, make, about))
        return Response(await task, media_type="application/json")

    async def make(self, key: object, make: Make, about: str | None) -> bytes:
        """Make an answer and keep it; the oldest one goes when there are too many."""
        looks = self.looks
        try:
            data = (await make()).model_dump_json(exclude_none=True).encode()
            topic = about if looks == self.looks else None
            self.kept.pop(key, None)
            self.kept[key] = (monotonic() + LIFETIME_SECONDS, data, topic)
            if topic is not None:
                self.about.setdefault(topic, set()).add(key)
            if len(self.kept) > MAX_ANSWERS:
                del self.kept[next(iter(self.kept))]
            return data
        finally:
            del self.making[key]

    def confirm(self, changed: Iterable[str], until: float) -> None:
        """Drop the answers about companies that changed; the others stand until a moment."""
        self.looks += 1
        for topic in changed:
            for key in self.about.pop(topic, ()):
                self.kept.pop(key, None)
        self.confirmed_until = until


ANSWERS = Answers()


async def watch() -> None:
    """Look again and again which companies changed."""
    horizon = 0
    while True:
        begun = monotonic()
        (found,) = await alone.DATABASE.rows(CHANGES, horizon=horizon)
        ANSWERS.confirm({note.partition(" ")[0] for note in found["notes"]}, begun + LIFETIME_SECONDS)
        horizon = found["horizon"]
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool, and watch, for as long as the worker lives."""
    async with alone.lifespan(app):
        task = asyncio.create_task(watch())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/form4/latest", response_model=MarketActivity)
async def latest(count: MarketCount = told.MARKET_COUNT, min_amount: Amount = None) -> Response:
    """Answer for the market."""
    return await ANSWERS.get((count, min_amount), lambda: market_activity(count, min_amount))


@app.get("/api/v1/form4/{ticker}", response_model=CompanyActivity)
async def company(ticker: str, count: Count = told.COUNT, start_date: date | None = None) -> Response:
    """Answer for one company."""
    found = told.BY_TICKER.get(ticker.upper())
    make = lambda: company_activity(ticker, count, start_date)  # noqa: E731 - it closes over the request
    return await ANSWERS.get((ticker, count, start_date), make, found.cik if found else None)
