"""Log one JSON object a line to stdout; `LOG_FORMAT=console` is for people.

Nothing that a client sent is logged, only names and ids; SQL is logged without its parameters (`db`).
"""

import atexit
import logging
import sys
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from time import sleep
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from services.chassis.call import current_call
from services.chassis.config import ProcessSettings

BATCH_SECONDS = 0.05
MAX_WAITING_LINES = 10_000

Event = MutableMapping[str, Any]


class Lines:
    """Write lines to a stream from a thread of its own.

    A write gives up the interpreter's lock, and getting it back among busy threads costs a call 30 µs and more; a
    stalled reader of stdout would stop the service. When lines come faster than they go, the excess is dropped and
    counted. Lines of the last 50 ms are lost by kill -9, not by any other end.
    """

    def __init__(self) -> None:
        self.stream: TextIO = sys.stdout
        self.is_json = False
        self.level = logging.INFO
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._dropped = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, stream: TextIO) -> None:
        """Write to this stream from now on."""
        self.flush()
        self.stream = stream
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log lines", daemon=True)
            self._thread.start()
            atexit.register(self.flush)

    def msg(self, line: str) -> None:
        """Take one line."""
        if self._waiting.qsize() < MAX_WAITING_LINES:
            self._waiting.put(line)
        else:
            self._dropped += 1

    # structlog calls a logger by the name of the level.
    debug = info = warning = warn = error = critical = exception = msg

    def flush(self) -> None:
        """Write what is waiting."""
        with self._lock:
            lines = []
            while True:
                try:
                    lines.append(self._waiting.get_nowait())
                except Empty:
                    break
            if self._dropped:
                lines.append(f'{{"event":"log lines dropped","level":"warning","count":{self._dropped}}}')
                self._dropped = 0
            if lines:
                self.stream.write("\n".join(lines) + "\n")
                self.stream.flush()

    def _run(self) -> None:
        """Write in batches, as long as the process lives."""
        while True:
            sleep(BATCH_SECONDS)
            self.flush()


LINES = Lines()
# Loggers keep the list that they were made with, so `configure` changes this one in place.
PROCESSORS: list[Processor] = []


def configure(settings: ProcessSettings, stream: TextIO | None = None) -> None:
    """Send structlog's lines, and what libraries log with `logging`, to stdout or another stream."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    out = stream or sys.stdout
    render: list[Processor] = (
        [structlog.processors.format_exc_info, json_line]
        if settings.log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    time = structlog.processors.TimeStamper(fmt="iso", utc=True)
    PROCESSORS[:] = [
        structlog.contextvars.merge_contextvars,
        add_call,
        structlog.processors.add_log_level,
        time,
        *render,
    ]
    structlog.configure(
        processors=PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: LINES,
        cache_logger_on_first_use=True,
    )
    LINES.is_json, LINES.level = settings.log_format == "json", level
    LINES.start(out)
    # Libraries speak from WARNING on, whatever our own level is: grpc and sqlalchemy log every call on INFO.
    logging.basicConfig(handlers=[ToStructlog()], level=max(level, logging.WARNING), force=True)


def log_call(line: dict[str, object]) -> None:
    """Log a call that was not our fault, on INFO; as JSON without structlog's chain: 1 µs instead of 7."""
    if not LINES.is_json:
        get_logger("call").info("call", **line)
    elif LINES.level <= logging.INFO:
        LINES.msg(orjson.dumps({"timestamp": datetime.now(UTC), "level": "info", "event": "call", **line}).decode())


def get_logger(name: str) -> FilteringBoundLogger:
    """Return the logger of a module."""
    logger: FilteringBoundLogger = structlog.get_logger(logger_name=name)
    return logger


class ToStructlog(logging.Handler):
    """Hand what libraries log with `logging` to structlog, so that all lines have one shape."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record under its logger's name."""
        log = get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def add_call(_logger: object, _name: str, event: Event) -> Event:
    """Add the request id of the call that is being answered."""
    call = current_call()
    if call is not None:
        event["request_id"] = call.request_id
    return event


def json_line(_logger: object, _name: str, event: Event) -> str:
    """Print an event as one line of JSON; what JSON cannot hold is printed as text."""
    return orjson.dumps(event, default=str).decode()
