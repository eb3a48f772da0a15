"""Manners of the door: compression, foreign pages, ids, and what it says of itself."""

import gzip

import pytest

from tests.e2e.gateway.doors import Door

PAGE = "https://app.example.com"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_answers_are_compressed(door: Door, encoding: str) -> None:
    """A large answer is compressed in the way that the client understands, and caches are told."""
    url = f"{door.url}/api/v1/form4/AAPL?count=50"
    with door.client.stream("GET", url, headers={"accept-encoding": encoding}) as answer:
        data = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Origin, Accept-Encoding"
    assert len(data) < 1500
    if encoding == "gzip":
        assert gzip.decompress(data).startswith(b'{"ticker":"AAPL"')


def test_transcoded_answers_are_compressed_too(door: Door) -> None:
    """What Envoy prints itself is compressed as well."""
    body = b'{"email": "' + b"a" * 200 + b'@example.com", "password": "x"}'
    long = door.ask("POST", "/api/v1/auth/login", body, accept_encoding="gzip")
    assert "content-encoding" not in long.headers  # 300 bytes are not worth it
    error = door.ask("POST", "/api/v1/auth/login", b"{" + b"x" * 600, accept_encoding="gzip")
    assert error.status_code == 400
    assert error.json()["code"] == 3


def test_small_and_unwanted_answers_are_not_compressed(door: Door) -> None:
    """Nothing is compressed that would not gain by it, or that the client does not want so."""
    assert "content-encoding" not in door.get("/api/v1/form4/latest", accept_encoding="gzip").headers
    assert "content-encoding" not in door.get("/api/v1/form4/AAPL?count=50", accept_encoding="identity").headers


@pytest.mark.parametrize("path", ["/api/v1/form4/AAPL", "/sectracker.form4.v1.Form4Service/GetSummary"])
def test_a_page_that_is_allowed_may_ask(door: Door, path: str) -> None:
    """A browser's question before the request is answered with what the page may send, by REST and by gRPC-Web."""
    answer = door.ask(
        "OPTIONS",
        path,
        origin=PAGE,
        access_control_request_method="GET",
        access_control_request_headers="x-api-key",
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "x-api-key" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/form4/AAPL", "/api/v1/form4/ZZZZ", "/api/v1/form4/AAPL?bogus=1"])
def test_a_page_that_is_allowed_may_read(door: Door, path: str) -> None:
    """Answers and errors alike can be read by the page, with the headers that matter."""
    answer = door.get(path, origin=PAGE)
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


def test_other_pages_may_not_read(door: Door) -> None:
    """A page that is not in the list gets no permission."""
    for verb in ("GET", "OPTIONS"):
        answer = door.ask(
            verb, "/api/v1/form4/AAPL", origin="https://evil.example.com", access_control_request_method="GET"
        )
        assert "access-control-allow-origin" not in answer.headers


def test_every_answer_has_an_id_of_its_own(door: Door) -> None:
    """The id leads to the service's log line."""
    first, second = (door.get("/api/v1/form4/latest").headers["x-request-id"] for _ in range(2))
    assert first != second


def test_answers_say_little_of_the_house(door: Door) -> None:
    """No header tells which programs answer."""
    for path in ("/api/v1/form4/AAPL", "/api/v1/form4/ZZZZ", "/nothing"):
        headers = door.get(path).headers
        assert headers["server"] == "sectracker"
        assert not {"via", "x-powered-by", "x-envoy-upstream-service-time", "grpc-status"} & set(headers)
