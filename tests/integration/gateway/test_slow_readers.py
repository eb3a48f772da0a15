"""Answers that nobody takes: whoever asks for much and reads nothing does not shut the door for others."""

import socket
import struct
import time
from contextlib import ExitStack
from pathlib import Path

from tests.e2e.gateway.doors import Door, envoy, replicas

HEADERS, SETTINGS = 1, 4
WHOLE_REQUEST = 5  # the flags END_STREAM and END_HEADERS
ACKNOWLEDGED = 1
NO_WINDOW = struct.pack(">HI", 4, 0)  # SETTINGS_INITIAL_WINDOW_SIZE: nothing may be sent
ANSWERS = 90
HEAP_MB = 128
"""Less than the answers take that nobody reads, of two megabytes each."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame of HTTP/2."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """Return a header in the plainest form that HPACK has."""
    return b"".join((b"\0", bytes([len(name)]), name, bytes([len(value)]), value))


def begin(connection: socket.socket) -> None:
    """Begin to speak HTTP/2, and let nothing be sent."""
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, NO_WINDOW))
    connection.sendall(frame(SETTINGS, ACKNOWLEDGED, 0))


def ask(door: Door, connection: socket.socket, number: int) -> None:
    """Ask for one large answer."""
    path = b"/api/v1/form4/BIG?count=%d" % number
    named = ((b":method", b"GET"), (b":scheme", b"http"), (b":authority", door.target.encode()), (b":path", path))
    connection.sendall(frame(HEADERS, WHOLE_REQUEST, 2 * number - 1, b"".join(field(*one) for one in named)))


def test_answers_that_nobody_reads_shut_nobody_out(tmp_path: Path) -> None:
    """As they pile up, the streams that hold most go, and everybody else is served."""
    with ExitStack() as stack:
        (form4,) = stack.enter_context(replicas(tmp_path, "form4"))
        targets = {"form4": [form4.target]}
        door = stack.enter_context(envoy(tmp_path, targets, max_heap_mb=HEAP_MB))
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", door.port)))
        begin(connection)
        for number in range(1, ANSWERS + 1):
            ask(door, connection, number)
            time.sleep(0.06)
            assert door.get("/api/v1/form4/AAPL").status_code == 200
