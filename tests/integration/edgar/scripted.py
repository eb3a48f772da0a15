"""Answer HTTP requests byte by byte, as no HTTP library would allow."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what came in: when, what for, and with which headers (names in lower case)."""

    at: float
    path: str
    headers: dict[str, str]


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Write a whole response; header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class ScriptedServer:
    """Give the answers of a list in turn, the last one again and again; None closes without an answer.

    Shape: an answer is bytes, after which the connection stays open, or a script that writes and then closes.
    """

    def __init__(self) -> None:
        self.answers: list[bytes | Script | None] = []
        self.requests: list[Request] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and drop whoever is still connected."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection in a task that can be ended."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests and answer them until one answer closes the connection."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                    self.requests.append(Request(time.monotonic(), head[0].split(" ")[1], headers))
                    chosen = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
                    if not isinstance(chosen, bytes):
                        if chosen is not None:
                            await chosen(writer)
                        return
                    writer.write(chosen)
                    await writer.drain()
        finally:
            writer.close()
