"""Check the fleet's budget against a real Valkey."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest
from redis.asyncio import Redis

from bench.budget.measure import MICROSECONDS, Worker, pace, take_grants, take_together
from bench.budget.valkey import ThrowawayValkey, free_port
from services.filings.domain import Priority
from services.filings.edgar.budget import LAST_KEY, PAUSE_KEY, Budget, SecState
from services.filings.edgar.connection import connect_redis
from services.filings.edgar.errors import BudgetUnavailable, Throttled
from tests.integration.edgar.conftest import MakeSettings

GRANTS_KEY = "sectracker:edgar:grants"
SLOT = MICROSECONDS // 8


def test_four_processes_keep_one_pace(valkey: ThrowawayValkey, redis: Redis) -> None:
    """Processes that know nothing of each other take at least 7.6 and never more than 8 in any second."""
    taken = take_together([Worker(valkey.url(0), 8, 6)] * 4)
    result = pace([at for grants in taken for at in grants])
    assert result.most_in_a_second <= 8
    assert result.per_second >= 7.6
    assert all(taken)


async def test_a_restart_of_valkey_grants_nothing_for_a_second(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A Valkey that forgot everything is asked again by itself, and no second holds more than 8 grants."""
    with ThrowawayValkey(tmp_path_factory.mktemp("restarted")) as valkey:
        workers = [asyncio.create_task(take_grants(Worker(valkey.url(0), 8, 5))) for _ in range(2)]
        await asyncio.sleep(2.2)
        await valkey.restart(away_seconds=0.1)
        grants = sorted(at for taken in await asyncio.gather(*workers) for at in taken)
    assert pace(grants).most_in_a_second <= 8
    assert max(later - earlier for earlier, later in pairwise(grants)) > MICROSECONDS
    assert len(grants) > 16


async def test_idleness_saves_nothing_up(warm: Redis, settings: MakeSettings) -> None:
    """After a long silence grants come one by one, not at once."""
    budget = Budget(warm, settings(rate=8))
    grants = [grant.at for grant in await asyncio.gather(*(budget.grant(Priority.USER) for _ in range(6)))]
    assert all(later - earlier >= 0.75 * SLOT for earlier, later in pairwise(grants))


async def test_without_memory_the_first_grant_waits(redis: Redis, settings: MakeSettings) -> None:
    """An empty Redis is treated as one that has just granted a full second's worth."""
    grant = await Budget(redis, settings(rate=8)).grant(Priority.USER)
    assert 0.9 < grant.waited < 2


async def test_a_clock_that_went_back_is_survived(redis: Redis, settings: MakeSettings) -> None:
    """Grants of the future are forgotten, at the price of a second."""
    await redis.rpush(GRANTS_KEY, int((time.time() + 3600) * MICROSECONDS))
    grant = await Budget(redis, settings(rate=8)).grant(Priority.USER)
    assert 0.9 < grant.waited < 2


async def test_user_work_goes_first_and_background_is_not_starved(warm: Redis, settings: MakeSettings) -> None:
    """While users wait, background work gets one or two grants a second; when they don't, it gets all."""
    users, others = Budget(warm, settings(rate=8)), Budget(warm, settings(rate=8))
    taken: dict[Priority, list[int]] = {priority: [] for priority in Priority}

    async def keep_taking(budget: Budget, priority: Priority) -> None:
        """Take grants of one class."""
        while True:
            taken[priority].append((await budget.grant(priority)).at)

    user_tasks = [asyncio.create_task(keep_taking(users, Priority.USER)) for _ in range(3)]
    background = [asyncio.create_task(keep_taking(others, Priority.BACKGROUND)) for _ in range(3)]
    await asyncio.sleep(4)
    for task in user_tasks:
        task.cancel()
    contended = {priority: list(grants) for priority, grants in taken.items()}
    await asyncio.sleep(2)
    for task in background:
        task.cancel()
    await asyncio.gather(*user_tasks, *background, return_exceptions=True)

    waits = [later - earlier for earlier, later in pairwise(contended[Priority.BACKGROUND])]
    assert max(waits) <= MICROSECONDS
    assert len(contended[Priority.USER]) > 3 * len(contended[Priority.BACKGROUND])
    assert len(taken[Priority.BACKGROUND]) - len(contended[Priority.BACKGROUND]) >= 12
    assert pace(taken[Priority.USER] + taken[Priority.BACKGROUND]).most_in_a_second <= 8


async def test_a_waiter_that_gives_up_holds_nobody_up(redis: Redis, settings: MakeSettings) -> None:
    """Cancelling the first in the queue lets the next one through, of either class."""
    budget = Budget(redis, settings(rate=8))
    first = [asyncio.create_task(budget.grant(Priority.USER)) for _ in range(3)]
    await asyncio.sleep(0.2)
    for task in first:
        task.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    grant = await budget.grant(Priority.BACKGROUND)
    assert grant.waited < 1.5


