"""Count what subjects do in windows of time: in Redis for all processes, or in this one.

A subject is whatever a limit holds for: a user, an address, an account. Its quota is its name and its windows. `take`
counts one in all windows of all quotas or, when one of them is full, in none.

`LocalCounters` counts here, `shared_counters.RedisCounters` does the same for all processes.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from services.chassis.windows import Window, Windows

# 830 bytes each: 42 MB. Whoever is counted least recently is forgotten first, by this process only.
MAX_SUBJECTS = 50_000
UNUSED = 0  # the id of a window that has not begun


class Quota(NamedTuple):
    """What a subject may do. No two quotas of one `take` have the same key."""

    key: str
    windows: Windows


class Usage(NamedTuple):
    """What a subject has done in one window, what is counted now included.

    Shape: `id` tells this window from the same subject's next one.
    Unit: left is seconds to the window's end.
    """

    key: str
    window: Window
    used: int
    left: float
    id: int

    @property
    def remaining(self) -> int:
        """Return how much is still allowed in this window."""
        return max(self.window.limit - self.used, 0)


class Taken(NamedTuple):
    """What came of a `take`: the usage of each window, and of the one that refused; None when it was granted.

    Shape: of several full windows the one that ends last refuses.
    """

    usages: tuple[Usage, ...]
    refused: Usage | None = None
    is_local: bool = False


@dataclass(slots=True)
class Count:
    """One window of one subject, as this process knows it.

    Shape: unmerged is the part of `used` that Redis has not been told of.
    Unit: ends is milliseconds of the counters' clock.
    """

    used: int
    ends: int
    unmerged: int
    id: int


class Change(NamedTuple):
    """What this process has counted of one window since Redis was told last.

    Unit: rest is milliseconds to the window's end.
    """

    key: str
    length: int
    amount: int
    known: int
    rest: int
    id: int


class Counted(NamedTuple):
    """What Redis says of one window. Unit: rest is milliseconds to its end."""

    used: int
    rest: int


def milliseconds() -> int:
    """Return the time of a clock that never goes back."""
    return int(monotonic() * 1000)


class LocalCounters:
    """Count in this process, and remember what to tell Redis.

    Shape: at most so many subjects; the one that was counted least recently goes first.
    """

    def __init__(self, clock: Callable[[], int] = milliseconds, max_subjects: int = MAX_SUBJECTS) -> None:
        self._clock = clock
        self._max_subjects = max_subjects
        self._subjects: dict[str, dict[int, Count]] = {}
        self._touched: dict[str, None] = {}
        self._next_id = 1
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many subjects are known."""
        return len(self._subjects)

    def take(self, quotas: Sequence[Quota]) -> Taken:
        """Count one in all windows of all quotas, or in none when one of them is full."""
        with self._lock:
            now = self._clock()
            found = [(key, window, self._find(key, window, now)) for key, windows in quotas for window in windows]
            full = [one for one in found if one[2].used >= one[1].limit]
            for key, window, count in () if full else found:
                self._use(key, window, count)
            usages = tuple(usage(key, window, count, now) for key, window, count in found)
            refused = max(full, key=lambda one: one[2].ends) if full else None
            self._forget_oldest()
        return Taken(usages, usage(*refused, now) if refused else None, is_local=True)

    def give_back(self, taken: Taken) -> None:
        """Take back what was counted, in those windows that have not ended since."""
        if taken.refused:
            return
        with self._lock:
            now = self._clock()
            for one in taken.usages:
                count = self._subjects.get(one.key, {}).get(one.window.seconds * 1000)
                if count is not None and count.id == one.id and count.ends > now and count.used > 0:
                    count.used -= 1
                    count.unmerged -= 1
                    self._touched[one.key] = None

    def changes(self, most: int) -> list[Change]:
        """Return what Redis has to be told, of so many subjects, and consider it told."""
        with self._lock:
            now = self._clock()
            keys = list(self._touched)[:most]
            changed = []
            for key in keys:
                del self._touched[key]
                for length, count in self._subjects.get(key, {}).items():
                    if count.unmerged and count.ends > now:
                        changed.append(Change(key, length, count.unmerged, count.used, count.ends - now, count.id))
                        count.unmerged = 0
            return changed

    def adopt(self, changes: Sequence[Change], counted: Sequence[Counted]) -> None:
        """Take over what Redis answered to changes; what was counted here meanwhile comes on top."""
        with self._lock:
            now = self._clock()
            for change, told in zip(changes, counted, strict=True):
                count = self._changed(change)
                if count is not None:
                    count.used = max(told.used + count.unmerged, 0)
                    count.ends = now + told.rest

    def learn(self, usages: Sequence[Usage]) -> None:
        """Take over what Redis said of windows; what it has not been told of comes on top."""
        with self._lock:
            now = self._clock()
            for one in usages:
                if one.used:
                    count = self._find(one.key, one.window, now)
                    self._begin(one.key, one.window, count)
                    count.used = max(one.used + count.unmerged, 0)
                    count.ends = now + int(one.left * 1000)
            self._forget_oldest()

    def restore(self, changes: Sequence[Change]) -> None:
        """Remember changes again that Redis could not be told."""
        with self._lock:
            for change in changes:
                count = self._changed(change)
                if count is not None:
                    count.unmerged += change.amount
                    self._touched[change.key] = None

    def _find(self, key: str, window: Window, now: int) -> Count:
        """Return a window that has not ended, or one that begins now if it is used; the subject is the newest then."""
        counts = self._subjects.pop(key, None)
        if counts is not None:
            self._subjects[key] = counts
            count = counts.get(window.seconds * 1000)
            if count is not None and count.ends > now:
                return count
        return Count(0, now + window.seconds * 1000, 0, UNUSED)

    def _use(self, key: str, window: Window, count: Count) -> None:
        """Count one, for Redis to be told of; a window begins with its first."""
        self._begin(key, window, count)
        count.used += 1
        count.unmerged += 1
        self._touched[key] = None

    def _begin(self, key: str, window: Window, count: Count) -> None:
        """Keep a window, if it has not begun before."""
        if count.id == UNUSED:
            count.id = self._next_id
            self._next_id += 1
            self._subjects.setdefault(key, {})[window.seconds * 1000] = count

    def _changed(self, change: Change) -> Count | None:
        """Return the window that a change is about, unless another has begun or the subject is forgotten."""
        count = self._subjects.get(change.key, {}).get(change.length)
        return count if count is not None and count.id == change.id else None

    def _forget_oldest(self) -> None:
        """Keep to the bound."""
        while len(self._subjects) > self._max_subjects:
            key = next(iter(self._subjects))
            del self._subjects[key]
            self._touched.pop(key, None)


def usage(key: str, window: Window, count: Count, now: int) -> Usage:
    """Say what a count is now."""
    return Usage(key, window, count.used, (count.ends - now) / 1000, count.id)
