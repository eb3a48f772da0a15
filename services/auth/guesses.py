"""Count guesses of passwords, so that nobody gets far, and nobody can lock an owner out of an account.

Each is counted before the password is looked at, so that many at once are no more than one after the other, and given
back when the password was right. An address is known to an account when it has logged in from there before.

- From a known address: so many a quarter of an hour from that address to that account. What others do counts nothing.
- From a strange one: so many from the address to all accounts, to the account from all strange addresses, and in total
  over the installation. When the account's or the total is used up, strange addresses share a trickle to the account,
  each with its first guess alone: an owner on a journey gets in, and a thousand addresses get two guesses a minute.

Accounts and addresses without an account are counted alike. Redis sees keyed hashes, and no e-mail address.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Protocol

from services.chassis.counters import Quota, Taken
from services.chassis.errors import RateLimited
from services.chassis.limits import headers
from services.chassis.windows import Windows, parse

LIMIT: Final = "login"
NEVER_FULL: Final = parse("999999999/15m")
ONCE: Final = parse("1/15m")


class Counters(Protocol):
    """Count in windows: `SharedCounters`, or `LocalCounters` in a test."""

    def take(self, quotas: list[Quota]) -> Taken:
        """Count one in all windows, or in none when one of them is full."""

    def give_back(self, taken: Taken) -> None:
        """Take back what was counted."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Say how many guesses are too many."""

    known: Windows
    address: Windows
    account: Windows
    total: Windows
    trickle: Windows


class Guesses:
    """Allow guesses within the budgets."""

    def __init__(self, counters: Counters, budgets: Budgets, key: bytes) -> None:
        self._counters = counters
        self._budgets = budgets
        self._key = key

    def from_known(self, account: str, address: str) -> Taken:
        """Count a guess from an address that the account knows.

        Raises: RateLimited.
        """
        return granted(self._counters.take([self._quota("known", self._budgets.known, account, address)]))

    def from_strange(self, account: str, address: str) -> Taken:
        """Count a guess from an address that the account does not know, or to an account that nobody has.

        Raises: RateLimited.
        """
        of_address = self._quota("address", self._budgets.address, address)
        first = self._quota("first", NEVER_FULL, account, address)  # notes that this address has had its first guess
        taken = self._counters.take(
            [
                of_address,
                first,
                self._quota("account", self._budgets.account, account),
                self._quota("total", self._budgets.total),
            ]
        )
        if taken.refused is None:
            return taken
        trickle = self._quota("trickle", self._budgets.trickle, account)
        return granted(self._counters.take([of_address, Quota(first.key, ONCE), trickle]))

    def give_back(self, taken: Taken) -> None:
        """Take back a guess that was none: the password was right, or was not looked at."""
        self._counters.give_back(taken)

    def _quota(self, kind: str, windows: Windows, *subject: str) -> Quota:
        """Return what a subject may do, under a name that tells nobody who it is."""
        said = "\0".join((kind, *subject)).encode()
        return Quota(f"guess:{kind}:{hmac.digest(self._key, said, hashlib.sha256).hex()[:32]}", windows)


def granted(taken: Taken) -> Taken:
    """Return what was granted.

    Raises: RateLimited.
    """
    if taken.refused is not None:
        raise RateLimited(LIMIT, taken.refused.left, headers(taken.refused))
    return taken
