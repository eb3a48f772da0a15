"""Fetch documents from EDGAR: declared, paced, bounded, and sure of what came back."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import aiohttp
import structlog
from yarl import URL

from services.filings.domain import Priority
from services.filings.edgar import measures
from services.filings.edgar.body import read_bounded, read_excerpt
from services.filings.edgar.budget import Budget, SecState
from services.filings.edgar.connection import connect_redis
from services.filings.edgar.copies import Copies, Copy
from services.filings.edgar.errors import (
    BudgetUnavailable,
    EdgarError,
    Forbidden,
    Malformed,
    Throttled,
    TooLarge,
    Unavailable,
    UndeclaredUserAgent,
)
from services.filings.edgar.refusals import EXCERPT_BYTES, garbage, is_block, is_throttle, refusal
from services.filings.edgar.settings import SEC_DOMAIN, EdgarSettings, is_sec, require_declared
from services.filings.edgar.urls import Resource, Urls

_OK: Final = 200
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MAX_HOPS: Final = 3
_CHUNK_BYTES: Final = 65_536
_MAX_BACKOFF_SECONDS: Final = 8.0
_MAX_VALIDATOR_CHARACTERS: Final = 256

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """Hold the bytes of one document, decompressed, and what the SEC said of their version.

    Shape: unchanged is true when the SEC confirmed a copy instead of sending the bytes again.
    """

    url: str
    body: bytes
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


class EdgarClient:
    """Ask the SEC for documents; one client a process, opened and closed in the event loop that uses it.

    Raises: UndeclaredUserAgent where the SEC itself would be asked without a contact e-mail in the User-Agent.
    """

    def __init__(self, settings: EdgarSettings) -> None:
        require_declared(settings)
        self.urls = Urls(settings)
        self._settings = settings
        self._hosts = {URL(settings.data_url).authority, URL(settings.www_url).authority}
        self._speaks_to_sec = is_sec(settings.data_url) or is_sec(settings.www_url)
        self._queue = connect_redis(settings.queue_redis_url)
        self._cache = connect_redis(settings.cache_redis_url)
        self._budget = Budget(self._queue, settings)
        self._copies = Copies(self._cache)
        # A place is taken before a grant: a granted request that then waited for a place would be sent late.
        self._places = {priority: asyncio.Semaphore(settings.in_flight) for priority in Priority}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = _open_session(self._settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
        await self._queue.aclose()
        await self._cache.aclose()

    async def get(self, resource: Resource, priority: Priority) -> Document:
        """Fetch one document, trying again where that may help.

        Shape: at most `attempts` tries, a grant before each; full jitter between them.
        Raises: EdgarError, as errors.py tells them apart.
        """
        copy = await self._copies.find(resource)
        async with self._place(priority):
            attempt = 1
            while True:
                try:
                    return await self._attempt(resource, priority, copy)
                except (Unavailable, Malformed) as error:
                    if attempt == self._settings.attempts or isinstance(error, BudgetUnavailable):
                        raise
                await asyncio.sleep(self._backoff(attempt))
                attempt += 1

    @asynccontextmanager
    async def _place(self, priority: Priority) -> AsyncIterator[None]:
        """Hold one of the places for requests in flight.

        Raises: BudgetUnavailable when none becomes free in grant_timeout_seconds.
        """
        seconds = self._settings.grant_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._places[priority].acquire()
        except TimeoutError as error:
            raise BudgetUnavailable(f"no place for another request within {seconds:g} s") from error
        try:
            yield
        finally:
            self._places[priority].release()

    def _backoff(self, attempt: int) -> float:
        """Choose how long to wait after an attempt: anything up to a bound that doubles."""
        bound = min(_MAX_BACKOFF_SECONDS, self._settings.backoff_seconds * 2 ** (attempt - 1))
        return random.uniform(0, bound)  # noqa: S311 -- spreads load, keeps no secret

    async def _attempt(self, resource: Resource, priority: Priority, copy: Copy | None) -> Document:
        """Ask once, counting what came of it and noting it for the health answer."""
        try:
            document = await self._follow(resource, priority, copy)
        except EdgarError as error:
            seen = _seen(error)
            measures.REQUESTS.labels(resource.kind.name, error.outcome if seen else "not_sent").inc()
            if seen:
                until = error.until if isinstance(error, Throttled) else None
                await self._budget.record(seen, error.outcome, until)
            raise
        outcome = "unchanged" if document.unchanged else "ok"
        measures.REQUESTS.labels(resource.kind.name, outcome).inc()
        await self._budget.record(SecState.REACHABLE, outcome)
        return document

    async def _follow(self, resource: Resource, priority: Priority, copy: Copy | None) -> Document:
        """Send the request and follow redirects that stay with the SEC, each with a grant of its own."""
        url = URL(resource.url)
        headers = copy.conditions() if copy else {}
        for _ in range(_MAX_HOPS):
            grant = await self._budget.grant(priority)
            measures.GRANT_WAIT.labels(priority.value).observe(grant.waited)
            async with self._answer(resource, url, headers) as response:
                if response.status not in _REDIRECTS:
                    return await self._read(resource, response, copy)
                url = self._next_hop(resource, response)
        raise Forbidden(f"more than {_MAX_HOPS} redirects", url=resource.url, status=_REDIRECTS[0])

    @asynccontextmanager
    async def _answer(
        self, resource: Resource, url: URL, headers: dict[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Hold one response, and turn what goes wrong with the connection into Unavailable."""
        if self._session is None:
            raise RuntimeError("the client is used outside its `async with`")
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                yield response
        except aiohttp.ClientPayloadError as error:
            raise Unavailable("the answer was cut short", url=resource.url) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"no answer: {type(error).__name__}", url=resource.url) from error

    async def _read(self, resource: Resource, response: aiohttp.ClientResponse, copy: Copy | None) -> Document:
        """Turn a response into the document, or raise what it says instead."""
        chunks = _counted(resource, response)
        if response.status == _NOT_MODIFIED and copy is not None:
            await self._copies.confirm(resource)
            return Document(resource.url, copy.body, copy.etag, copy.last_modified, unchanged=True)
        if response.status != _OK:
            await self._refuse(resource, response.status, await read_excerpt(chunks, EXCERPT_BYTES))
        body = await self._read_body(resource, response, chunks)
        if not resource.kind.is_whole(body):
            if is_throttle(response.status, body):
                await self._refuse(resource, response.status, body)
            raise garbage(resource, response.status, body)
        etag, last_modified = _validator(response, "ETag"), _validator(response, "Last-Modified")
        await self._copies.keep(resource, Copy(body, etag, last_modified))
        return Document(resource.url, body, etag, last_modified)

    async def _read_body(
        self, resource: Resource, response: aiohttp.ClientResponse, chunks: AsyncIterator[bytes]
    ) -> bytes:
        """Read the bytes of a document within its kind's bound.

        Raises: TooLarge; Unavailable when they were damaged on their way.
        """
        status = response.status
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise Unavailable(
                "the answer is compressed in a way that was not asked for", url=resource.url, status=status
            )
        if (response.content_length or 0) > resource.kind.max_bytes:
            announced = f"{response.content_length} bytes were announced"
            raise TooLarge(announced, url=resource.url, status=status)
        try:
            return await read_bounded(chunks, resource.kind.max_bytes, must_be_gzip=encoding == "gzip")
        except TooLarge as error:
            raise TooLarge(str(error), url=resource.url, status=status) from error
        except Malformed as error:
            raise Unavailable(str(error), url=resource.url, status=status) from error

    async def _refuse(self, resource: Resource, status: int, body: bytes) -> None:
        """Raise the error that an answer stands for; where the SEC throttles or shuts us out, pause the fleet first."""
        if not is_throttle(status, body):
            error = refusal(resource, status, body)
            if is_block(error, body):
                until = await self._budget.pause()
                _log.error("edgar.blocked", url=resource.url, status=status, until=until.isoformat())
            raise error
        until = await self._budget.pause()
        _log.warning("edgar.throttled", url=resource.url, status=status, until=until.isoformat())
        raise Throttled("the SEC's request rate was exceeded", until=until, url=resource.url, status=status)

    def _next_hop(self, resource: Resource, response: aiohttp.ClientResponse) -> URL:
        """Return where a redirect leads, if that is still the SEC.

        Raises: Forbidden.
        """
        try:
            target = response.url.join(URL(response.headers.get("Location", "")))
        except ValueError:
            target = URL()
        host = target.host or ""
        within_sec = self._speaks_to_sec and target.scheme == "https" and f".{host}".endswith("." + SEC_DOMAIN)
        same_door = target.authority in self._hosts and target.scheme == response.url.scheme
        if within_sec or same_door:
            return target
        raise Forbidden(f"redirected away from the SEC, to {host[:80]!r}", url=resource.url, status=response.status)


