"""Clients that ask without a pause while a test does something behind the door."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

CLIENTS = 8
DIFFERENT = 50  # requests, so that not all are answered from memory


@contextmanager
def load(url: str, path: str) -> Iterator[Counter[str]]:
    """Ask as fast as eight clients can, and count the answers, errors by what they say, until the end of the block."""
    answers: Counter[str] = Counter()
    stopped = threading.Event()

    def ask() -> None:
        number = 0
        with httpx.Client(base_url=url, timeout=20, verify=False, trust_env=False) as client:  # noqa: S501 - no TLS
            while not stopped.is_set():
                number = number % DIFFERENT + 1
                try:
                    answer = client.get(f"{path}?count={number}")
                    answers["200" if answer.status_code == httpx.codes.OK else answer.text] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(ask)
        try:
            yield answers
        finally:
            stopped.set()
