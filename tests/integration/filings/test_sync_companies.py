"""The SEC's list of companies: read, dated, and refused when it is cut."""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select

from services.chassis.db import Sessions
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import Malformed, Unavailable
from services.filings.edgar.tickers import TickerFile, TickerRow
from services.filings.models import Company, TickerAlias
from services.filings.repository import companies, tickers
from services.filings.sweep import Sweeper
from services.filings.sync_companies import Synced, is_due, store, sync
from services.identifiers import Cik, Ticker
from tests.edgar.tickers import tickers_with_exchange
from tests.integration.filings.house import House

EXCHANGE = "company_tickers_exchange.json"

Row = tuple[str, int, str]

MONDAY, TUESDAY, FRIDAY = (dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC) for day in (2, 3, 6))


def rows(*listed: Row) -> tuple[TickerRow, ...]:
    """Return rows of the SEC's list."""
    return tuple(TickerRow(Cik(str(cik)), Ticker(ticker), name, "NYSE") for ticker, cik, name in listed)


def take(sessions: Sessions, when: dt.datetime, *listed: Row) -> None:
    """Make these the current tickers on a day."""
    with sessions() as session:
        tickers.replace(session, rows(*listed), when.isoformat(), when)


def aliases(sessions: Sessions, ticker: str) -> list[tuple[int, dt.date, dt.date, bool]]:
    """Return whom a ticker names or named, from when to when, and whether today."""
    query = select(TickerAlias).where(TickerAlias.ticker == ticker).order_by(TickerAlias.cik)
    with sessions.read() as session:
        found = session.scalars(query).all()
    return [(int(one.cik), one.first_seen_on, one.last_seen_on, one.is_current) for one in found]


def current(sessions: Sessions) -> list[tuple[str, int, str]]:
    """Return the current tickers in their order."""
    with sessions.read() as session:
        return [(row.ticker, int(row.cik), row.name) for row in companies.tickers(session)]


def test_a_ticker_that_stays_is_seen_again(filings_sessions: Sessions) -> None:
    """A ticker keeps the day on which it was first seen, and gets the day of each newer list."""
    take(filings_sessions, MONDAY, ("AAPL", 320193, "Apple Inc."))
    take(filings_sessions, FRIDAY, ("AAPL", 320193, "Apple Inc."))
    assert aliases(filings_sessions, "AAPL") == [(320193, MONDAY.date(), FRIDAY.date(), True)]


def test_a_ticker_that_goes_to_another_company_names_both(filings_sessions: Sessions) -> None:
    """The alias of the one ends and that of the other begins; today there is one (pitfall 20)."""
    take(filings_sessions, MONDAY, ("META", 1, "Roundhill"), ("FB", 1326801, "Facebook"))
    take(filings_sessions, FRIDAY, ("META", 1326801, "Meta"), ("METV", 1, "Roundhill"))
    assert aliases(filings_sessions, "META") == [
        (1, MONDAY.date(), MONDAY.date(), False),
        (1326801, FRIDAY.date(), FRIDAY.date(), True),
    ]
    assert aliases(filings_sessions, "FB") == [(1326801, MONDAY.date(), MONDAY.date(), False)]
    assert current(filings_sessions) == [("META", 1326801, "Meta"), ("METV", 1, "Roundhill")]


def test_a_ticker_that_disappears_is_kept_and_comes_back(filings_sessions: Sessions) -> None:
    """What is gone names nobody and is remembered; when it comes back it is the same alias."""
    take(filings_sessions, MONDAY, ("AAPL", 320193, "Apple Inc."), ("OLD", 7, "Old Corp"))
    take(filings_sessions, TUESDAY, ("AAPL", 320193, "Apple Inc."))
    assert aliases(filings_sessions, "OLD") == [(7, MONDAY.date(), MONDAY.date(), False)]
    assert current(filings_sessions) == [("AAPL", 320193, "Apple Inc.")]
    take(filings_sessions, FRIDAY, ("OLD", 7, "Old Corp"), ("AAPL", 320193, "Apple Inc."))
    assert aliases(filings_sessions, "OLD") == [(7, MONDAY.date(), FRIDAY.date(), True)]
    assert [row[0] for row in current(filings_sessions)] == ["OLD", "AAPL"]


def test_tickers_that_change_places_in_one_list(filings_sessions: Sessions) -> None:
    """Two companies may swap their tickers from one list to the next."""
    take(filings_sessions, MONDAY, ("A", 1, "One"), ("B", 2, "Two"))
    take(filings_sessions, FRIDAY, ("A", 2, "Two"), ("B", 1, "One"))
    assert current(filings_sessions) == [("A", 2, "Two"), ("B", 1, "One")]


def test_of_two_claims_to_a_ticker_the_first_counts(filings_sessions: Sessions) -> None:
    """Where a list gives one ticker twice, the larger company, which it names first, has it."""
    take(filings_sessions, MONDAY, ("A", 1, "Large"), ("A", 2, "Small"), ("C", 2, "Small"))
    assert current(filings_sessions) == [("A", 1, "Large"), ("C", 2, "Small")]


