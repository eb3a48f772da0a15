"""Counters of one process: windows that begin with what is counted first, all or nothing, within bounds."""

import threading
from concurrent.futures import ThreadPoolExecutor

from services.chassis.counters import Change, Counted, LocalCounters, Quota
from services.chassis.windows import parse
from tests.support.clock import MillisecondClock


def quota(windows: str = "10/1s,60/1m", key: str = "calls:user:ada") -> list[Quota]:
    """Return the quota of one subject."""
    return [Quota(key, parse(windows))]


def granted(counters: LocalCounters, quotas: list[Quota], times: int) -> int:
    """Take so many times and return how often it was granted."""
    return sum(counters.take(quotas).refused is None for _ in range(times))


def test_a_window_is_fixed_and_no_bucket() -> None:
    """When a minute's 60 are used up, nothing is granted until it ends, then all 60 are."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    assert granted(counters, quota("60/1m"), 61) == 60
    clock.now += 59_999
    assert granted(counters, quota("60/1m"), 1) == 0
    clock.now += 1
    assert granted(counters, quota("60/1m"), 61) == 60


def test_a_window_begins_with_its_first_request() -> None:
    """The time before it does not count: a window is not aligned to anybody's clock."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    granted(counters, quota("2/1s"), 1)
    clock.now += 900
    granted(counters, quota("2/1s"), 1)
    refused = counters.take(quota("2/1s")).refused
    assert refused is not None
    assert (refused.left, refused.remaining) == (0.1, 0)


def test_what_is_refused_uses_nothing_up() -> None:
    """While the second is full, the minute does not count."""
    counters = LocalCounters(MillisecondClock())
    granted(counters, quota(), 30)
    assert [usage.used for usage in counters.take(quota()).usages] == [10, 10]


def test_all_quotas_are_taken_or_none() -> None:
    """One full quota refuses, and the other keeps what it had."""
    counters = LocalCounters(MillisecondClock())
    login, calls = quota("1/1m", "login"), quota("5/1m", "calls")
    assert counters.take(login + calls).refused is None
    refused = counters.take(login + calls).refused
    assert refused is not None
    assert refused.key == "login"
    assert counters.take(calls).usages[0].used == 2


def test_of_two_full_windows_the_one_that_ends_last_refuses() -> None:
    """Whoever comes back when told is not refused by the other one."""
    counters = LocalCounters(MillisecondClock())
    granted(counters, quota("1/1s,1/1m"), 1)
    refused = counters.take(quota("1/1s,1/1m")).refused
    assert refused is not None
    assert refused.left == 60


def test_what_is_given_back_can_be_taken_again() -> None:
    """A login that succeeded is no failure."""
    counters = LocalCounters(MillisecondClock())
    taken = counters.take(quota("1/1m"))
    counters.give_back(taken)
    assert granted(counters, quota("1/1m"), 2) == 1


def test_nothing_is_given_back_to_the_next_window() -> None:
    """What was counted in a window that has ended is gone with it."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    taken = counters.take(quota("2/1s"))
    clock.now += 1_000
    granted(counters, quota("2/1s"), 2)
    counters.give_back(taken)
    assert granted(counters, quota("2/1s"), 1) == 0


def test_a_refusal_is_nothing_to_give_back() -> None:
    """What was not counted does not make room."""
    counters = LocalCounters(MillisecondClock())
    granted(counters, quota("1/1m"), 1)
    counters.give_back(counters.take(quota("1/1m")))
    assert granted(counters, quota("1/1m"), 1) == 0


def test_no_more_is_granted_to_many_threads() -> None:
    """Sixteen threads get together what one would get."""
    counters, begin = LocalCounters(MillisecondClock()), threading.Barrier(16)

    def take(_number: int) -> int:
        begin.wait()
        return granted(counters, quota("100/1m"), 20)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(take, range(16))) == 100


def test_a_flood_of_addresses_does_not_grow_the_memory() -> None:
    """The subjects counted least recently are forgotten; one that goes on stays limited."""
    counters = LocalCounters(MillisecondClock(), max_subjects=100)
    busy = quota("5/1m", "busy")
    for number in range(1_000):
        counters.take(quota("5/1m", f"address:{number}"))
        if number % 50 == 0:
            counters.take(busy)
    assert len(counters) == 100
    assert granted(counters, busy, 1) == 0
    assert len(counters.changes(1_000)) <= 100


def test_redis_is_told_once_what_was_counted() -> None:
    """A change says what is new, what is known in all and how long the window lasts."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    granted(counters, quota("10/1m"), 3)
    clock.now += 20
    (change,) = counters.changes(10)
    assert change[:5] == ("calls:user:ada", 60_000, 3, 3, 59_980)
    assert counters.changes(10) == []


def test_what_others_have_counted_is_adopted() -> None:
    """Redis' count and end hold from then on, and what was counted meanwhile comes on top."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    granted(counters, quota("10/1m"), 3)
    changes = counters.changes(10)
    granted(counters, quota("10/1m"), 1)
    counters.adopt(changes, [Counted(8, 30_000)])
    assert granted(counters, quota("10/1m"), 5) == 1
    clock.now += 30_000
    assert granted(counters, quota("10/1m"), 1) == 1


def test_what_redis_was_not_told_is_told_later() -> None:
    """A round that failed loses nothing."""
    counters = LocalCounters(MillisecondClock())
    granted(counters, quota("10/1m"), 3)
    counters.restore(counters.changes(10))
    granted(counters, quota("10/1m"), 1)
    assert [change.amount for change in counters.changes(10)] == [4]


def test_an_answer_about_a_window_that_has_ended_is_not_taken_for_the_next_one() -> None:
    """A late answer neither fills nor shortens the window that has begun since."""
    clock = MillisecondClock()
    counters = LocalCounters(clock)
    granted(counters, quota("2/1s"), 2)
    changes: list[Change] = counters.changes(10)
    clock.now += 1_000
    granted(counters, quota("2/1s"), 1)
    counters.adopt(changes, [Counted(2, 5)])
    (usage,) = counters.take(quota("2/1s")).usages
    assert (usage.used, usage.left) == (2, 1.0)


def test_one_round_tells_no_more_than_it_may() -> None:
    """A flood waits for further rounds, so that Redis is never busy with it for long."""
    counters = LocalCounters(MillisecondClock())
    for number in range(30):
        counters.take(quota("5/1m", f"address:{number}"))
    assert [len(counters.changes(20)) for _ in range(3)] == [20, 10, 0]
