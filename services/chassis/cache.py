"""Keep answers that are the same for everybody, as bytes, for a stated second or so."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from services.chassis.errors import DeadlineExceeded

MAX_ANSWERS = 10_000
MAX_BYTES = 64 * 1024 * 1024
MAX_WAIT_SECONDS = 60.0  # for calls without a deadline

Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and until when (monotonic seconds) it may be again."""

    data: bytes
    until: float


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
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._kept)

    def find(self, key: Key) -> bytes | None:
        """Return a kept answer that is still good. Takes no lock: reading a dict is atomic."""
        answer = self._kept.get(key)
        return answer.data if answer is not None and answer.until > monotonic() else None

    def make(self, key: Key, lifetime: float, wait: float, maker: Callable[[], bytes]) -> bytes:
        """Return what the maker makes, or what another thread is making for the same key.

        Shape: an error reaches everybody who waits for it, and is not kept.
        Unit: lifetime and wait are seconds; wait is how long to stand by for another thread's answer.
        Raises: DeadlineExceeded, or what the maker raises.
        """
        with self._lock:
            answer = self.find(key)
            if answer is not None:  # made between the caller's look and this lock
                return answer
            promise = self._making.get(key)
            if promise is None:
                ours = self._making[key] = Future()
        if promise is not None:
            return waited(promise, wait)
        try:
            data = maker()
        except BaseException as error:
            del self._making[key]
            ours.set_exception(error)
            raise
        self._keep(key, Answer(data, monotonic() + lifetime))
        ours.set_result(data)
        return data

    def _keep(self, key: Key, answer: Answer) -> None:
        """Store an answer in place of the oldest ones; one that would take an eighth of the room is not stored."""
        with self._lock:
            self._forget(key)
            if size(key, answer) <= self.max_bytes // 8:
                self._kept[key] = answer
                self.bytes += size(key, answer)
            while len(self._kept) > self.max_answers or self.bytes > self.max_bytes:
                self._forget(next(iter(self._kept)))
            del self._making[key]

    def _forget(self, key: Key) -> None:
        """Drop an answer, if it is kept; the caller holds the lock."""
        answer = self._kept.pop(key, None)
        if answer is not None:
            self.bytes -= size(key, answer)


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
