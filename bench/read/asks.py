"""Say what is asked: one company by its ticker or the whole market, so that answers repeat or so that none does."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import urlencode

from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest

from bench.read.wire import framed

URLS = 3_000
COUNT = 20
SERVICE = "/sectracker.form4.v1.Form4Service/"
# Windows that begin before the first filing have all lines in them, and amounts below a cent keep every company: each
# such request is new to a cache and has the same answer. They come back after so many requests, many lifetimes later.
EARLIEST, EARLIER_DAYS = date(1900, 1, 1), 40_000
SMALL_AMOUNTS = 1_000_000


class Ask(NamedTuple):
    """One request: as the path of a GET, and as a message that gRPC carries."""

    path: bytes
    message: bytes


class Scenario(NamedTuple):
    """A way of asking: its name, its RPC, and how to make so many requests of it."""

    name: str
    method: str
    title: str
    make: Callable[[random.Random, list[str], int], list[Ask]]


def company(ticker: str, **filters: str) -> Ask:
    """Ask for one company."""
    request = GetCompanyActivityRequest(ticker=ticker, count=COUNT, **filters)  # type: ignore[arg-type]
    query = urlencode({"count": COUNT, **filters})
    return Ask(f"/api/v1/form4/{ticker}?{query}".encode(), framed(request.SerializeToString()))


def market(**filters: float) -> Ask:
    """Ask for the market."""
    query = f"?{urlencode({name: f'{value:.8f}' for name, value in filters.items()})}" if filters else ""
    request = GetMarketActivityRequest(**filters)  # type: ignore[arg-type]
    return Ask(f"/api/v1/form4/latest{query}".encode(), framed(request.SerializeToString()))


def popular(dice: random.Random, tickers: list[str], count: int) -> list[str]:
    """Draw tickers: the k-th of the first 3,000 is asked for in proportion to 1/k."""
    asked = tickers[:URLS]
    shares = list(accumulate(1 / rank for rank in range(1, len(asked) + 1)))
    return dice.choices(asked, cum_weights=shares, k=count)


def by_ticker(dice: random.Random, tickers: list[str], count: int) -> list[Ask]:
    """Ask for companies by ticker."""
    asks = {ticker: company(ticker) for ticker in tickers[:URLS]}
    return [asks[ticker] for ticker in popular(dice, tickers, count)]


def by_ticker_anew(dice: random.Random, tickers: list[str], count: int) -> list[Ask]:
    """Ask for companies by ticker, each time with another first day before the first filing."""
    first = dice.randrange(EARLIER_DAYS)
    days = (EARLIEST + timedelta((first + number) % EARLIER_DAYS) for number in range(count))
    return [
        company(ticker, start_date=day.isoformat())
        for ticker, day in zip(popular(dice, tickers, count), days, strict=True)
    ]


def latest(_dice: random.Random, _tickers: list[str], _count: int) -> list[Ask]:
    """Ask for the market's last 30 days."""
    return [market()]


def latest_anew(dice: random.Random, _tickers: list[str], count: int) -> list[Ask]:
    """Ask for the market's last 30 days, each time with another lower bound, of less than a cent."""
    return [market(min_amount=number / 100 / SMALL_AMOUNTS) for number in dice.sample(range(SMALL_AMOUNTS), count)]


SCENARIOS = (
    Scenario("ticker", "GetCompanyActivity", "form4/{ticker}, 3,000 URLs", by_ticker),
    Scenario("ticker-anew", "GetCompanyActivity", "form4/{ticker}, no request repeats", by_ticker_anew),
    Scenario("latest", "GetMarketActivity", "form4/latest", latest),
    Scenario("latest-anew", "GetMarketActivity", "form4/latest, no request repeats", latest_anew),
)
