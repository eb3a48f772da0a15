"""Keep answers that are the same for everybody, as bytes: for a stated second, or until what they tell of changes.

An answer about something that is watched (`Answers.confirm`) outlives its lifetime for as long as the watch goes on
saying what has changed. When the watch falls silent, such answers are as short-lived as all others.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from services.chassis.errors import DeadlineExceeded

MAX_ANSWERS = 10_000
MAX_BYTES = 64 * 1024 * 1024
MAX_WAIT_SECONDS = 60.0  # for calls without a deadline

Key = tuple[str, bytes]


class Standing(NamedTuple):
    """How an answer outlives its lifetime: until its topic changes, but for no longer than these seconds."""

    topic: str
    seconds: float


class Made(NamedTuple):
    """An answer, and how it stands if its topic is watched."""

    data: bytes
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept answer, and until when it is good.

    Unit: monotonic seconds: until `until` in any case, and until `stands_until` while the watch goes on.
    """

    data: bytes
    topic: str | None
    until: float
    stands_until: float


class Answers:
    """Answer a repeated request from memory; make each answer once, however many ask at the same time.

    Shape: keyed by method and request bytes. The oldest answers go first when count or bytes reach their limit.
    """

    def __init__(self, max_answers: int = MAX_ANSWERS, max_bytes: int = MAX_BYTES) -> None:
        self.max_answers = max_answers
        self.max_bytes = max_bytes
        self.bytes = 0
        self._kept: dict[Key, Answer] = {}
        self._making: dict[Key, Future[bytes]] = {}
        self._about: defaultdict[str, set[Key]] = defaultdict(set)
        self._looks = 0
        self._confirmed_until = 0.0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._kept)

    def find(self, key: Key) -> bytes | None:
        """Return a kept answer that is still good. Takes no lock: reading a dict is atomic."""
        answer = self._kept.get(key)
        if answer is None:
            return None
        now = monotonic()
        is_good = answer.until > now or min(answer.stands_until, self._confirmed_until) > now
        return answer.data if is_good else None

    def make(self, key: Key, lifetime: float, wait: float, maker: Callable[[], Made]) -> bytes:
        """Return what the maker makes, or what another thread is making for the same key.

        Shape: an error reaches everybody who waits for it, and is not kept.
        Unit: lifetime and wait are seconds: the lifetime from when the making begins; wait is how long to stand by for
        another thread's answer.
        Raises: DeadlineExceeded, or what the maker raises.
        """
        with self._lock:
            data = self.find(key)
            if data is not None:  # made between the caller's look and this lock
                return data
            promise = self._making.get(key)
            if promise is None:
                ours = self._making[key] = Future()
            looks = self._looks
        if promise is not None:
            return waited(promise, wait)
        begun = monotonic()  # an answer is as old as what was read for it, however long the reading took
        try:
            made = maker()
        except BaseException as error:
            del self._making[key]
            ours.set_exception(error)
            raise
        self._keep(key, made, begun + lifetime, looks)
        ours.set_result(made.data)
        return made.data

    def confirm(self, changed: Iterable[str] | None, until: float) -> None:
        """Drop the answers about the topics that changed, None for all; the others stand until a moment.

        Shape: `changed` names at least what changed between the begin of the look before this one and of this one.
        Unit: `until` is monotonic seconds; no answer is older than the time from a look's begin to it.
        """
        with self._lock:
            self._looks += 1
            for topic in tuple(self._about) if changed is None else changed:
                for key in tuple(self._about.get(topic, ())):
                    self._forget(key)
            self._confirmed_until = until

    def _keep(self, key: Key, made: Made, until: float, looks: int) -> None:
        """Store an answer in place of the oldest ones; one that would take an eighth of the room is not stored.

        An answer during whose making somebody looked may tell of the time before the change that the look found, so
        it does not outlive its lifetime.
        """
        with self._lock:
            self._forget(key)
            topic, stands = made.standing if made.standing and looks == self._looks else (None, 0.0)
            answer = Answer(made.data, topic, until, monotonic() + stands)
            if size(key, answer) <= self.max_bytes // 8:
                self._kept[key] = answer
                self.bytes += size(key, answer)
                if topic is not None:
                    self._about[topic].add(key)
            while len(self._kept) > self.max_answers or self.bytes > self.max_bytes:
                self._forget(next(iter(self._kept)))
            del self._making[key]

    def _forget(self, key: Key) -> None:
        """Drop an answer, if it is kept; the caller holds the lock."""
        answer = self._kept.pop(key, None)
        if answer is None:
            return
        self.bytes -= size(key, answer)
        if answer.topic is not None:
            self._about[answer.topic].discard(key)
            if not self._about[answer.topic]:
                del self._about[answer.topic]


def size(key: Key, answer: Answer) -> int:
    """Return the bytes that an answer is charged with: its own and its request's."""
    return len(key[1]) + len(answer.data)


def waited(promise: Future[bytes], wait: float) -> bytes:
    """Return another thread's answer, if it comes in time.

    Raises: DeadlineExceeded, or what the other thread raised.
    """
    try:
        return promise.result(min(wait, MAX_WAIT_SECONDS))
    except TimeoutError:
        if promise.done():  # the maker itself raised a TimeoutError
            raise
        raise DeadlineExceeded from None
