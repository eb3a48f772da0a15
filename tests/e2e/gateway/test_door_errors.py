"""Errors at the door: one shape, `{code, message, details}` with a reason and a request id, whoever refuses."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.gateway.doors import Door, envoy
from tests.e2e.gateway.wire import exchange, get

INFO = "type.googleapis.com/google.rpc.ErrorInfo"
REQUEST = "type.googleapis.com/google.rpc.RequestInfo"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def detail(answer: httpx.Response, kind: str) -> dict[str, object]:
    """Return one detail of an error."""
    found: dict[str, object] = next(detail for detail in answer.json()["details"] if detail["@type"] == kind)
    return found


def assert_refused(answer: httpx.Response, status: int, code: int, reason: str) -> None:
    """Check everything that all errors have in common."""
    told = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert set(told) == {"code", "message", "details"}
    assert told["code"] == code
    assert told["message"].endswith(".")
    assert detail(answer, INFO)["reason"] == reason
    assert detail(answer, INFO)["domain"] == "sectracker"
    assert detail(answer, REQUEST)["request_id"] == answer.headers["x-request-id"]
    assert not [name for name in answer.headers if name.startswith("grpc-")]


@pytest.mark.parametrize(
    ("path", "status", "code", "reason"),
    [
        ("/api/v1/form4/ZZZZ", 404, 5, "TICKER_UNKNOWN"),
        ("/api/v1/form4/WRONG", 400, 3, "FIELD_INVALID"),
        ("/api/v1/form4/AAPL?count=101", 400, 3, "FIELD_INVALID"),
        ("/api/v1/form4/AWAY", 503, 14, "DEPENDENCY_UNAVAILABLE"),
        ("/api/v1/form4/BOOM", 500, 13, "INTERNAL"),
        ("/api/v1/nothing", 404, 5, "PATH_UNKNOWN"),
        ("/api/v1/companies/search?q=%FF", 400, 3, "REQUEST_MALFORMED"),
        ("/api/v1/form4/HANG", 504, 4, "DEADLINE_EXCEEDED"),
    ],
)
def test_every_error_has_the_one_shape(door: Door, path: str, status: int, code: int, reason: str) -> None:
    """The services' errors, the door's own, and gRPC's own cannot be told apart by their shape."""
    assert_refused(door.get(path), status, code, reason)


def test_nothing_of_a_bug_leaks(door: Door) -> None:
    """An exception's text stays inside."""
    assert "secret" not in door.get("/api/v1/form4/BOOM").text


@pytest.mark.parametrize(
    ("query", "field", "problem"),
    [
        ("bogus=1", "bogus", "is not a parameter of this path"),
        ("count=1&BOGUS.x=1", "BOGUS", "is not a parameter of this path"),
        ("start-date=2020-01-01", "start-date", "is not a parameter of this path"),
        ("count[]=1", "count[]", "is not a parameter of this path"),
        ("count.x=1", "count", "has no parts"),
        ("count=abc", "count", "is not a valid value"),
        ("count=", "count", "is not a valid value"),
        ("count=99999999999", "count", "is not a valid value"),
        ("date_basis=SELL", "date_basis", "is not a valid value"),
        ("hide_planned=perhaps", "hide_planned", "is not a valid value"),
        ("days=1&days=2", "days", "is given more than once"),
        ("hide_planned=false&count=1&hidePlanned=true", "hide_planned", "is given more than once"),
        ("date_basis=filing&date_basis=filing", "date_basis", "is given more than once"),
        ("page_token=a&page_token=b&page_token=c", "page_token", "is given more than once"),
    ],
)
def test_parameter_that_is_refused_is_named(door: Door, query: str, field: str, problem: str) -> None:
    """A query parameter that is unknown or no value is refused like a field that a service refuses."""
    answer = door.get(f"/api/v1/form4/AAPL?{query}")
    assert_refused(answer, 400, 3, "FIELD_INVALID")
    assert answer.json()["message"] == f"{field}: {problem}."
    assert detail(answer, INFO)["metadata"] == {"field": field}
    assert detail(answer, BAD_REQUEST)["field_violations"] == [{"field": field, "description": problem}]


@pytest.mark.parametrize("name", ["%22", "%5C", "a%22b", "a%5C%22", "%3Cscript%3E", "'%22%5C%0A", "x" * 500])
def test_any_name_of_a_parameter_leaves_valid_json(door: Door, name: str) -> None:
    """What a client calls its parameter cannot break out of the error's text."""
    answer = door.get(f"/api/v1/form4/AAPL?{name}=1")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "details"}