async def test_no_cancellation_is_lost(warm: Redis, settings: MakeSettings) -> None:
    """A task that is cancelled at whatever moment of its talk with Redis ends."""
    budget = Budget(warm, settings(rate=2000))

    async def keep_taking() -> None:
        """Take one grant after the other."""
        while True:
            await budget.grant(Priority.USER)

    for turn in range(400):
        task = asyncio.create_task(keep_taking())
        await asyncio.sleep((turn % 20) / 4000)
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        assert task.cancelled()


async def test_a_pause_is_everybodys_and_ends(warm: Redis, settings: MakeSettings) -> None:
    """One client's pause stops the other, also one that was already waiting, until the time is over."""
    one, other = Budget(warm, settings(pause_seconds=0.6)), Budget(warm, settings(pause_seconds=0.6))
    until = await one.pause()
    for budget in (one, other):
        with pytest.raises(Throttled) as caught:
            await budget.grant(Priority.USER)
        assert abs(caught.value.until - until) < timedelta(seconds=0.2)
    await asyncio.sleep(0.7)
    await one.grant(Priority.USER)
    await other.grant(Priority.BACKGROUND)


async def test_a_pause_outlives_a_redis_that_forgot_it(warm: Redis, settings: MakeSettings) -> None:
    """A client that knows of the pause tells the new Redis, and so the others."""
    one, other = Budget(warm, settings(pause_seconds=30)), Budget(warm, settings(pause_seconds=30))
    await one.pause()
    await warm.flushall()
    for budget in (one, other):
        with pytest.raises(Throttled):
            await budget.grant(Priority.USER)
    assert 25_000 < await warm.pttl(PAUSE_KEY) <= 30_000


async def test_without_redis_nothing_is_granted(settings: MakeSettings) -> None:
    """A Redis that is away ends in a clear error after a stated patience."""
    started = time.monotonic()
    async with connect_redis(f"redis://127.0.0.1:{free_port()}/0") as nobody:
        with pytest.raises(BudgetUnavailable, match="Redis"):
            await Budget(nobody, settings()).grant(Priority.USER)
        await Budget(nobody, settings()).record(SecState.REACHABLE, "ok")
        assert await Budget(nobody, settings(pause_seconds=60)).pause() > datetime.now(UTC)
    assert time.monotonic() - started < 3


async def test_a_long_queue_ends_in_an_error(redis: Redis, settings: MakeSettings) -> None:
    """Whoever waits longer than the stated time is told so, and the queue goes on."""
    budget = Budget(redis, settings(rate=8, grant_timeout_seconds=1.5))
    results = await asyncio.gather(*(budget.grant(Priority.USER) for _ in range(12)), return_exceptions=True)
    failed = [result for result in results if isinstance(result, BudgetUnavailable)]
    assert 4 <= len(failed) < 12
    assert "too many requests" in str(failed[0])


async def test_a_grant_that_arrives_late_is_not_used(
    warm: Redis, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped while it asked does not send into other processes' seconds."""
    budget = Budget(warm, settings(rate=8))
    asks: list[float] = []
    ask = budget._ask

    async def slow_at_first(priority: Priority) -> object:
        """Let the first answer arrive late."""
        asks.append(time.monotonic())
        reply = await ask(priority)
        await asyncio.sleep(0.3 if len(asks) == 1 else 0)
        return reply

    monkeypatch.setattr(budget, "_ask", slow_at_first)
    await budget.grant(Priority.USER)
    assert len(asks) == 2


async def test_what_the_last_request_saw_is_noted(redis: Redis, settings: MakeSettings) -> None:
    """The note has a state, a time and an outcome, and a success does not hide a pause."""
    budget = Budget(redis, settings(pause_seconds=0.5))
    await budget.record(SecState.REACHABLE, "ok")
    note = cast("dict[bytes, bytes]", await redis.hgetall(LAST_KEY))
    assert (note[b"state"], note[b"outcome"], note[b"until"]) == (b"reachable", b"ok", b"")
    assert abs(datetime.fromisoformat(note[b"at"].decode()) - datetime.now(UTC)) < timedelta(seconds=5)

    await budget.record(SecState.THROTTLED, "throttled", await budget.pause())
    await budget.record(SecState.REACHABLE, "ok")
    assert (await redis.hgetall(LAST_KEY))[b"state"] == b"throttled"
    await asyncio.sleep(0.7)
    assert await redis.hgetall(LAST_KEY) == {}
