"""Limit calls: for all of a user's together, or of an address's where nobody says who calls.

Calls are counted exactly, by one question to Redis each, but for the public reads that anybody may make: those are
counted in the process at once and merged with Redis every 20 ms (`docs/adr/0014-limits.md`).
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

from sectracker.api.v1.options_pb2 import ACCESS_ANYONE, ACCESS_SERVICE, Access

from services.chassis.config import LimitSettings
from services.chassis.counters import LocalCounters, Quota, Taken, Usage
from services.chassis.errors import Headers, RateLimited
from services.chassis.identity import Caller, Kind
from services.chassis.metrics import LIMIT_AGE, LIMIT_REFUSALS
from services.chassis.shared_counters import RedisCounters, SharedCounters, connect
from services.chassis.windows import Windows, parse

MERGE_SECONDS = 0.02
EVERYBODYS: Final = "calls"
TOLD_FROM_SECONDS = 60  # headers of a second's window would say nothing by the time that they are read
PREFIX_BITS = 64  # the least that an IPv6 customer has

Limit = Callable[[Caller], Headers]


class Limiter:
    """Count calls by the settings' windows, and refuse what is more."""

    def __init__(self, settings: LimitSettings, counters: SharedCounters) -> None:
        self.counters = counters
        self._settings = settings
        LIMIT_AGE.set_function(counters.merged_seconds_ago)

    @classmethod
    def of(cls, settings: LimitSettings) -> "Limiter":
        """Return a limiter that shares its counts with all processes of the same Redis."""
        return cls(settings, SharedCounters(RedisCounters(connect(settings.queue_redis_url)), LocalCounters()))

    def merge(self) -> None:
        """Tell the other processes what was counted here, and learn what they counted; a loop's round."""
        self.counters.merge()

    def limit(self, access: Access.ValueType, name: str) -> Limit:
        """Return what counts the calls of an RPC that these may call, and that names this limit, or "".

        Raises: ValueError for a name that the settings do not know.
        """
        named: Windows | None = getattr(self._settings, f"limit_{name}", None) if name else ()
        if named is None:
            raise ValueError(f'No setting LIMIT_{name.upper()} says what the limit "{name}" is.')
        if access == ACCESS_SERVICE:
            return unlimited
        # What few may do, or anybody only so often, is worth a question to Redis.
        is_exact = access != ACCESS_ANYONE or bool(name)
        everybodys = self._settings.limits
        count = self.counters.take if is_exact else self.counters.count

        def limit(caller: Caller) -> Headers:
            subject = subject_of(caller)
            if subject is None:
                return ()
            windows = windows_of(caller.limits, everybodys) if caller.limits else everybodys
            quotas = [Quota(f"{EVERYBODYS}:{subject}", windows)]
            if named:
                quotas.append(Quota(f"{name}:{subject}", named))
            return headers_or_refusal(count(quotas))

        return limit


def unlimited(_caller: Caller) -> Headers:
    """Count nothing."""
    return ()


def headers_or_refusal(taken: Taken) -> Headers:
    """Return what is left, as headers of the answer.

    Raises: RateLimited.
    """
    refused = taken.refused
    if refused is not None:
        name = refused.key.partition(":")[0]
        LIMIT_REFUSALS.labels(name).inc()
        raise RateLimited(name, refused.left, headers(refused))
    return headers(told(taken.usages)) if taken.usages else ()


def told(usages: tuple[Usage, ...]) -> Usage:
    """Return the window that a client should know of: the one with the least remaining, of a minute or longer."""
    longer = [usage for usage in usages if usage.window.seconds >= TOLD_FROM_SECONDS]
    return min(longer or usages, key=lambda usage: usage.window.limit - usage.used)


def headers(usage: Usage) -> Headers:
    """Return what is told of a window. Unit: reset is whole seconds until it ends, rounded up."""
    return (
        ("x-ratelimit-limit", str(usage.window.limit)),
        ("x-ratelimit-remaining", str(usage.remaining)),
        ("x-ratelimit-reset", str(ceil(usage.left))),
    )


def subject_of(caller: Caller) -> str | None:
    """Return for whom a caller is counted; services, and whoever calls inside the house, are not counted."""
    if caller.kind is Kind.service:
        return None
    if caller.user_id:
        return f"user:{caller.user_id}"
    return f"address:{masked(caller.address)}" if caller.address else None


@lru_cache(maxsize=10_000)
def masked(address: str) -> str:
    """Return the part of an address that one customer has: all of IPv4, 64 bits of IPv6; "unknown" for no address."""
    try:
        read = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    rest = 128 - PREFIX_BITS
    return str(IPv6Address(int(read) >> rest << rest))


@lru_cache(maxsize=10_000)
def windows_of(claimed: str, everybodys: Windows) -> Windows:
    """Return a user's own windows, or everybody's where none are claimed or a newer version's are not understood."""
    try:
        return parse(claimed) or everybodys
    except ValueError:
        return everybodys
