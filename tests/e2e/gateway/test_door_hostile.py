"""Hostile clients at the door: none of them gets past it, holds it up, or makes a service stumble."""

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.gateway.doors import Door, envoy
from tests.e2e.gateway.wire import dribble, exchange, get


@pytest.mark.parametrize(
    "sequence",
    ["%FF", "%C0%80", "%C1%BF", "%ED%A0%80", "%F4%90%80%80", "%F5%80%80%80", "%E2%82", "%80", "%%FF", "%F%FF", "%00"],
)
def test_what_is_no_text_is_400(door: Door, sequence: str) -> None:
    """Bytes that are not UTF-8, and NUL, are refused in query, name and path: a service could not read them."""
    for path in (f"search?q=a{sequence}b", f"search?q=a&{sequence}=1", f"{sequence}x"):
        assert door.get(f"/api/v1/companies/{path}").status_code == 400


def test_nul_in_a_body_is_refused_by_name(door: Door) -> None:
    """NUL that hides in JSON is refused by the service, which names the field."""
    answer = door.ask("POST", "/api/v1/auth/login", b'{"email": "a\\u0000b@example.com", "password": "x"}')
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("email")


@pytest.mark.parametrize("depth", [100, 10_000, 200_000])
def test_deep_json_is_400(door: Door, depth: int) -> None:
    """JSON that nests without end is refused, and costs nobody anything."""
    for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
        body = b'{"email": ' + opening * depth + b"1" + closing * depth + b"}"
        assert door.ask("POST", "/api/v1/auth/login", body).status_code in {400, 413}
    assert door.get("/api/v1/health").status_code == 200


def test_ten_megabytes_of_json_are_413(door: Door) -> None:
    """A body of 10 MB is refused after its first."""
    body = b'{"email": "x", "a": [' + b"1," * 5_000_000 + b"1]}"
    assert door.ask("POST", "/api/v1/auth/login", body).status_code == 413


def test_dribbled_headers_are_408(door: Door) -> None:
    """A client that sends a byte now and then is not waited for."""
    began = time.monotonic()
    reply = dribble(door, get(b"/api/v1/health"), pause=0.1)
    assert reply.status == 408
    assert "REQUEST_TOO_SLOW" in str(reply.json())
    assert time.monotonic() - began < 5


def test_dribbled_body_is_408(door: Door) -> None:
    """Nor is one that sends its body so."""
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: door\r\nContent-Length: 1000\r\n\r\n"
    reply = dribble(door, head + b'{"email": "' + b"x" * 900, pause=0.02)
    assert reply.status == 408


def test_slow_clients_hold_nobody_up(door: Door) -> None:
    """While fifty clients dribble, others are served as usual."""
    with ThreadPoolExecutor(50) as pool:
        slow = [pool.submit(dribble, door, get(b"/api/v1/health"), 0.2) for _ in range(50)]
        began = time.monotonic()
        assert door.get("/api/v1/form4/AAPL").status_code == 200
        assert time.monotonic() - began < 1
        assert {future.result().status for future in slow} == {408}


def test_claims_of_identity_are_stripped(door: Door) -> None:
    """Headers that say who is asking, or that services use among themselves, do not get in."""
    told = door.get(
        "/api/v1/form4/ECHO?count=1",
        x_user_id="1",
        x_user_tier="gold",
        x_auth_method="key",
        x_sectracker_service="filings",
        x_sectracker_whatever="1",
        x_sectracker_client="192.0.2.1",
        x_sectracker_user_token="eyJ",
    ).json()["company_name"]
    assert "x-user" not in told
    assert "x-auth" not in told
    assert re.findall(r"x-sectracker-.*", told) == ["x-sectracker-client: '127.0.0.1'"]
    assert "x-request-id" in told


def test_underscored_header_is_refused(door: Door) -> None:
    """A header that a service might take for another one is refused."""
    assert exchange(door, get(b"/api/v1/health", b"x_user_id: 1")).status == 400


def test_clients_do_not_command_envoy(door: Door) -> None:
    """Headers that Envoy obeys among its own kind are not obeyed here: no timeout, no request id of their own."""
    answer = door.get(
        "/api/v1/form4/ECHO?count=2",
        x_envoy_upstream_rq_timeout_ms="1",
        x_envoy_max_retries="1000",
        x_request_id="mine",
        grpc_timeout="1n",
    )
    assert answer.status_code == 200
    assert answer.headers["x-request-id"] != "mine"
    assert not [name for name in answer.headers if name.startswith("x-envoy")]


def test_binary_metadata_does_not_reach_services_from_rest(door: Door) -> None:
    """A header that gRPC would decode, and stumble over, is dropped."""
    answer = door.get("/api/v1/form4/ECHO?count=3", x_any_bin="!!! not base64")
    assert answer.status_code == 200
    assert "x-any-bin" not in answer.json()["company_name"]


def test_headers_that_are_not_ascii_are_harmless(door: Door) -> None:
    """Bytes above 127 in a header change nothing."""
    assert exchange(door, get(b"/api/v1/form4/AAPL", b"x-name: caf\xc3\xa9 \xff\xfe")).status == 200


def test_deadline_reaches_the_service(door: Door) -> None:
    """A REST call has a deadline a little before the door's own, so that nobody works for nothing."""
    began = time.monotonic()
    assert door.get("/api/v1/form4/HANG?count=4").status_code == 504
    assert 1.2 < time.monotonic() - began < 1.6


def test_two_megabytes_come_back_whole(door: Door) -> None:
    """A large answer is not cut short."""
    assert len(door.get("/api/v1/form4/BIG").json()["company_name"]) == 2_000_000


def test_connections_have_a_limit(folder: Path, upstreams: dict[str, list[str]]) -> None:
    """A connection more than are allowed is closed at once; when one ends, another may come."""
    with envoy(folder, upstreams, max_connections=3) as door:
        held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(3)]
        time.sleep(0.2)
        with socket.create_connection(("127.0.0.1", door.port)) as one_more:
            one_more.settimeout(2)
            assert one_more.recv(1) == b""
        held.pop().close()
        time.sleep(0.2)
        assert door.get("/api/v1/form4/AAPL").status_code == 200
        for connection in held:
            connection.close()
