"""Loops: rounds go on after an error and end when told."""

import io
import json
import threading
from itertools import count
from time import monotonic, sleep

import psycopg
import pytest

from services.chassis import logs
from services.chassis.config import ProcessSettings
from services.chassis.errors import DependencyUnavailable
from services.chassis.loops import Loops


def test_an_error_ends_the_round_and_not_the_loop() -> None:
    """A function that fails is called again."""
    rounds, enough = [], threading.Event()

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            enough.set()
        raise KeyError

    loops = Loops()
    loops.every(0.001, work)
    loops.start()
    assert enough.wait(5)
    loops.stop()
    seen = len(rounds)
    sleep(0.02)
    assert seen == len(rounds)


def test_a_resting_loop_ends_at_once() -> None:
    """Stopping does not wait for the rest between two rounds."""
    started = threading.Event()
    loops = Loops()
    loops.every(3600, started.set, name="rare")
    loops.start()
    assert started.wait(5)
    begun = monotonic()
    loops.stop()
    assert monotonic() - begun < 1
    assert not [thread for thread in threading.enumerate() if thread.name == "loop rare"]


@pytest.mark.parametrize(
    ("error", "reason", "cause"),
    [
        (
            psycopg.OperationalError("connection refused"),
            "DEPENDENCY_UNAVAILABLE",
            "OperationalError: connection refused",
        ),
        (psycopg.errors.QueryCanceled("too slow"), "DEADLINE_EXCEEDED", "QueryCanceled: too slow"),
        (
            DependencyUnavailable("filings"),
            "DEPENDENCY_UNAVAILABLE",
            "DependencyUnavailable: The service filings is not available; try again.",
        ),
    ],
)
def test_a_dependency_that_is_not_there_yet_is_one_line(error: Exception, reason: str, cause: str) -> None:
    """Whoever starts first logs a warning with the cause, and no traceback."""
    (line,) = logged(error)
    del line["timestamp"]
    assert line == {
        "event": "loop round failed",
        "level": "warning",
        "logger_name": "services.chassis.loops",
        "loop": "trial",
        "reason": reason,
        "cause": cause,
    }


def test_a_mistake_keeps_its_traceback() -> None:
    """An error that nobody expects is logged as one, with the place where it was raised."""
    (line,) = logged(KeyError("ticker"))
    assert (line["level"], line["loop"]) == ("error", "trial")
    assert "in work" in line["exception"]
    assert line["exception"].endswith("KeyError: 'ticker'")


def test_what_goes_on_failing_is_told_once() -> None:
    """A database that is away for a while is two lines, one for each cause, and a last one when it is back."""
    refused, starting = psycopg.OperationalError("refused"), psycopg.OperationalError("starting up")
    lines = logged(refused, refused, starting, starting, None, None, refused)
    told = [(line["event"], line.get("cause", "").removeprefix("OperationalError: ")) for line in lines]
    failed = "loop round failed"
    assert told == [(failed, "refused"), (failed, "starting up"), ("loop works again", ""), (failed, "refused")]


def logged(*rounds: Exception | None) -> list[dict[str, str]]:
    """Return the lines that a loop logs whose rounds fail so, or end well, the last one again and again."""
    out, numbers, enough = io.StringIO(), count(), threading.Event()
    logs.configure(ProcessSettings(log_level="INFO", log_format="json"), out)

    def work() -> None:
        number = next(numbers)
        if number == len(rounds):
            enough.set()
        error = rounds[min(number, len(rounds) - 1)]
        if error is not None:
            raise error

    loops = Loops()
    loops.every(0.001, work, name="trial")
    loops.start()
    assert enough.wait(5)
    loops.stop()
    logs.LINES.flush()
    return [json.loads(line) for line in out.getvalue().splitlines()]
