"""Provide a real Valkey and a server that answers as a test says."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bench.budget.valkey import ThrowawayValkey
from services.filings.edgar.connection import connect_redis
from services.filings.edgar.settings import EdgarSettings
from tests.integration.edgar.scripted import ScriptedServer

MakeSettings = Callable[..., EdgarSettings]


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowawayValkey]:
    """Run one Valkey for all tests of a process."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    with ThrowawayValkey(folder) as server:
        yield server


@pytest.fixture
async def redis(valkey: ThrowawayValkey) -> AsyncIterator[Redis]:
    """Connect to an empty queue database; the cache is emptied too."""
    async with connect_redis(valkey.url(0)) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def warm(redis: Redis) -> Redis:
    """Connect to a queue that remembers grants of long ago, so that the first request need not wait."""
    await redis.rpush("sectracker:edgar:grants", 1)
    return redis


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Listen on a free port, with no answers yet."""
    async with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def settings(valkey: ThrowawayValkey) -> MakeSettings:
    """Make settings of short patience for one server, which may be nobody."""

    def make(url: str = "http://127.0.0.1:1", **changes: Any) -> EdgarSettings:
        """Change single fields by name."""
        short = EdgarSettings(
            user_agent="Example Research admin@example.com",
            queue_redis_url=valkey.url(0),
            cache_redis_url=valkey.url(1),
            data_url=url,
            www_url=url,
            rate=200,
            backoff_seconds=0.01,
            connect_timeout_seconds=1,
            read_timeout_seconds=0.5,
            total_timeout_seconds=2,
            grant_timeout_seconds=5,
            redis_patience_seconds=0.5,
        )
        return replace(short, **changes)

    return make
