"""Read a response's bytes within bounds, whatever the other side sends."""

import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import aiohttp

from services.filings.edgar.errors import Malformed, TooLarge

GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
# One member is what servers send; without a bound, empty members of 20 bytes would buy 1.6 million turns in 32 MiB.
_MAX_MEMBERS: Final = 16


class BoundedBody:
    """Collect a body chunk by chunk, decompressing gzip, and never hold more than the bound.

    Shape: gzip is recognised by its first bytes, since the SEC compresses error pages without being asked.
    Unit: max_bytes bounds both what comes over the wire and what it decompresses to.
    """

    def __init__(self, max_bytes: int, *, must_be_gzip: bool = False) -> None:
        self._max_bytes = max_bytes
        self._must_be_gzip = must_be_gzip
        self._received = 0
        self._members = 0
        self._head = b""
        self._is_gzip: bool | None = None
        self._gzip = zlib.decompressobj(_GZIP_WINDOW)
        self._body = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take the next bytes from the wire.

        Raises: TooLarge; Malformed for gzip that is none.
        """
        self._received += len(chunk)
        if self._received > self._max_bytes:
            raise TooLarge(f"more than {self._max_bytes} bytes were sent")
        if self._is_gzip is None:
            chunk = self._recognise(chunk)
        if self._is_gzip:
            self._inflate(chunk)
        else:
            self._append(chunk)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises: Malformed when gzip ends too early.
        """
        if self._is_gzip is None and self._head:
            self._append(self._head)
        if self._is_gzip and not self._gzip.eof:
            raise Malformed("the gzip stream was cut short")
        if self._must_be_gzip and self._body and not self._is_gzip:
            raise Malformed("the answer says gzip and is none")
        return bytes(self._body)

    @property
    def so_far(self) -> bytes:
        """Return what has arrived, for telling errors apart when the rest is unreadable."""
        return bytes(self._body)

    def _recognise(self, chunk: bytes) -> bytes:
        """Decide by the first two bytes, which may arrive one at a time, whether this is gzip."""
        head = self._head + chunk
        if len(head) < len(GZIP_MAGIC):
            self._head = head
            return b""
        self._head = b""
        self._is_gzip = head.startswith(GZIP_MAGIC)
        return head

    def _append(self, data: bytes) -> None:
        """Keep decompressed bytes if there is room."""
        if len(self._body) + len(data) > self._max_bytes:
            raise TooLarge(f"more than {self._max_bytes} bytes after decompression")
        self._body += data

    def _inflate(self, chunk: bytes) -> None:
        """Decompress a chunk, asking for one byte more than there is room for."""
        data = chunk
        while data:
            if self._gzip.eof:
                self._next_member()
            room = self._max_bytes - len(self._body) + 1
            try:
                self._append(self._gzip.decompress(data, room))
            except zlib.error as error:
                raise Malformed("the gzip stream is damaged") from error
            data = self._gzip.unused_data

    def _next_member(self) -> None:
        """Begin the next member of a gzip stream."""
        self._members += 1
        if self._members >= _MAX_MEMBERS:
            raise Malformed("the gzip stream has too many members")
        self._gzip = zlib.decompressobj(_GZIP_WINDOW)


async def read_bounded(chunks: AsyncIterator[bytes], max_bytes: int, *, must_be_gzip: bool) -> bytes:
    """Read a document to its end.

    Raises: TooLarge, Malformed.
    """
    body = BoundedBody(max_bytes, must_be_gzip=must_be_gzip)
    async for chunk in chunks:
        body.add(chunk)
    return body.finish()


async def read_excerpt(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """Read as much of an error page as is sound; a throttle page that was cut short is one all the same."""
    body = BoundedBody(max_bytes)
    with suppress(TooLarge, Malformed, aiohttp.ClientError, TimeoutError, OSError):
        async for chunk in chunks:
            body.add(chunk)
    return body.so_far
