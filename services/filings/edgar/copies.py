"""Keep copies of small documents, so that the SEC need only say that nothing changed.

Keys of the cache Redis:
    sectracker:edgar:copy:{url}   hash of etag, last_modified and body (zlib); kept for the kind's kept_seconds after
                                  the SEC last confirmed it
A Redis that is away, full or holds rubbish costs the saving and nothing else.
"""

import zlib
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis

from services.filings.edgar.connection import REDIS_ERRORS, in_time
from services.filings.edgar.urls import MIB, Resource

COPY_PREFIX: Final = "sectracker:edgar:copy:"
# Submissions shrink to a tenth; what is larger than this is rare and would crowd out others.
_MAX_STORED_BYTES: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class Copy:
    """Hold a document as it was, with what proves its version to the SEC; absent validators are empty."""

    body: bytes
    etag: str
    last_modified: str

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the document only if it changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


class Copies:
    """Store and find copies by address."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, resource: Resource) -> Copy | None:
        """Return the copy of a document, if its kind is kept and one is there."""
        if not resource.kind.kept_seconds:
            return None
        try:
            async with in_time():
                stored = cast("dict[bytes, bytes]", await self._redis.hgetall(COPY_PREFIX + resource.url))
        except REDIS_ERRORS:
            return None
        return _opened(stored, resource.kind.max_bytes)

    async def keep(self, resource: Resource, copy: Copy) -> None:
        """Store a copy, where its kind is kept and the SEC gave something to ask with later."""
        if not resource.kind.kept_seconds or not copy.conditions():
            return
        packed = zlib.compress(copy.body, level=1)
        if len(packed) > _MAX_STORED_BYTES:
            return
        key = COPY_PREFIX + resource.url
        fields: list[str | bytes] = ["etag", copy.etag, "last_modified", copy.last_modified, "body", packed]
        try:
            async with in_time(), self._redis.pipeline(transaction=True) as pipeline:
                pipeline.hset(key, items=fields)
                pipeline.expire(key, resource.kind.kept_seconds)
                await pipeline.execute()
        except REDIS_ERRORS:
            return

    async def confirm(self, resource: Resource) -> None:
        """Keep a copy longer, since the SEC has just said that it is current."""
        try:
            async with in_time():
                await self._redis.expire(COPY_PREFIX + resource.url, resource.kind.kept_seconds)
        except REDIS_ERRORS:
            return


def _opened(stored: dict[bytes, bytes], max_bytes: int) -> Copy | None:
    """Unpack a stored copy, or nothing when it can't be trusted."""
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(stored[b"body"], max_bytes)
        etag, last_modified = stored[b"etag"].decode("ascii"), stored[b"last_modified"].decode("ascii")
    except (KeyError, UnicodeDecodeError, zlib.error):
        return None
    return Copy(body, etag, last_modified) if unpacker.eof else None
