"""Shared counters while Valkey hangs, is killed and is back: nobody waits long, and limits go on."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.budget.valkey import ThrowawayValkey
from services.chassis.counters import Quota
from services.chassis.shared_counters import REST_SECONDS, RedisCounters, SharedCounters, connect
from services.chassis.windows import Window

WAIT_SECONDS = 0.5  # the timeout of 80 ms, on a machine that does much else
QUOTAS = [Quota("calls:user:ada", (Window(20, 60),))]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ThrowawayValkey]:
    """Yield a Valkey that this test may stop and kill."""
    with ThrowawayValkey(tmp_path) as made:
        yield made


@pytest.fixture
def counters(server: ThrowawayValkey) -> Iterator[SharedCounters]:
    """Yield the counters of a process that has spoken to Valkey before."""
    with connect(server.url(0)) as client:
        made = SharedCounters(RedisCounters(client))
        made.take([Quota("warm", (Window(1, 1),))])
        yield made


def longest(counters: SharedCounters, times: int) -> float:
    """Take so many times, by four threads, and return how long the slowest took. Unit: seconds."""

    def take(_number: int) -> float:
        began = time.perf_counter()
        counters.take(QUOTAS)
        return time.perf_counter() - began

    with ThreadPoolExecutor(4) as pool:
        return max(pool.map(take, range(times)))


def granted(counters: SharedCounters, times: int) -> int:
    """Take so many times and return how often it was granted."""
    return sum(counters.take(QUOTAS).refused is None for _ in range(times))


def test_a_server_that_hangs_costs_one_short_wait(server: ThrowawayValkey, counters: SharedCounters) -> None:
    """Whoever is asking when it stops waits for the timeout; for the next second nobody asks."""
    server.freeze()
    try:
        assert 0.07 < longest(counters, 4) < WAIT_SECONDS
        assert longest(counters, 200) < 0.07
    finally:
        server.thaw()


def test_a_server_that_is_gone_is_asked_once_a_second(server: ThrowawayValkey, counters: SharedCounters) -> None:
    """The process goes on by what Redis said last, and limits by that."""
    assert granted(counters, 5) == 5
    server.kill()
    assert longest(counters, 100) < WAIT_SECONDS
    (usage,) = counters.take(QUOTAS).usages
    assert (usage.used, counters.take(QUOTAS).refused is None) == (20, False)


def test_what_was_counted_meanwhile_is_told_when_it_is_back(server: ThrowawayValkey, counters: SharedCounters) -> None:
    """Back again, it is asked again, and knows of the calls that were let through without it."""
    server.kill()
    assert granted(counters, 15) == 15
    server.start()
    time.sleep(REST_SECONDS)
    counters.merge()
    assert counters.take(QUOTAS).usages[0].used == 16
    assert not counters.take(QUOTAS).is_local


def test_counts_of_public_reads_survive_a_server_that_forgets(
    server: ThrowawayValkey, counters: SharedCounters
) -> None:
    """Killed and empty, it learns from the processes what they know."""
    for _ in range(5):
        counters.count(QUOTAS)
    counters.merge()
    server.kill()
    server.start()
    counters.count(QUOTAS)
    counters.merge()  # finds the connection closed
    time.sleep(REST_SECONDS)
    counters.merge()
    assert counters.take(QUOTAS).usages[0].used == 7


def test_what_is_given_back_where_it_was_taken(server: ThrowawayValkey, counters: SharedCounters) -> None:
    """What Redis counted is given back to Redis, what the process counted to the process."""
    counters.give_back(counters.take(QUOTAS))
    assert counters.take(QUOTAS).usages[0].used == 1
    server.kill()
    counters.give_back(counters.take(QUOTAS))
    assert counters.take(QUOTAS).usages[0].used == 2


def test_without_redis_a_process_counts_alone() -> None:
    """Where no Redis is configured at all, the same questions are answered."""
    counters = SharedCounters(None)
    counters.count(QUOTAS)
    counters.merge()
    assert counters.take(QUOTAS).usages[0].used == 2


def test_an_idle_process_knows_whether_it_is_there(server: ThrowawayValkey, counters: SharedCounters) -> None:
    """With nothing counted, what is told of the last answer's age is a second at most, and grows while it is away."""
    time.sleep(REST_SECONDS)
    counters.merge()
    assert counters.merged_seconds_ago() < REST_SECONDS
    server.kill()
    for _ in range(5):
        time.sleep(REST_SECONDS / 2)
        counters.merge()
    assert counters.merged_seconds_ago() >= 2.5 * REST_SECONDS
    server.start()
    time.sleep(REST_SECONDS)
    counters.merge()
    assert counters.merged_seconds_ago() < REST_SECONDS
