"""Logs: one JSON object a line, from us and from libraries, and never so many that memory ends."""

import io
import json
import logging
from typing import Any

import pytest

from services.chassis import logs
from services.chassis.config import ProcessSettings
from services.chassis.logs import LINES, MAX_WAITING_LINES


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the lines that a stream got."""
    LINES.flush()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream() -> io.StringIO:
    """Log as JSON to memory."""
    out = io.StringIO()
    logs.configure(ProcessSettings(log_level="INFO", log_format="json"), out)
    return out


def test_a_line_is_one_object(stream: io.StringIO) -> None:
    """Event, level, time and what was said with it are the keys; an error's traceback is a text."""
    log = logs.get_logger("trial")
    log.debug("not this")
    log.info("stored", accession_number="0000320193-22-000061")
    try:
        raise KeyError("missing")  # noqa: TRY301 - to have a traceback
    except KeyError:
        log.exception("failed")
    stored, failed = written(stream)
    assert (stored["event"], stored["level"], stored["logger_name"]) == ("stored", "info", "trial")
    assert stored["accession_number"] == "0000320193-22-000061"
    assert failed["exception"].endswith("KeyError: 'missing'")


def test_libraries_speak_from_warning_on(stream: io.StringIO) -> None:
    """What is logged with `logging` has the same shape, and no library tells every call."""
    library = logging.getLogger("some.library")
    library.info("a call")
    library.warning("trouble with %s", "it")
    assert [(line["event"], line["logger_name"], line["level"]) for line in written(stream)] == [
        ("trouble with it", "some.library", "warning")
    ]


def test_a_stalled_stream_costs_lines_not_memory(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that nobody takes away are dropped and counted."""
    with LINES._lock:  # the writer cannot write
        for number in range(MAX_WAITING_LINES + 7):
            LINES.msg(json.dumps({"event": str(number)}))
    lines = written(stream)
    assert len(lines) == MAX_WAITING_LINES + 1
    assert lines[-1]["count"] == 7


def test_people_get_text() -> None:
    """On a console a line is for people."""
    out = io.StringIO()
    logs.configure(ProcessSettings(log_level="INFO", log_format="console"), out)
    logs.log_call({"method": "/a/b", "code": "OK"})
    LINES.flush()
    assert "method" in out.getvalue()
    assert not out.getvalue().startswith("{")
