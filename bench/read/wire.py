"""Ask over one connection, one request at a time, with as little work as the protocol allows.

Not for general use: it trusts the servers that are measured, and knows only what they send.
"""

import socket
from typing import Protocol

LOOPBACK = "127.0.0.1"
READ_BYTES = 256 * 1024

HEADERS_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"
OK = b" 200 "

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
WIDEST_WINDOW = 2**31 - 1
FIRST_WINDOW = 65_535
REPLENISH_BYTES = 2**30


class RefusedError(Exception):
    """An answer that is not the wanted one; the text is what came."""


class Connection(Protocol):
    """One connection, with at most one request under way."""

    socket: socket.socket

    def ask(self, request: bytes) -> None:
        """Send a request."""

    def take(self) -> bool:
        """Read what has come, and say whether the answer is whole.

        Raises: RefusedError.
        """


def connect(port: int) -> socket.socket:
    """Return a connection to a port of this machine, without delays."""
    made = socket.create_connection((LOOPBACK, port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


class Http1:
    """Speak HTTP/1.1 with keep-alive; a request is its path. `header` is one header more, as "name: value"."""

    def __init__(self, port: int, header: str = "") -> None:
        self.socket = connect(port)
        lines = [" HTTP/1.1", f"host: {LOOPBACK}:{port}", "accept: */*", *([header] if header else []), "", ""]
        self.end = "\r\n".join(lines).encode()
        self.came = b""
        self.length = 0  # of the whole answer; 0 while it is unknown, -1 when it ends with its last chunk

    def ask(self, request: bytes) -> None:
        """Send a GET."""
        self.socket.send(b"GET " + request + self.end)
        self.came, self.length = b"", 0

    def take(self) -> bool:
        """Read what has come, and say whether the answer is whole."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise RefusedError("the connection was closed")
        self.came = self.came + data if self.came else data
        if not self.length:
            self.measure()
        if self.length < 0:
            return self.came.endswith(LAST_CHUNK)
        return 0 < self.length <= len(self.came)

    def measure(self) -> None:
        """Read from the headers how long the answer will be."""
        end = self.came.find(HEADERS_END)
        if end < 0:
            return
        if OK not in self.came[:16]:
            raise RefusedError(self.came.decode(errors="replace"))
        headers = self.came[:end].lower()
        place = headers.find(b"content-length:")
        body = -1 if place < 0 else int(headers[place + 15 :].split(b"\r\n", 1)[0])
        self.length = -1 if body < 0 else end + len(HEADERS_END) + body


class Grpc:
    """Speak gRPC over HTTP/2: one stream after the other; a request is a message, framed by `framed`.

    The server is told to compress no headers by reference (HEADER_TABLE_SIZE 0) and never to wait for window. Success
    is told by a message having come: gRPC's errors have none.
    """

    def __init__(self, port: int, path: str) -> None:
        self.socket = connect(port)
        self.headers = literal_headers(path, f"{LOOPBACK}:{port}")
        self.stream = -1
        self.came = b""
        self.has_message = False
        self.taken = 0
        settings = b"".join(
            number.to_bytes(2, "big") + value.to_bytes(4, "big")
            for number, value in ((1, 0), (2, 0), (4, WIDEST_WINDOW), (5, 2**24 - 1))
        )
        wider = (WIDEST_WINDOW - FIRST_WINDOW).to_bytes(4, "big")
        self.socket.send(PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, wider))

    def ask(self, request: bytes) -> None:
        """Open the next stream with a request."""
        self.stream += 2
        self.has_message = False
        self.socket.send(
            frame(HEADERS, END_HEADERS, self.stream, self.headers) + frame(DATA, END_STREAM, self.stream, request)
        )

    def take(self) -> bool:
        """Read what has come, and say whether the answer is whole."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise RefusedError("the connection was closed")
        came = self.came + data if self.came else data
        place, size, is_whole = 0, len(came), False
        while size - place >= 9:
            end = place + 9 + int.from_bytes(came[place : place + 3], "big")
            if end > size:
                break
            is_whole |= self.read(came[place + 3], came[place + 4], came[place + 9 : end])
            place = end
        self.came = came[place:]
        return is_whole

    def read(self, kind: int, flags: int, payload: bytes) -> bool:
        """Read one frame, and say whether it ends the answer."""
        if kind == DATA:
            self.has_message |= len(payload) > 5
            self.taken += len(payload)
        elif kind in {SETTINGS, PING} and not flags & ACK:
            self.socket.send(frame(kind, ACK, 0, payload if kind == PING else b""))
        elif kind in {RST_STREAM, GOAWAY}:
            raise RefusedError(f"frame {kind}: {payload!r}")
        if kind not in {DATA, HEADERS} or not flags & END_STREAM:
            return False
        if not self.has_message:
            raise RefusedError(f"no message came, and at the end: {payload!r}")
        if self.taken > REPLENISH_BYTES:
            self.socket.send(frame(WINDOW_UPDATE, 0, 0, self.taken.to_bytes(4, "big")))
            self.taken = 0
        return True


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return an HTTP/2 frame."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def framed(message: bytes) -> bytes:
    """Return a message as gRPC carries it: uncompressed, after its length."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def literal_headers(path: str, authority: str) -> bytes:
    """Return a call's headers in HPACK without any state: POST and http by their static indices, the rest literally."""
    literals = (
        (":path", path),
        (":authority", authority),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("user-agent", "bench"),
    )
    told = b"".join(
        b"\0" + bytes((len(name),)) + name.encode() + bytes((len(value),)) + value.encode() for name, value in literals
    )
    return b"\x83\x86" + told
