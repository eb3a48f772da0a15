"""Keep the SEC's limit: so many requests in any second, over all clients, and a pause for who goes beyond."""

import time
from collections import deque
from collections.abc import Callable

WINDOW = 1.0  # seconds


class RateLimit:
    """Admit requests up to a rate; beyond it refuse all until a pause has passed without going beyond again.

    Unit: rate in requests a second, 0 for no limit; pause in seconds.
    """

    def __init__(self, rate: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.pause = pause
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=rate + 1)
        self._closed_until = float("-inf")

    def admits(self) -> bool:
        """Count a request and tell whether it may pass."""
        now = self._clock()
        if self.rate:
            self._recent.append(now)
            if len(self._recent) > self.rate and now - self._recent[0] < WINDOW:
                self._closed_until = max(self._closed_until, now + self.pause)
        return now >= self._closed_until

    def close(self, seconds: float) -> None:
        """Refuse everything for a while, as if somebody had gone beyond the rate."""
        self._closed_until = self._clock() + seconds

    @property
    def closed_for(self) -> float:
        """Return the seconds until requests pass again."""
        return max(0.0, self._closed_until - self._clock())

    def reset(self) -> None:
        """Forget all requests and pauses."""
        self._recent.clear()
        self._closed_until = float("-inf")
