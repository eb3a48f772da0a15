"""Log in, and ask for other things meanwhile, from one process; its own work is small beside that of a password."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx

PASSWORD = "correct horse battery staple"  # noqa: S105 - of made-up people
PATIENCE_SECONDS = 30.0

Call = Callable[[httpx.Client], httpx.Response]


@dataclass(slots=True)
class Seen:
    """What a load has seen: how often each status, and how long each answer of 200 took.

    Unit: seconds.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Return how many calls succeeded a second."""
        return len(self.took) / self.seconds


class Load:
    """Repeat a call on so many connections, in threads, until it is ended; who is told to wait waits."""

    def __init__(self, url: str, call: Call, connections: int, pause: float = 0.0) -> None:
        self.seen = Seen()
        self._call = call
        self._pause = pause
        self._ended = threading.Event()
        self._began = time.perf_counter()
        self._threads = [threading.Thread(target=self._repeat, args=[url]) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def end(self) -> Seen:
        """End the load and return what it saw."""
        self._ended.set()
        self.seen.seconds = time.perf_counter() - self._began
        for thread in self._threads:
            thread.join()
        return self.seen

    def _repeat(self, url: str) -> None:
        """Call again and again over one connection."""
        with httpx.Client(base_url=f"{url}/api/v1/", timeout=PATIENCE_SECONDS, trust_env=False) as http:
            while not self._ended.is_set():
                began = time.perf_counter()
                answer = self._call(http)
                self.seen.statuses[answer.status_code] += 1
                if answer.is_success:
                    self.seen.took.append(time.perf_counter() - began)
                self._ended.wait(float(answer.headers.get("retry-after", self._pause)))


def under(url: str, seconds: float, *loads: tuple[Call, int, float]) -> list[Seen]:
    """Run several loads at the same time, for so many seconds."""
    with ExitStack() as stack:
        running = [Load(url, call, connections, pause) for call, connections, pause in loads]
        ended: list[Seen] = []
        stack.callback(lambda: ended.extend(load.end() for load in running))
        time.sleep(seconds)
    return ended


def log_in(email: str, password: str = PASSWORD) -> Call:
    """Return the call that logs somebody in."""
    return lambda http: http.post("auth/login", json={"email": email, "password": password})


def read(path: str, token: str = "") -> Call:
    """Return the call that reads a path, in somebody's name or in nobody's."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return lambda http: http.get(path, headers=headers)
