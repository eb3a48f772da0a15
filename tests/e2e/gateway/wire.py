"""Speak HTTP/1 byte by byte, for what no well-behaved client sends."""

import socket
import time
from dataclasses import dataclass

import orjson

from tests.e2e.gateway.doors import Door

WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back before the connection ended."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """Return the body's object."""
        told: dict[str, object] = orjson.loads(self.body)
        return told


def exchange(door: Door, request: bytes) -> Reply:
    """Send bytes and return what comes back; the request must ask for the connection to be closed, or break it."""
    with socket.create_connection(("127.0.0.1", door.port), WAIT_SECONDS) as connection:
        connection.settimeout(WAIT_SECONDS)
        connection.sendall(request)
        return receive(connection)


def dribble(door: Door, request: bytes, pause: float) -> Reply:
    """Send bytes one by one with pauses, until an answer comes."""
    with socket.create_connection(("127.0.0.1", door.port), WAIT_SECONDS) as connection:
        connection.settimeout(WAIT_SECONDS)
        for byte in request:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(pause)
        return receive(connection)


def receive(connection: socket.socket) -> Reply:
    """Read until the other side closes."""
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    return parse(data)


def parse(data: bytes) -> Reply:
    """Take an answer apart."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = dict(field.lower().split(": ", 1) for field in fields)
    return Reply(int(line.split()[1]), headers, body)


def get(path: bytes, *headers: bytes) -> bytes:
    """Return a GET request that closes its connection."""
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: door", b"Connection: close", *headers, b"", b""])
