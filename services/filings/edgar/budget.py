"""Share one budget of requests among everything that speaks to the SEC.

Every request, retries included, needs a grant of Redis first: at most `rate` in any sliding second of Redis' own clock,
evenly spaced, without a burst after idleness or after Redis lost its memory. After a throttle answer nobody is granted
anything until the pause is over. While Redis is away nothing is sent.

Keys of the queue Redis (never evicted):
    sectracker:edgar:grants               list, the newest grants in microseconds, newest first
    sectracker:edgar:pause                exists while the fleet is paused; its time to live is the rest of the pause
    sectracker:edgar:waiting:user         sorted set, client by the time until which it counts as waiting
    sectracker:edgar:waiting:background   likewise
    sectracker:edgar:background           time of the newest background grant in microseconds
    sectracker:edgar:last                 hash, what the last real request saw; gone when too old to tell:
        state     reachable | throttled | unknown
        at        when, RFC 3339, UTC
        outcome   label of the metric `sectracker_edgar_requests_total`
        until     end of the pause, RFC 3339, UTC; empty unless throttled
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import uuid4

from redis.asyncio import Redis

from services.filings.domain import Priority
from services.filings.edgar.connection import REDIS_ERRORS, in_time
from services.filings.edgar.errors import BudgetUnavailable, Throttled
from services.filings.edgar.settings import EdgarSettings

PREFIX: Final = "sectracker:edgar:"
LAST_KEY: Final = PREFIX + "last"
PAUSE_KEY: Final = PREFIX + "pause"
_GRANT_KEYS: Final = (
    PREFIX + "grants",
    PAUSE_KEY,
    PREFIX + "waiting:user",
    PREFIX + "waiting:background",
    PREFIX + "background",
)
_GRANT_SCRIPT: Final = Path(__file__).with_name("grant.lua").read_text(encoding="utf-8")
# A success that was under way when another request was throttled must not hide the pause.
_RECORD_SCRIPT: Final = """
if ARGV[1] ~= 'throttled' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', ARGV[1], 'at', ARGV[2], 'outcome', ARGV[3], 'until', ARGV[4])
return redis.call('PEXPIRE', KEYS[1], ARGV[5])
"""
# What was seen a day ago says nothing of today.
_LAST_KEPT_SECONDS: Final = 86_400
# A grant that took longer to arrive is dropped: a process that was stopped must not send late, into others' seconds.
_STALE_SECONDS: Final = 0.25
# Spreads clients that wait for the same slot, so that none always comes first. A quarter of a slot is made up for.
_SPREAD_SECONDS: Final = 0.004
_REDIS_RETRY_SECONDS: Final = 0.2


class SecState(StrEnum):
    """Say what the last request saw of the SEC."""

    REACHABLE = "reachable"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Grant:
    """Hold the permission to send one request now.

    Unit: at is microseconds of Redis' clock; waited is seconds.
    """

    at: int
    waited: float


class Budget:
    """Ask for grants in the name of one process; one task of each class asks Redis at a time, in order of arrival."""

    def __init__(self, redis: Redis, settings: EdgarSettings) -> None:
        self._redis = redis
        self._settings = settings
        self._client = uuid4().hex
        self._grant_script = redis.register_script(_GRANT_SCRIPT)
        self._record_script = redis.register_script(_RECORD_SCRIPT)
        self._turns = {priority: asyncio.Lock() for priority in Priority}
        self._waiting = dict.fromkeys(Priority, 0)
        self._paused_until = 0.0

    async def grant(self, priority: Priority) -> Grant:
        """Wait for the permission to send one request.

        Shape: a caller that is cancelled wastes at most the grant that was on its way.
        Raises: Throttled while the fleet is paused; BudgetUnavailable after grant_timeout_seconds, or earlier when
        Redis stays away.
        """
        started = time.monotonic()
        self._waiting[priority] += 1
        try:
            async with asyncio.timeout(self._settings.grant_timeout_seconds), self._turns[priority]:
                at = await self._ask_until_granted(priority)
        except TimeoutError as error:
            raise BudgetUnavailable(
                f"no grant within {self._settings.grant_timeout_seconds:g} s: too many requests are waiting"
            ) from error
        finally:
            self._waiting[priority] -= 1
        return Grant(at=at, waited=time.monotonic() - started)

    async def pause(self) -> datetime:
        """Stop the whole fleet for pause_seconds from now, and return when that ends."""
        seconds = self._settings.pause_seconds
        self._paused_until = time.monotonic() + seconds
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        try:
            async with in_time():
                await self._redis.set(PAUSE_KEY, 1, px=_milliseconds(seconds))
        except REDIS_ERRORS:
            # This client keeps to the pause all the same, and tells Redis with its next question.
            return until
        return until

    async def record(self, state: SecState, outcome: str, until: datetime | None = None) -> None:
        """Note what a request saw, for the health answer; a Redis that is away costs only the note."""
        kept = self._settings.pause_seconds if state is SecState.THROTTLED else _LAST_KEPT_SECONDS
        until_text = until.isoformat() if until else ""
        values = (state.value, datetime.now(UTC).isoformat(), outcome, until_text, _milliseconds(kept))
        try:
            async with in_time():
                await self._record_script(keys=(LAST_KEY, PAUSE_KEY), args=values)
        except REDIS_ERRORS:
            return

    async def _ask_until_granted(self, priority: Priority) -> int:
        """Ask, wait as told, and ask again."""
        while True:
            asked = time.monotonic()
            granted, at, wait, pause = await self._ask(priority)
            if pause > 0:
                raise self._throttled(pause)
            if not granted:
                await asyncio.sleep(wait / 1_000_000 + random.uniform(0, _SPREAD_SECONDS))  # noqa: S311 -- no secret
            elif time.monotonic() - asked < _STALE_SECONDS:
                return at

    async def _ask(self, priority: Priority) -> Sequence[int]:
        """Ask Redis once, waiting a stated time for a Redis that is away.

        Raises: BudgetUnavailable.
        """
        give_up = time.monotonic() + self._settings.redis_patience_seconds
        while True:
            known_pause = max(0, _milliseconds(self._paused_until - time.monotonic()))
            values = (self._settings.rate, priority.value, self._client, self._waiting[priority] - 1, known_pause)
            try:
                async with in_time():
                    answer: Sequence[int] = await self._grant_script(keys=_GRANT_KEYS, args=values)
            except REDIS_ERRORS as error:
                if time.monotonic() > give_up:
                    raise BudgetUnavailable("Redis, which keeps the SEC budget, does not answer") from error
                await asyncio.sleep(_REDIS_RETRY_SECONDS)
            else:
                return answer

    def _throttled(self, pause: int) -> Throttled:
        """Remember the fleet's pause and make the error that names its end."""
        self._paused_until = time.monotonic() + pause / 1000
        until = datetime.now(UTC) + timedelta(milliseconds=pause)
        return Throttled(f"the fleet is paused until {until:%H:%M:%S} UTC", until=until)


def _milliseconds(seconds: float) -> int:
    """Say seconds in whole milliseconds, as Redis wants them."""
    return int(seconds * 1000)
