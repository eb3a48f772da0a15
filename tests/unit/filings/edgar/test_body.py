"""Check that no body, however hostile, is read beyond its bound."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable

import pytest

from services.filings.edgar.body import BoundedBody, read_bounded, read_excerpt
from services.filings.edgar.errors import Malformed, TooLarge

MIB = 1024 * 1024


def read(chunks: Iterable[bytes], max_bytes: int = MIB, *, must_be_gzip: bool = False) -> bytes:
    """Feed chunks to a body and finish it."""
    body = BoundedBody(max_bytes, must_be_gzip=must_be_gzip)
    for chunk in chunks:
        body.add(chunk)
    return body.finish()


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Yield chunks as a response would."""
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("body", [b"", b"a", b"{}", b"\x1f", b"plain text"])
def test_plain_bytes_pass(body: bytes) -> None:
    """What is not gzip comes out as it went in, also byte by byte."""
    assert read([body]) == body
    assert read(bytes([byte]) for byte in body) == body


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_gzip_is_recognised_by_its_bytes(size: int) -> None:
    """Gzip is decompressed whether it was announced or not, also byte by byte and in several members."""
    body = b"x" * size
    packed = gzip.compress(body)
    assert read([packed]) == body
    assert read(bytes([byte]) for byte in packed) == body
    assert read([packed + packed], must_be_gzip=True) == body + body


def test_a_bomb_is_cut_off_while_it_is_read() -> None:
    """A thousandfold bomb ends at the bound, and so does the memory that it takes."""
    bomb = gzip.compress(b"\0" * (256 * MIB), compresslevel=9)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="after decompression"):
            read([bomb])
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_an_endless_body_is_cut_off() -> None:
    """Plain bytes end at the bound too, and so does gzip that never says anything."""
    with pytest.raises(TooLarge, match="were sent"):
        read([b"x" * 1000] * 2000)
    silent = zlib.compressobj(wbits=31)
    nothing = silent.compress(b"") + silent.flush(zlib.Z_FULL_FLUSH)
    with pytest.raises(TooLarge, match="were sent"):
        read([nothing, *[b"\x00\x00\x00\xff\xff" * 1000] * 2000])


def test_many_empty_members_are_refused() -> None:
    """A stream of empty members, which costs time instead of space, is no document."""
    with pytest.raises(Malformed, match="members"):
        read([gzip.compress(b"") * 1000])


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"x" * 1000)[:-9], b"\x1f\x8b" + b"garbage" * 100, gzip.compress(b"x") + b"tail", b"\x1f\x8b"],
    ids=["cut short", "garbage", "tail", "head alone"],
)
def test_damaged_gzip_is_malformed(body: bytes) -> None:
    """Gzip that is cut short, filled with garbage or followed by it is refused."""
    with pytest.raises(Malformed):
        read([body])


def test_announced_gzip_must_be_gzip() -> None:
    """Plain bytes under a gzip header are refused."""
    with pytest.raises(Malformed, match="says gzip"):
        read([b"<html>"], must_be_gzip=True)


async def test_a_document_is_read_whole_and_an_error_page_as_far_as_it_is_sound() -> None:
    """The two readers differ in what they do with a damaged end."""
    packed = gzip.compress(b"a page" * 1000)
    assert await read_bounded(stream(packed[:10], packed[10:]), MIB, must_be_gzip=True) == b"a page" * 1000
    assert await read_excerpt(stream(packed[:-8]), MIB) == b"a page" * 1000
    assert await read_excerpt(stream(b"a page", b"x" * MIB), MIB) == b"a page"
    assert await read_excerpt(stream(b"\x1f\x8bgarbage"), MIB) == b""
