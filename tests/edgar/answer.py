"""Describe an answer before it becomes bytes on a connection."""

import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

HTML = "text/html"
XML = "application/xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and its type.

    Shape: `modified` is set where the SEC sends Last-Modified and ETag, so that a request may be conditional.
    """

    body: bytes
    content_type: str
    status: int = HTTPStatus.OK
    modified: datetime | None = None


def as_json(value: object, modified: datetime | None = None) -> Answer:
    """Answer with JSON, as tight as the SEC writes it."""
    return Answer(json.dumps(value, separators=(",", ":")).encode(), "application/json", modified=modified)


def page(status: int, title: str, sentence: str) -> Answer:
    """Answer with a page of HTML; the title is what clients tell pages apart by."""
    html = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>SEC.gov | {title}</title></head>\n'
        f"<body><h1>{title}</h1>\n<p>{sentence}</p></body></html>\n"
    )
    return Answer(html.encode(), HTML, status)


def not_found() -> Answer:
    """Answer for a path of the archive that holds nothing."""
    return page(HTTPStatus.NOT_FOUND, "File Not Found", "Nothing is kept under this address.")


def no_such_key(key: str) -> Answer:
    """Answer for a submissions file that does not exist, as the SEC's object store does."""
    message = f"<Message>Nothing is stored under this key.</Message><Key>{key}</Key>"
    return _store_error(HTTPStatus.NOT_FOUND, "NoSuchKey", message)


def access_denied() -> Answer:
    """Answer for a daily index that does not exist: a 403 that is no refusal."""
    return _store_error(HTTPStatus.FORBIDDEN, "AccessDenied", "<Message>Access is denied.</Message>")


def _store_error(status: int, code: str, inner: str) -> Answer:
    """Answer with an error of the object store."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>{inner}</Error>'
    return Answer(body.encode(), XML, status)


def undeclared() -> Answer:
    """Refuse a client that does not say who it is."""
    return page(
        HTTPStatus.FORBIDDEN,
        "Your Request Originates from an Undeclared Automated Tool",
        "Declare who you are in the User-Agent header.",
    )


def throttled() -> Answer:
    """Refuse a client that asks too often."""
    return page(
        HTTPStatus.FORBIDDEN,
        "Request Rate Threshold Exceeded",
        "Stay below the limit for ten minutes; asking on makes it longer.",
    )


def unavailable() -> Answer:
    """Answer for what the SEC's application servers fail at."""
    return page(HTTPStatus.SERVICE_UNAVAILABLE, "File Unavailable", "This file cannot be had at the moment.")
