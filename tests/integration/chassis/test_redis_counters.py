"""Counters in a real Valkey: the same as those of one process, whatever is asked of them; and what they cost."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from services.chassis.counters import LocalCounters, Quota, Taken
from services.chassis.shared_counters import PREFIX, SCRIPT, RedisCounters, connect
from services.chassis.windows import Window
from tests.support.keyvalue import KeyValue

NUMBERS = count()
CLOCK_KEY = "clock"
# The script as it is, by a clock that a test sets.
BY_OUR_CLOCK = SCRIPT.replace("redis.call('TIME')", f"redis.call('LRANGE', '{CLOCK_KEY}', 0, 1)")


@dataclass
class Clock:
    """One clock for both kinds of counters. Unit: milliseconds."""

    client: Redis
    now: int

    def forward(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds
        pipeline = self.client.pipeline()
        pipeline.delete(CLOCK_KEY)
        pipeline.rpush(CLOCK_KEY, self.now // 1000, self.now % 1000 * 1000)
        pipeline.execute()

    def __call__(self) -> int:
        """Return the time."""
        return self.now


@pytest.fixture
def client(valkey: KeyValue) -> Iterator[Redis]:
    """Yield a client of an empty server."""
    with connect(valkey.queue_url) as made:
        yield made


WINDOW = st.builds(Window, st.integers(1, 4), st.sampled_from([1, 2, 5]))
WINDOWS = st.lists(WINDOW, min_size=1, max_size=3, unique_by=lambda window: window.seconds).map(tuple)
QUOTAS = st.lists(st.tuples(st.sampled_from("ab"), WINDOWS), min_size=1, max_size=2, unique_by=lambda one: one[0])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), QUOTAS),
        st.tuples(st.just("give_back"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 2_500)),
    ),
    max_size=25,
)


def told(taken: Taken) -> object:
    """Return what a `take` says but for what tells windows apart, which each kind of counters does in its own way."""
    rows = [(one.key, one.window, one.used, one.left) for one in taken.usages]
    refused = taken.refused and (taken.refused.key, taken.refused.window, taken.refused.left)
    return rows, refused


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_redis_counts_as_one_process_does(client: Redis, steps: list[tuple[str, object]]) -> None:
    """Whatever is taken and given back, at whatever time: both say the same."""
    clock, example = Clock(client, int(time.time() * 1000)), next(NUMBERS)
    clock.forward(0)
    remote, local = RedisCounters(client, BY_OUR_CLOCK), LocalCounters(clock)
    taken: list[tuple[Taken, Taken]] = []
    for kind, value in steps:
        if kind == "take":
            quotas = [Quota(f"{example}{name}", windows) for name, windows in value]  # type: ignore[attr-defined]
            both = remote.take(quotas), local.take(quotas)
            assert told(both[0]) == told(both[1])
            taken.append(both)
        elif kind == "wait":
            clock.forward(int(value))  # type: ignore[call-overload]
        elif taken:
            ours, theirs = taken.pop(int(value) % len(taken))  # type: ignore[call-overload]
            remote.give_back(ours)
            local.give_back(theirs)


def test_a_subject_takes_one_key_that_expires(client: Redis) -> None:
    """Nothing is left of whoever stays away for as long as the longest window."""
    RedisCounters(client).take([Quota("calls:user:ada", (Window(10, 1), Window(60, 60), Window(1000, 3600)))])
    assert client.keys() == [f"{PREFIX}calls:user:ada".encode()]
    assert 3_590_000 < client.pttl(f"{PREFIX}calls:user:ada") <= 3_600_000


def test_a_server_that_lost_its_scripts_is_told_again(client: Redis) -> None:
    """After a restart or a flush of scripts the next question works."""
    counters, quotas = RedisCounters(client), [Quota("a", (Window(5, 60),))]
    counters.take(quotas)
    client.script_flush()
    assert counters.take(quotas).usages[0].used == 2


def test_a_clock_that_goes_back_locks_nobody_out(client: Redis) -> None:
    """A window that would last longer than its length has ended."""
    clock = Clock(client, int(time.time() * 1000))
    clock.forward(3_600_000)
    counters, quotas = RedisCounters(client, BY_OUR_CLOCK), [Quota("a", (Window(1, 60),))]
    counters.take(quotas)
    clock.forward(-3_600_000)
    assert counters.take(quotas).refused is None


def test_processes_that_tell_each_other_count_together(client: Redis) -> None:
    """What two processes counted is one sum in one window, which lasts as long as the first of them says."""
    first, second = LocalCounters(), LocalCounters()
    remote, quotas = RedisCounters(client), [Quota("a", (Window(10, 60),))]
    for counters, times in ((first, 3), (second, 4)):
        for _ in range(times):
            counters.take(quotas)
    for counters in (first, second, first):
        changes = counters.changes(10)
        counters.adopt(changes, remote.add(changes) if changes else [])
    assert second.take(quotas).usages[0].used == 8
    assert remote.take(quotas).usages[0].used == 8


def test_a_server_that_lost_its_memory_is_reminded(client: Redis) -> None:
    """A window that Redis does not know begins with all that the process knows of it, not only with what is new."""
    local, remote, quotas = LocalCounters(), RedisCounters(client), [Quota("a", (Window(10, 60),))]
    for _ in range(2):
        for _ in range(3):
            local.take(quotas)
        client.flushall()
        changes = local.changes(10)
        local.adopt(changes, remote.add(changes))
    assert remote.take(quotas).usages[0].used == 7
