"""Budgets of guesses."""

from collections.abc import Callable

import pytest

from services.auth.guesses import Budgets, Guesses
from services.chassis.counters import LocalCounters, Quota, Taken
from services.chassis.errors import RateLimited
from services.chassis.windows import parse
from tests.support.clock import MillisecondClock

BUDGETS = Budgets(parse("20/15m"), parse("20/15m"), parse("20/15m"), parse("1000/1m"), parse("1/30s"))
ADA = "ada@example.com"


class Seen(LocalCounters):
    """Remember by which names was counted."""

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__(clock)
        self.keys: list[str] = []

    def take(self, quotas: list[Quota]) -> Taken:  # type: ignore[override] # as Guesses gives it
        """Count and remember."""
        self.keys += [quota.key for quota in quotas]
        return super().take(quotas)


def granted(guess: Callable[[str, str], Taken], account: str, addresses: list[str]) -> int:
    """Return how many of the guesses from these addresses are allowed."""
    count = 0
    for address in addresses:
        try:
            guess(account, address)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_known_address_is_counted_by_itself() -> None:
    """Twenty from there; what strangers and other known addresses do counts nothing."""
    guesses = Guesses(LocalCounters(MillisecondClock()), BUDGETS, b"key")
    granted(guesses.from_strange, ADA, [f"a{number}" for number in range(100)])
    granted(guesses.from_known, ADA, ["office"] * 30)
    assert granted(guesses.from_known, ADA, ["home"] * 30) == 20


def test_a_thousand_addresses_get_twenty_and_a_trickle() -> None:
    """In a quarter of an hour that is 20 guesses and one each half a minute: 50, however many addresses there are."""
    clock = MillisecondClock()
    guesses = Guesses(LocalCounters(clock), BUDGETS, b"key")
    total = 0
    for second in range(899):
        clock.now = second * 1000
        total += granted(guesses.from_strange, ADA, [f"{second}.{number}" for number in range(3)])
    assert 45 <= total <= 50


def test_the_trickle_is_for_first_guesses() -> None:
    """An address that has guessed before waits until its budget is new, however long the trickle rests."""
    clock = MillisecondClock()
    guesses = Guesses(LocalCounters(clock), BUDGETS, b"key")
    granted(guesses.from_strange, ADA, [f"a{number}" for number in range(20)])
    clock.now = 60_000
    assert granted(guesses.from_strange, ADA, ["a1", "a2", "a3"]) == 0
    assert granted(guesses.from_strange, ADA, ["new", "newer"]) == 1


def test_one_address_gets_twenty_over_all_accounts() -> None:
    """Guessing one password of many accounts is as bounded as guessing many of one."""
    guesses = Guesses(LocalCounters(MillisecondClock()), BUDGETS, b"key")
    assert sum(granted(guesses.from_strange, f"user{number}", ["one"]) for number in range(50)) == 20


def test_in_total_a_thousand_a_minute() -> None:
    """Beyond that only the trickle of each account is left, for a first guess."""
    guesses = Guesses(LocalCounters(MillisecondClock()), BUDGETS, b"key")
    assert sum(granted(guesses.from_strange, f"user{n}", [f"a{n}"]) for n in range(1000)) == 1000
    assert granted(guesses.from_strange, "user1", ["b1", "b2"]) == 1
    assert granted(guesses.from_strange, "user1", ["a1"]) == 0


@pytest.mark.parametrize("way", ["from_known", "from_strange"])
def test_what_is_given_back_was_never_counted(way: str) -> None:
    """Right passwords use nothing up, in no window, also when they took the trickle."""
    guesses = Guesses(LocalCounters(MillisecondClock()), BUDGETS, b"key")
    guess = getattr(guesses, way)
    for _ in range(50):
        guesses.give_back(guess(ADA, "home"))
    assert granted(guess, ADA, ["home"] * 30) == 20
    if way == "from_strange":
        guesses.give_back(guess(ADA, "hotel"))
        guesses.give_back(guess(ADA, "hotel"))


def test_a_refusal_tells_of_the_window_that_refused() -> None:
    """What is left of the calls is no answer to who has guessed too often."""
    guesses = Guesses(LocalCounters(MillisecondClock()), BUDGETS, b"key")
    granted(guesses.from_known, ADA, ["home"] * 20)
    with pytest.raises(RateLimited) as caught:
        guesses.from_known(ADA, "home")
    told = dict(caught.value.headers)
    assert [told[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")] == ["20", "0", "900"]
    assert told["retry-after"] == "900"


def test_names_tell_nobody() -> None:
    """Neither accounts nor addresses can be read from what Redis sees, nor guessed without the key."""
    seen, other = Seen(MillisecondClock()), Seen(MillisecondClock())
    for counters, key in ((seen, b"key"), (other, b"another")):
        guesses = Guesses(counters, BUDGETS, key)
        guesses.from_known(ADA, "192.0.2.1")
        guesses.from_strange(ADA, "192.0.2.1")
    assert not any("ada" in name or "192" in name for name in seen.keys)
    assert not set(seen.keys) & set(other.keys)
