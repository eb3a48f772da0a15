"""Limits: whom a call is counted for, which windows hold, and what the answer tells of them."""

from collections.abc import Sequence

import pytest
from sectracker.api.v1.options_pb2 import ACCESS_ANYONE, ACCESS_SERVICE, ACCESS_STRANGER, ACCESS_USER

from services.chassis.config import LimitSettings
from services.chassis.counters import LocalCounters, Quota, Taken
from services.chassis.errors import Headers, RateLimited
from services.chassis.identity import ANONYMOUS, Caller, Kind
from services.chassis.limits import Limit, Limiter, masked, subject_of
from services.chassis.shared_counters import SharedCounters

ADA = Caller(Kind.user, user_id="ada")
SOMEBODY = Caller(Kind.anonymous, address="192.0.2.1")


class Exact(SharedCounters):
    """Counters without Redis, which note what was to be counted exactly."""

    def __init__(self) -> None:
        super().__init__(None, LocalCounters(lambda: 1_000_000))
        self.exactly = 0

    def take(self, quotas: Sequence[Quota]) -> Taken:
        """Count in this process, and note that Redis would have been asked."""
        self.exactly += 1
        return super().take(quotas)


def limiter(limits: str = "10/1s,60/1m,1000/1h", login: str = "3/1m") -> Limiter:
    """Return a limiter of one process whose clock stands still."""
    settings = LimitSettings.model_validate(
        {"QUEUE_REDIS_URL": "redis://127.0.0.1:1/0", "LIMITS": limits, "LIMIT_LOGIN": login}
    )
    return Limiter(settings, Exact())


def granted(limit: Limit, caller: Caller, times: int) -> int:
    """Call so many times and return how often it was granted."""
    count = 0
    for _ in range(times):
        try:
            limit(caller)
        except RateLimited:
            continue
        count += 1
    return count


def refused(limit: Limit, caller: Caller) -> RateLimited:
    """Call once more than is allowed and return the refusal."""
    with pytest.raises(RateLimited) as caught:
        limit(caller)
    return caught.value


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ("no address", "unknown"),
    ],
)
def test_an_address_is_what_one_customer_has(address: str, counted: str) -> None:
    """IPv4 counts whole, also when mapped; IPv6 by 64 bits, of which a customer has all addresses."""
    assert masked(address) == counted


@pytest.mark.parametrize(
    ("caller", "subject"),
    [
        (Caller(Kind.user, user_id="ada", login_id="1", address="192.0.2.1"), "user:ada"),
        (Caller(Kind.operator, user_id="ada", login_id="2", address="192.0.2.2"), "user:ada"),
        (SOMEBODY, "address:192.0.2.1"),
        (Caller(Kind.service, name="watchlist", user_id="ada"), None),
        (ANONYMOUS, None),
    ],
)
def test_whom_a_call_is_counted_for(caller: Caller, subject: str | None) -> None:
    """A user counts once over all logins and addresses; services, and calls without an address, do not count."""
    assert subject_of(caller) == subject


def test_one_users_calls_do_not_count_for_another() -> None:
    """A limit is each user's own."""
    limit = limiter().limit(ACCESS_USER, "")
    assert granted(limit, ADA, 11) == 10
    assert granted(limit, Caller(Kind.user, user_id="bob"), 11) == 10


def test_a_users_own_windows_replace_everybodys() -> None:
    """The claim in the token counts; one that is not understood gives what everybody has."""
    limit = limiter().limit(ACCESS_USER, "")
    assert granted(limit, Caller(Kind.user, user_id="ada", limits="20/1s"), 21) == 20
    assert granted(limit, Caller(Kind.user, user_id="bob", limits="many"), 11) == 10


def test_a_named_limit_holds_beside_everybodys() -> None:
    """The stricter one refuses by its name, and what it refuses uses up nothing of everybody's."""
    made = limiter()
    login, calls = made.limit(ACCESS_STRANGER, "login"), made.limit(ACCESS_ANYONE, "")
    assert granted(login, SOMEBODY, 10) == 3
    assert refused(login, SOMEBODY).metadata == {"limit": "login"}
    assert granted(calls, SOMEBODY, 10) == 7
    assert refused(calls, SOMEBODY).metadata == {"limit": "calls"}


def test_only_public_reads_are_counted_without_asking_redis() -> None:
    """All that few may do, or anybody only so often, is counted exactly."""
    made = limiter()
    for access, name, asked in ((ACCESS_ANYONE, "", 0), (ACCESS_ANYONE, "login", 1), (ACCESS_STRANGER, "", 2)):
        made.limit(access, name)(SOMEBODY)
        assert made.counters.exactly == asked  # type: ignore[attr-defined]


def test_what_services_alone_may_call_is_not_counted() -> None:
    """Inside the house nobody is limited."""
    limit = limiter("1/1h").limit(ACCESS_SERVICE, "")
    assert granted(limit, Caller(Kind.service, name="watchlist"), 5) == 5


def test_a_name_without_a_setting_is_refused_at_start() -> None:
    """A contract cannot name a limit that nobody can set."""
    with pytest.raises(ValueError, match="LIMIT_LOGOUT"):
        limiter().limit(ACCESS_USER, "logout")


def test_no_windows_are_no_limit_and_tell_nothing() -> None:
    """An empty setting switches a limit off."""
    limit = limiter("", "").limit(ACCESS_STRANGER, "login")
    assert [limit(SOMEBODY) for _ in range(3)] == [(), (), ()]


def told(limit: str, remaining: str, reset: str) -> Headers:
    """Return the headers that tell of a window."""
    return (("x-ratelimit-limit", limit), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset))


def test_headers_tell_of_the_window_with_the_least_left() -> None:
    """A second's window is over before anybody has read of it, so the minute is told, or a stricter limit's."""
    made = limiter()
    assert made.limit(ACCESS_USER, "")(ADA) == told("60", "59", "60")
    assert made.limit(ACCESS_STRANGER, "login")(SOMEBODY) == told("3", "2", "60")


def test_a_refusal_tells_of_the_window_that_refused() -> None:
    """Also of a second's; whoever comes back after `retry-after` is let in."""
    limit = limiter().limit(ACCESS_USER, "")
    granted(limit, ADA, 10)
    error = refused(limit, ADA)
    assert error.headers == (*told("10", "0", "1"), ("retry-after", "1"))
    assert error.retry_after == 1.0