def test_a_company_is_renamed(filings_sessions: Sessions) -> None:
    """A company has the name of the newest list: the one beside its first ticker."""
    take(filings_sessions, MONDAY, ("FB", 1326801, "Facebook Inc"))
    take(filings_sessions, FRIDAY, ("META", 1326801, "Meta Platforms, Inc."), ("FB", 1326801, "Facebook Inc"))
    with filings_sessions.read() as session:
        assert session.execute(select(Company.name)).scalars().all() == ["Meta Platforms, Inc."]


def test_a_list_cut_in_half_is_refused(filings_sessions: Sessions) -> None:
    """A list that lost more than half of its rows changes nothing; one that lost fewer is taken."""
    many = [(f"T{number}", number, f"Company {number}") for number in range(1, 11)]
    give(filings_sessions, many, "1")
    for left in (0, 1, 4):
        with pytest.raises(Malformed, match=f"names {left} tickers"):
            give(filings_sessions, many[:left], "2")
        assert len(current(filings_sessions)) == 10
    give(filings_sessions, many[:5], "2")
    assert len(current(filings_sessions)) == 5


def test_a_first_list_without_tickers_is_refused(filings_sessions: Sessions) -> None:
    """An empty list is none, also where there was none before."""
    with pytest.raises(Malformed):
        give(filings_sessions, [], "1")
    with filings_sessions.read() as session:
        assert companies.version(session) is None
    assert is_due(filings_sessions)


def give(sessions: Sessions, listed: Sequence[Row], version: str) -> Synced:
    """Store a list as it was read from the SEC."""
    return store(sessions, TickerFile(rows(*listed), 0), version)


def read(house: House) -> Synced:
    """Read the small EDGAR's list."""

    async def once() -> Synced:
        """Read the list once."""
        async with EdgarClient(house.settings()) as client:
            return await sync(client, house.sessions)

    return asyncio.run(once())


def listed(house: House) -> list[dict[str, Any]]:
    """Return the rows of the small EDGAR's list."""
    file = json.loads(tickers_with_exchange(house.edgar._edgar.held.catalog).body)
    return [dict(zip(file["fields"], row, strict=True)) for row in file["data"]]


def test_the_list_is_read_from_the_sec(house: House) -> None:
    """Every readable row is a current ticker; reading the same list again only notes that it was read."""
    expected = listed(house)
    first = read(house)
    assert (first.tickers, first.bad_rows, first.is_new) == (len(expected), 0, True)
    assert current(house.sessions) == [(row["ticker"], row["cik"], row["name"]) for row in expected]
    version = house.rows("SELECT version, read_at FROM ticker_lists")[0]
    assert not read(house).is_new
    again = house.rows("SELECT version, read_at FROM ticker_lists")[0]
    assert again["version"] == version["version"]
    assert again["read_at"] > version["read_at"]
    assert [seen["conditional"] for seen in house.edgar.log()] == [False, True]


def test_half_a_list_from_the_sec_is_refused(house: House) -> None:
    """A list that is cut at a row, so that it is still JSON, leaves what is stored."""
    read(house)
    before = current(house.sessions)
    data = [[row["cik"], row["name"], row["ticker"], ""] for row in listed(house)]
    half = {"fields": ["cik", "name", "ticker", "exchange"], "data": data[: len(data) // 2 - 1]}
    house.edgar.control(EXCHANGE, "body", body=json.dumps(half), times=None)
    with pytest.raises(Malformed, match="the one before named"):
        read(house)
    assert current(house.sessions) == before


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "body", "body": '{"fields": ["cik"]}'}, Malformed),
        ({"kind": "body", "body": "{}"}, Malformed),
        ({"kind": "body", "body": "[1, 2"}, (Malformed, Unavailable)),
        ({"kind": "cut"}, (Malformed, Unavailable)),
        ({"kind": "status", "status": 503}, Unavailable),
    ],
)
def test_what_is_no_list_changes_nothing(house: House, fault: dict[str, Any], error: Any) -> None:
    """Whatever else the SEC answers, the list that is there stays."""
    read(house)
    before = current(house.sessions)
    with Redis.from_url(house.valkey.cache_url) as cache:
        cache.flushdb()  # or the SEC would be asked whether the copy is still good
    house.edgar.control(EXCHANGE, times=None, **fault)
    with pytest.raises(error):
        read(house)
    assert current(house.sessions) == before


def test_bad_rows_cost_no_good_one(house: House) -> None:
    """Rows that cannot be read are counted, and all others are taken."""
    data = [[1, "One", "ONE", "NYSE"], [0, "Zero", "ZERO", ""], [2, "Two", "?", ""], [3, "", "X", ""], [4, "Four"], 5]
    file = {"fields": ["cik", "name", "ticker", "exchange"], "data": data}
    house.edgar.control(EXCHANGE, "body", body=json.dumps(file))
    assert read(house)[:2] == (1, 5)
    assert current(house.sessions) == [("ONE", 1, "One")]


def test_the_sweeper_reads_a_list_that_is_a_day_old(house: House) -> None:
    """The first round reads the list, the next ones leave it alone until it is a day old."""
    sweeper = Sweeper(house.sessions, house.messages, house.settings())
    for _ in range(2):
        sweeper.sync()
    assert len(house.fetched(EXCHANGE)) == 1
    house.change("UPDATE ticker_lists SET read_at = now() - interval '25 hours'")
    sweeper.sync()
    assert len(house.fetched(EXCHANGE)) == 2
    assert not is_due(house.sessions)