@pytest.mark.parametrize(
    "body", [b"{", b"not json", b"[]", b"null", b'{"email": 1, "x"}', b'{"email": "\xff"}', b'{"email": {}}', b"\0"]
)
def test_body_that_is_no_message_is_400(door: Door, body: bytes) -> None:
    """A body that is not JSON of the request's shape is refused before any service sees it."""
    answer = door.ask("POST", "/api/v1/auth/login", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "a@example.com", "password": hunter2}',
        b'{"email": "a@example.com", "password": "hunter2\\ud800"}',
        b'{"email": "a@example.com", "password": "hunter2"} "',
        b'{"password": "a@\xff", "message":"hunter2\\n"}',
        b'{"message":"x": "hunter2\\"}',
        b'{"email": hunter2 "\\\\n", "details": []',
    ],
)
def test_nothing_of_a_body_is_repeated(door: Door, body: bytes) -> None:
    """The parser's complaint shows where it stopped, and so parts of passwords and tokens; only its words are told."""
    answer = door.ask("POST", "/api/v1/auth/login", body)
    assert_refused(answer, 400, 3, "REQUEST_MALFORMED")
    assert "hunter2" not in answer.text


def test_oversized_body_is_413(door: Door) -> None:
    """A body of more than 1 MiB is refused, with its length told or not."""
    body = b'{"email": "' + b"x" * 2_000_000 + b'"}'
    assert_refused(door.ask("POST", "/api/v1/auth/login", body), 413, 3, "REQUEST_TOO_LARGE")
    chunks = (body[at : at + 10_000] for at in range(0, len(body), 10_000))
    chunked = door.client.post(f"{door.url}/api/v1/auth/login", content=chunks)
    assert_refused(chunked, 413, 3, "REQUEST_TOO_LARGE")


def test_oversized_headers_are_431(door: Door) -> None:
    """More than 8 KiB of headers, or more than 50 of them, are refused; such a request has no id yet."""
    big = exchange(door, get(b"/api/v1/health", b"x-big: " + b"x" * 9_000))
    many = exchange(door, get(b"/api/v1/health", *(b"x-%d: 1" % number for number in range(60))))
    for reply in (big, many):
        assert reply.status == 431
        assert "REQUEST_TOO_LARGE" in str(reply.json())


def test_long_url_is_431(door: Door) -> None:
    """A URL that is larger than all headers together may be is refused the same way."""
    assert exchange(door, get(b"/api/v1/companies/search?q=" + b"a" * 9_000)).status == 431


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /api/v1/companies/search?q=a b HTTP/1.1\r\nHost: door\r\n\r\n",
        b"GET /api/v1/companies/search?q=\xc3\xa9 HTTP/1.1\r\nHost: door\r\n\r\n",
        b"BREW /api/v1/health HTTP/1.1\r\nHost: door\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: door\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"GET /api/v1/companies/a%00b HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n",
    ],
)
def test_broken_http_is_400(door: Door, request_bytes: bytes) -> None:
    """Bytes that are not HTTP get an answer of the same shape, without an id."""
    reply = exchange(door, request_bytes)
    assert reply.status == 400
    assert reply.json()["message"] == "The request is not valid HTTP."
    assert "REQUEST_MALFORMED" in str(reply.json())


def test_upgrade_is_refused(door: Door) -> None:
    """A client that wants another protocol is told so in the shape of all errors."""
    answer = door.get("/api/v1/health", connection="upgrade", upgrade="websocket")
    assert_refused(answer, 403, 2, "REQUEST_REFUSED")


def test_retry_delay_is_also_a_header(door: Door) -> None:
    """When a service says how long to wait, HTTP's own header says it too."""
    assert door.get("/api/v1/form4/AWAY").headers["retry-after"] == "7"


@pytest.fixture(scope="module")
def door_to_nowhere(folder: Path) -> Iterator[Door]:
    """Yield a door behind which nobody is."""
    nobody = ["127.0.0.1:9"]
    with envoy(folder, {"filings": nobody, "form4": nobody, "gateway": nobody}, access_log="all") as made:
        yield made


def test_service_that_is_down_is_503(door_to_nowhere: Door) -> None:
    """When no process of a service answers, clients are told to try again."""
    assert_refused(door_to_nowhere.get("/api/v1/form4/AAPL"), 503, 14, "UPSTREAM_UNAVAILABLE")


def test_health_is_200_when_all_is_down(door_to_nowhere: Door) -> None:
    """Health is answered by the door alone when its own server is down too, and then nothing is well."""
    answer = door_to_nowhere.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "unhealthy",
        "version": answer.json()["version"],
        "database": "disconnected",
        "cache": "disconnected",
        "sec_api": "unknown",
        "services": {"gateway": "disconnected"},
    }
    assert door_to_nowhere.get("/api/v1/health?bogus=1").status_code == 400
