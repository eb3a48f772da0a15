"""Speak HTTP/1 byte by byte, for what no well-behaved client sends."""

import re
import socket
import time
from contextlib import suppress

from deploy.local.machine import LOOPBACK
from tests.support.stack import Running

WAIT_SECONDS = 20.0
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def exchange(stack: Running, request: bytes) -> int:
    """Send bytes and return the status of the first answer."""
    with connect(stack) as connection:
        send(connection, request)
        return statuses(received(connection, only_first=True))[0]


def everything(stack: Running, request: bytes) -> bytes:
    """Send bytes and return all that comes back before the door closes the connection, a second after its last word."""
    with connect(stack) as connection:
        send(connection, request)
        return received(connection)


def dribble(stack: Running, request: bytes, pause: float) -> int:
    """Send bytes one by one with pauses, and return the status of the answer."""
    with connect(stack) as connection:
        for number in range(len(request)):
            try:
                connection.sendall(request[number : number + 1])
            except OSError:
                break
            time.sleep(pause)
        return statuses(received(connection, only_first=True))[0]


def connect(stack: Running) -> socket.socket:
    """Return a connection to the door."""
    connection = socket.create_connection((LOOPBACK, stack.plan.ports.envoy), WAIT_SECONDS)
    connection.settimeout(WAIT_SECONDS)
    return connection


def send(connection: socket.socket, request: bytes) -> None:
    """Send bytes as far as the door takes them; when it has heard enough, its answer is there all the same."""
    with suppress(OSError):
        connection.sendall(request)


def received(connection: socket.socket, *, only_first: bool = False) -> bytes:
    """Read until the other side closes or resets the connection, or until the first answer is whole."""
    data = b""
    with suppress(ConnectionResetError):
        while not (only_first and is_whole(data)) and (chunk := connection.recv(65536)):
            data += chunk
    return data


def is_whole(data: bytes) -> bool:
    """Say whether an answer with a stated length is all there."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length[1])


def statuses(answers: bytes) -> list[int]:
    """Return the status of each answer in what came back."""
    return [int(part[1:4]) for part in answers.split(b"HTTP/1.1")[1:]]


def get(path: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    """Return a request that asks for its connection to be closed."""
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: door", b"Connection: close", *headers, b"", b""]
    return b"\r\n".join(lines) + body
