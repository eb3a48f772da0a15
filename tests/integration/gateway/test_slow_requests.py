"""Requests that do not arrive: whoever sends headers alone holds no thread of a service."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import grpc
import pytest
from sectracker.form4.v1.form4_service_pb2 import GetSummaryRequest
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub

from tests.e2e.gateway.doors import Door, envoy, replicas

GET_SUMMARY = "/sectracker.form4.v1.Form4Service/GetSummary"
SLOW = 4
SOON_SECONDS = 3.0
"""Far less than the ten seconds after which the door itself gives a slow request up."""


@pytest.fixture(scope="module")
def narrow_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Yield a door before a form4 that has two threads."""
    folder = tmp_path_factory.mktemp("narrow")
    with (
        replicas(folder, "form4", SERVER_THREADS="2") as (form4,),
        envoy(folder, {"form4": [form4.target]}) as door,
    ):
        yield door


def is_answered(door: Door) -> bool:
    """Say whether form4 answers somebody else soon."""
    with door.channel() as channel:
        try:
            Form4ServiceStub(channel).GetSummary(GetSummaryRequest(ticker="MSFT"), timeout=SOON_SECONDS)
        except grpc.RpcError:
            return False
    return True


def test_headers_of_grpc_alone_hold_no_thread(narrow_door: Door) -> None:
    """Calls whose message never comes keep nobody from being answered."""
    may_end = Event()

    def nothing() -> Iterator[bytes]:
        """Send no message until the test is over."""
        may_end.wait()
        yield from ()

    with narrow_door.channel() as channel, ThreadPoolExecutor(SLOW) as pool:
        call: Any = channel.stream_unary(GET_SUMMARY)
        held = [pool.submit(call, nothing()) for _ in range(SLOW)]
        try:
            assert is_answered(narrow_door)
        finally:
            may_end.set()
        assert all(isinstance(one.exception(), grpc.RpcError) for one in held)


def test_a_promised_body_of_rest_holds_no_thread(narrow_door: Door) -> None:
    """Nor do requests whose promised body never comes."""
    head = b"GET /api/v1/form4/AAPL?count=%d HTTP/1.1\r\nHost: door\r\nContent-Length: 10\r\n\r\n"
    held = [socket.create_connection(("127.0.0.1", narrow_door.port)) for _ in range(SLOW)]
    try:
        for number, connection in enumerate(held, 1):
            connection.sendall(head % number)
        assert is_answered(narrow_door)
    finally:
        for connection in held:
            connection.close()


def test_too_large_a_message_is_the_clients_fault(narrow_door: Door) -> None:
    """More than a MiB is refused at the door, as REST refuses it."""
    with narrow_door.channel() as channel:
        call: Any = channel.unary_unary(GET_SUMMARY)
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\0" * 2_000_000, timeout=SOON_SECONDS)
    assert isinstance(refused.value, grpc.Call)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
