"""See what is sent to PostgreSQL where nothing can hide: in libpq's own trace of the wire."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.pq import Trace

from services.chassis.db import Sessions

ONE_STATEMENT = {"Bind": 1, "Describe": 1, "Execute": 1, "Sync": 1}
"""One round trip: a prepared statement, and nothing before or after it."""


@contextmanager
def traced(sessions: Sessions, to: Path) -> Iterator[Counter[str]]:
    """Yield a counter that holds, afterwards, what was sent over the connection for reads, by kind of message."""
    with sessions.read() as session:
        driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    sent: Counter[str] = Counter()
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT)
    driver.pgconn.trace(descriptor)
    driver.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
    try:
        yield sent
    finally:
        driver.pgconn.untrace()
        os.close(descriptor)
    lines = [line.split("\t") for line in to.read_text().splitlines()]
    sent.update(line[2] for line in lines if line[0] == "F")
