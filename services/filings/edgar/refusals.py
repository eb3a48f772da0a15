"""Tell the SEC's refusals apart by status, body and what was asked for."""

from typing import Final

from services.filings.edgar.errors import (
    EdgarError,
    Forbidden,
    Malformed,
    MissingIndex,
    NotFound,
    Unavailable,
    UndeclaredUserAgent,
)
from services.filings.edgar.urls import INDEX, Resource

# Of an error page only so much is read; the largest seen, the apology page, has 7,751 bytes.
EXCERPT_BYTES: Final = 65_536

_FORBIDDEN: Final = 403
_TOO_MANY_REQUESTS: Final = 429
_GONE: Final = (404, 410)
_SERVER_ERRORS: Final = range(500, 600)

_THROTTLE_WORDS: Final = (b"request rate threshold exceeded", b"request rate has exceeded")
_UNDECLARED_WORDS: Final = (b"undeclared automated tool",)
_PAGE_STARTS: Final = (b"<!doctype", b"<html")
_HEAD_BYTES: Final = 256
_ACCESS_DENIED: Final = b"<code>accessdenied</code>"


def is_throttle(status: int, body: bytes) -> bool:
    """Say whether an answer is the SEC's demand to stay away for ten minutes."""
    return status == _TOO_MANY_REQUESTS or _has(body, _THROTTLE_WORDS)


def refusal(resource: Resource, status: int, body: bytes) -> EdgarError:
    """Make the error that an answer other than a document, and other than a throttle, stands for."""
    url = resource.url
    if status in _GONE:
        return NotFound("EDGAR has no such document", url=url, status=status)
    if status in _SERVER_ERRORS:
        return Unavailable(f"the SEC answered {status}", url=url, status=status)
    if _has(body, _UNDECLARED_WORDS):
        return UndeclaredUserAgent("the SEC does not accept the User-Agent as declared", url=url, status=status)
    if status == _FORBIDDEN and resource.kind is INDEX and _has(body, (_ACCESS_DENIED,)):
        return MissingIndex("EDGAR has no index for that day", url=url, status=status)
    return Forbidden(f"the SEC answered {status} for a reason that is not known", url=url, status=status)


def is_block(error: EdgarError, body: bytes) -> bool:
    """Say whether a refusal may be meant for us rather than for one document; asking on would prolong it.

    Shape: AccessDenied is the store's word for one object; any other 403 may be the site's for everything we ask. Other
    refusals are of the request: one document that is always 400 must not stop the whole fleet again and again.
    """
    if isinstance(error, UndeclaredUserAgent):
        return True
    return isinstance(error, Forbidden) and error.status == _FORBIDDEN and not _has(body, (_ACCESS_DENIED,))


def garbage(resource: Resource, status: int, body: bytes) -> EdgarError:
    """Make the error for a whole answer of another kind than was asked for.

    Shape: nothing, or a web page in a document's place, is a passing fault of the site; anything else is the document.
    """
    head = body[:_HEAD_BYTES].lstrip().lower()
    if not head or head.startswith(_PAGE_STARTS):
        return Unavailable("the SEC sent a page in the document's place", url=resource.url, status=status)
    return Malformed(f"the answer is no whole document of kind {resource.kind.name}", url=resource.url, status=status)


def _has(body: bytes, words: tuple[bytes, ...]) -> bool:
    """Say whether a page holds one of some words, in any case."""
    page = body[:EXCERPT_BYTES].lower()
    return any(word in page for word in words)
