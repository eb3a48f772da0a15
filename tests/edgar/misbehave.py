"""Carry out the faults that need the connection itself."""

import asyncio
import random
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from tests.edgar.answer import Answer
from tests.edgar.faults import Fault

PIECE = 64 * 1024
PIECES = 50  # of a trickling body
GARBAGE = random.Random(0).randbytes(4096)
BLANKS = b" " * PIECE

Misbehaviour = Callable[[web.Request, Fault, Answer], Awaitable[web.StreamResponse]]


async def cut(request: web.Request, _fault: Fault, answer: Answer) -> web.StreamResponse:
    """Promise the whole body, send half of it and break the connection."""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.content_length = len(answer.body) + 1
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2 + 1])
    if request.transport:
        request.transport.close()
    return response


async def garbage(request: web.Request, _fault: Fault, answer: Answer) -> web.StreamResponse:
    """Say gzip and send something else."""
    headers = {"Content-Type": answer.content_type, "Content-Encoding": "gzip"}
    return web.Response(body=GARBAGE, headers=headers)


async def bomb(request: web.Request, fault: Fault, answer: Answer) -> web.StreamResponse:
    """Send a small body that gzip makes large."""
    body = await asyncio.to_thread(_bomb, fault.megabytes)
    return web.Response(body=body, headers={"Content-Type": answer.content_type, "Content-Encoding": "gzip"})


def _bomb(megabytes: int) -> bytes:
    """Compress blanks, a piece at a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    pieces = (packer.compress(BLANKS) for _ in range(megabytes * 1024 * 1024 // PIECE))
    return b"".join(pieces) + packer.flush()


async def endless(request: web.Request, fault: Fault, answer: Answer) -> web.StreamResponse:
    """Send blanks until the client leaves or the time is up."""
    return await _stream(request, answer, _blanks(fault.seconds))


async def _blanks(seconds: float) -> AsyncIterator[bytes]:
    """Give blanks for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield BLANKS
        await asyncio.sleep(0)


async def trickle(request: web.Request, fault: Fault, answer: Answer) -> web.StreamResponse:
    """Send the body in small pieces, evenly over the time."""
    return await _stream(request, answer, _drops(answer.body, fault.seconds))


async def _drops(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """Give a body in pieces with pauses between them."""
    size = len(body) // PIECES + 1
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / PIECES)
        yield body[start : start + size]


async def _stream(request: web.Request, answer: Answer, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """Send pieces without promising a length."""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except ConnectionResetError:
        pass  # the client has had enough, which is what these faults are for
    return response


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "cut": cut,
    "garbage": garbage,
    "bomb": bomb,
    "endless": endless,
    "trickle": trickle,
}
