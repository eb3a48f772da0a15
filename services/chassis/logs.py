"""Log one JSON object a line to stdout; `LOG_FORMAT=console` is for people.

Nothing that a client sent is logged, only names and ids; SQL is logged without its parameters (`db`).
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

from services.chassis.call import current_call
from services.chassis.config import ProcessSettings

Event = MutableMapping[str, Any]


def configure(settings: ProcessSettings, out: TextIO | None = None) -> None:
    """Send structlog's lines, and what libraries log with `logging`, to stdout or another stream."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    stream = out or sys.stdout
    as_json = settings.log_format == "json"
    render = json_line if as_json else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    exceptions = [structlog.processors.format_exc_info] if as_json else []
    factory = structlog.BytesLoggerFactory(stream.buffer) if as_json else structlog.PrintLoggerFactory(stream)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_call,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    # Libraries speak from WARNING on, whatever our own level is: grpc and sqlalchemy log every call on INFO.
    logging.basicConfig(handlers=[ToStructlog()], level=max(level, logging.WARNING), force=True)


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


def json_line(_logger: object, _name: str, event: Event) -> bytes:
    """Print an event as one line of JSON; what JSON cannot hold is printed as text."""
    return orjson.dumps(event, default=str)
