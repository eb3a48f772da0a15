"""Turn an answer into a response: conditional, compressed, and errors now and then gzipped unasked."""

import gzip
import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from itertools import count

from aiohttp import web

from tests.edgar.answer import Answer

SMALLEST_TO_COMPRESS = 256  # bytes
UNASKED = 3  # every third error comes gzipped to clients that did not ask for it
LEVEL = 5


class Delivery:
    """Deliver answers; counts errors to gzip some of them unasked."""

    def __init__(self) -> None:
        self._errors = count(1)

    def response(self, request: web.Request, answer: Answer) -> web.Response:
        """Return the response for an answer."""
        headers = {"Content-Type": answer.content_type, "Vary": "Accept-Encoding"}
        if answer.modified:
            headers["ETag"] = _etag(answer.body)
            headers["Last-Modified"] = format_datetime(_whole_seconds(answer.modified), usegmt=True)
            if _unchanged(request, headers["ETag"], answer.modified):
                return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        body = answer.body
        if self._compresses(request, answer):
            body = gzip.compress(body, LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return web.Response(status=answer.status, body=body, headers=headers)

    def _compresses(self, request: web.Request, answer: Answer) -> bool:
        """Tell whether this body is sent gzipped."""
        if answer.status >= HTTPStatus.BAD_REQUEST and next(self._errors) % UNASKED == 0:
            return True
        asked = "gzip" in request.headers.get("Accept-Encoding", "").lower()
        return asked and len(answer.body) >= SMALLEST_TO_COMPRESS


def _etag(body: bytes) -> str:
    """Return the entity tag of a body."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _whole_seconds(moment: datetime) -> datetime:
    """Return a moment as HTTP dates can tell it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _unchanged(request: web.Request, etag: str, modified: datetime) -> bool:
    """Tell whether the client already has this body; its entity tags win over its date."""
    if tags := request.headers.get("If-None-Match"):
        return etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and since >= _whole_seconds(modified)
