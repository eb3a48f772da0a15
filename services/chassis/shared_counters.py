"""Count in Redis for all processes; while Redis is away, each process goes on by its own counts.

`take` is exact: it asks Redis and waits. `count` is approximate: it asks this process and returns at once; `merge`,
which runs every few milliseconds beside the calls, tells Redis what was counted and learns what others have counted.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.chassis.counters import Change, Counted, LocalCounters, Quota, Taken, Usage
from services.chassis.faults import cause
from services.chassis.logs import get_logger

# Nothing waits longer for Redis than this, and nothing asks it for the next second when it did not answer.
TIMEOUT_SECONDS = 0.08
REST_SECONDS = 1.0
CONNECTIONS = 80  # more than a server may have threads
SUBJECTS_A_ROUND = 500  # Redis is busy with them for 3 ms
PREFIX = "sectracker:limits:"
SCRIPT = Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")
AWAY = (redis.RedisError, OSError)

T = TypeVar("T")
log = get_logger(__name__)


class RedisCounters:
    """Count in Redis, by its clock, for all processes.

    Raises: redis.RedisError or OSError from every method when Redis does not answer in time.
    """

    def __init__(self, client: redis.Redis, script: str = SCRIPT) -> None:
        self._client = client
        self._script = client.register_script(script)

    def take(self, quotas: Sequence[Quota]) -> Taken:
        """Count one in all windows of all quotas, or in none when one of them is full."""
        windows = [(quota.key, window) for quota in quotas for window in quota.windows]
        if not windows:
            return Taken(())
        arguments: list[str | int] = ["take"]
        for _, window in windows:
            arguments += (window.seconds * 1000, window.limit)
        now, refused, *counts = self._run([key for key, _ in windows], arguments)
        usages = []
        for index, (key, window) in enumerate(windows):
            used, ends = counts[2 * index], counts[2 * index + 1]
            left = (ends - now) / 1000 if ends else float(window.seconds)
            usages.append(Usage(key, window, used, left, ends))
        return Taken(tuple(usages), usages[refused - 1] if refused else None)

    def give_back(self, taken: Taken) -> None:
        """Take back what was counted, in those windows that have not ended since."""
        if taken.refused or not taken.usages:
            return
        arguments: list[str | int] = ["give_back"]
        for one in taken.usages:
            arguments += (one.window.seconds * 1000, one.id)
        self._run([one.key for one in taken.usages], arguments)

    def ping(self) -> bool:
        """Say whether Redis answers, where it has nothing to be asked."""
        return bool(self._client.ping())

    def add(self, changes: Sequence[Change]) -> list[Counted]:
        """Count what was counted elsewhere, and return what is counted now in each of the windows."""
        arguments: list[str | int] = ["add"]
        for change in changes:
            arguments += (change.length, change.amount, change.known, change.rest)
        now, _, *counts = self._run([change.key for change in changes], arguments)
        return [Counted(counts[at], counts[at + 1] - now) for at in range(0, len(counts), 2)]

    def _run(self, keys: Sequence[str], arguments: Sequence[str | int]) -> list[int]:
        """Run the script; a server that does not know it (any more) is told first."""
        answer: Any = self._script(keys=[PREFIX + key for key in keys], args=arguments)
        return answer  # type: ignore[no-any-return] # the client's own types say nothing of a script's answer


class SharedCounters:
    """Count for all processes where that is possible, and for this one where it is not."""

    def __init__(self, remote: RedisCounters | None, local: LocalCounters | None = None) -> None:
        self._remote = remote
        self._local = LocalCounters() if local is None else local  # an empty one is false
        self._ask_again_at = 0.0
        self._merged_at = monotonic()
        self._lock = threading.Lock()

    def take(self, quotas: Sequence[Quota]) -> Taken:
        """Count one in all windows of all quotas, or in none when one of them is full: exactly.

        What Redis says is remembered, for the same subjects' public reads and for when it does not answer.
        """
        taken = self._ask(lambda remote: remote.take(quotas))
        if taken is None:
            return self._local.take(quotas)
        self._local.learn(taken.usages)
        return taken

    def count(self, quotas: Sequence[Quota]) -> Taken:
        """Count one in all windows of all quotas, or in none when one of them is full: as far as this process knows."""
        return self._local.take(quotas)

    def give_back(self, taken: Taken) -> None:
        """Take back what was counted, in those windows that have not ended since."""
        if taken.is_local:
            self._local.give_back(taken)
        else:
            self._ask(lambda remote: remote.give_back(taken))

    def merge(self) -> None:
        """Tell Redis what was counted here, and take over what it knows of the same windows.

        Shape: with nothing to tell it is asked once a second whether it is there, so that idle processes know that too.
        """
        changes = self._local.changes(SUBJECTS_A_ROUND)
        if not changes:
            if self.merged_seconds_ago() >= REST_SECONDS and self._ask(lambda remote: remote.ping()):
                self._merged_at = monotonic()
            return
        counted = self._ask(lambda remote: remote.add(changes))
        if counted is None:
            self._local.restore(changes)
        else:
            self._local.adopt(changes, counted)
            self._merged_at = monotonic()

    def merged_seconds_ago(self) -> float:
        """Return for how long Redis may know what this process does not: a second, where nothing was counted lately."""
        return monotonic() - self._merged_at

    def _ask(self, question: Callable[[RedisCounters], T]) -> T | None:
        """Return Redis' answer, or None while it is away; once a second one thread finds out whether it still is."""
        if self._remote is None or not self._may_ask():
            return None
        try:
            answer = question(self._remote)
        except AWAY as error:
            if self._ask_again_at == 0.0:
                log.warning("limits are counted by this process alone", cause=cause(error))
            self._ask_again_at = monotonic() + REST_SECONDS
            return None
        if self._ask_again_at:
            self._ask_again_at = 0.0
            log.info("limits are counted for all processes again")
        return answer

    def _may_ask(self) -> bool:
        """Say whether Redis is there, as far as is known, or whether this thread is to find out."""
        if self._ask_again_at == 0.0:
            return True
        with self._lock:
            if monotonic() < self._ask_again_at:
                return False
            self._ask_again_at = monotonic() + REST_SECONDS
            return True


def connect(url: str) -> redis.Redis:
    """Return a client that gives up soon, and leaves it to its caller what to do then."""
    pool = redis.ConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis(connection_pool=pool)
