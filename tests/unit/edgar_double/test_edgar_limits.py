"""The limit counts in a sliding second and its pause starts again with every excess."""

import pytest

from tests.edgar.limits import RateLimit
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


def burst(limit: RateLimit, requests: int) -> list[bool]:
    """Ask so many times at one moment."""
    return [limit.admits() for _ in range(requests)]


def test_rate_is_admitted_in_any_second(clock: Clock) -> None:
    """Ten requests in a second pass, and ten more in the next."""
    limit = RateLimit(10, 600, clock)
    assert burst(limit, 10) == [True] * 10
    clock.now += 1.0
    assert burst(limit, 10) == [True] * 10


def test_window_slides(clock: Clock) -> None:
    """Ten requests around the turn of a second and one more are too many, whatever whole seconds they fall in."""
    limit = RateLimit(10, 600, clock)
    clock.now += 0.9
    burst(limit, 10)
    clock.now += 0.2
    assert not limit.admits()


def test_pause_holds_for_slow_clients_and_ends(clock: Clock) -> None:
    """After an excess everything is refused until the pause is over; staying below does not make it longer."""
    limit = RateLimit(10, 600, clock)
    burst(limit, 11)
    for _ in range(59):
        clock.now += 10
        assert not limit.admits()
    clock.now += 10
    assert limit.admits()


def test_another_excess_extends_the_pause(clock: Clock) -> None:
    """Going beyond the rate again during the pause starts it again."""
    limit = RateLimit(10, 600, clock)
    burst(limit, 11)
    clock.now += 599
    burst(limit, 11)
    clock.now += 599
    assert not limit.admits()
    clock.now += 2
    assert limit.admits()


def test_no_rate_is_no_limit(clock: Clock) -> None:
    """A rate of zero admits everything."""
    assert all(burst(RateLimit(0, 600, clock), 1000))