def _seen(error: EdgarError) -> SecState | None:
    """Say what a failure shows of the SEC; nothing, when no request was sent."""
    if isinstance(error, BudgetUnavailable):
        return None
    if isinstance(error, Throttled):
        return SecState.THROTTLED if error.status else None
    if isinstance(error, (Unavailable, Forbidden, UndeclaredUserAgent)):
        return SecState.UNKNOWN
    return SecState.REACHABLE


def _validator(response: aiohttp.ClientResponse, name: str) -> str:
    """Return a header that can be sent back as it is, or nothing."""
    value = response.headers.get(name, "")
    return value if value.isascii() and value.isprintable() and len(value) <= _MAX_VALIDATOR_CHARACTERS else ""


async def _counted(resource: Resource, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Pass a body's chunks on as they come over the wire, counting their bytes."""
    received = measures.RECEIVED_BYTES.labels(resource.kind.name)
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        received.inc(len(chunk))
        yield chunk


def _open_session(settings: EdgarSettings) -> aiohttp.ClientSession:
    """Open an HTTP session that declares itself, keeps no cookies and decompresses nothing by itself."""
    headers = {"Accept-Encoding": "gzip"}
    if settings.user_agent:
        headers["User-Agent"] = settings.user_agent
    session = aiohttp.ClientSession(
        # The places bound the connections; a bound here would hold requests back after their grant.
        connector=aiohttp.TCPConnector(limit=0),
        headers=headers,
        skip_auto_headers=("User-Agent",),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(
            total=settings.total_timeout_seconds,
            connect=settings.connect_timeout_seconds,
            sock_read=settings.read_timeout_seconds,
        ),
    )
    # aiohttp repeats a GET by itself when an idle connection turns out to be closed: a request without a grant.
    session._retry_connection = False  # noqa: SLF001 -- there is no public switch
    return session
