"""Hostile clients at the door of the whole stack: each is refused in words, and nobody behind it is harmed."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest

from tests.e2e.stack.asking import ANSWER_SECONDS, channel, get, operate, read, read_until
from tests.e2e.stack.wire import connect, dribble, everything, exchange, received, statuses
from tests.e2e.stack.wire import get as request
from tests.support.stack import Running

TICKER = "MDB"
# Envoy was seen to keep 7 MB more after all of this, the others less than 1 MB.
MAX_GROWTH_BYTES = 100 * 1024 * 1024
HEADERS_SECONDS = 5  # what the door waits for the headers of a request
NEVER_MEANT = b"GET /api/v1/health HTTP/1.1\r\nHost: smuggled\r\n\r\n"


@pytest.fixture(scope="module", autouse=True)
def unharmed(running_stack: Running) -> Iterator[None]:
    """After everything: all is healthy, no process was restarted, and none has grown without bounds."""
    operate(running_stack, "refresh", "--years", "20", TICKER)
    read_until(running_stack, f"form4/{TICKER}", status="ready")
    before = {process.name: process for process in running_stack.now().processes}
    sizes = {name: memory(process.pid) for name, process in before.items()}
    yield
    assert read_until(running_stack, "health", status="healthy")
    for process in running_stack.now().processes:
        was = before[process.name]
        assert (process.pid, process.restarts, process.state) == (was.pid, was.restarts, was.state)
        assert memory(process.pid) - sizes[process.name] < MAX_GROWTH_BYTES, process.name


def memory(pid: int | None) -> int:
    """Return the bytes of memory that a process and all that it started hold; a step that has ended holds none."""
    if pid is None:
        return 0
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def raw_get(stack: Running, path: str) -> httpx.Response:
    """Ask for a path as it is written."""
    url = httpx.URL(stack.url).copy_with(raw_path=path.encode())
    return httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False)


def reason(answer: httpx.Response) -> object:
    """Return why a request was refused; every refusal has the contract's shape."""
    told = answer.json()
    assert set(told) == {"code", "message", "details"}
    return told["details"][0]["reason"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"a": [' + b"1," * 5_000_000 + b"1]}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500_000,
        b'{"ticker": "\xff\xfe\x00"}',
        b"\0" * 1000,
    ],
    ids=["10 MB", "deep objects", "deep lists", "no text", "NUL"],
)
def test_json_of_any_kind_is_refused(running_stack: Running, method: str, body: bytes) -> None:
    """A body that no read has is refused: by its method, its size or its content."""
    length = b"Content-Length: %d" % len(body)
    for path in (b"/api/v1/form4/MDB", b"/api/v1/companies/search?q=a"):
        status = exchange(running_stack, request(path, length, method=method.encode(), body=body))
        assert status in {400, 405, 413}


@pytest.mark.parametrize(
    "sequence", ["%00", "%FF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "a%00b", "%E2%82", "%80%80%80", "%c1%bf"]
)
def test_bytes_that_are_no_text_are_400(running_stack: Running, sequence: str) -> None:
    """NUL and what is not UTF-8 are refused in path, query and names of parameters, before a service sees them."""
    for path in (
        f"/api/v1/form4/{sequence}",
        f"/api/v1/form4/{TICKER}?page_token={sequence}",
        f"/api/v1/companies/search?q={sequence}",
        f"/api/v1/companies/search?q=a&{sequence}=1",
    ):
        assert raw_get(running_stack, path).status_code == 400, path


@pytest.mark.parametrize("line", [b"/api/v1/form4/\xff", b"/api/v1/form4/\0", b"/api/v1/form4/MDB?q=\xc3\x28", b"\xff"])
def test_bytes_that_are_no_url_are_400(running_stack: Running, line: bytes) -> None:
    """Bytes that belong into no request line are refused as what they are."""
    assert exchange(running_stack, request(line)) == 400


@pytest.mark.parametrize("count", ["0", "-1", "101", "2147483647", "-2147483648"])
def test_page_sizes_beyond_their_bounds_name_the_field(running_stack: Running, count: str) -> None:
    """A page size outside its range is refused by name, and never cut to fit."""
    answer = get(running_stack, f"form4/{TICKER}", count=count)
    assert (answer.status_code, reason(answer)) == (400, "FIELD_INVALID")
    assert answer.json()["details"][0]["metadata"]["field"] == "count"


@pytest.mark.parametrize(
    "count", ["2147483648", "9" * 4000, "1e999", "NaN", "0x10", "\u0661\u0660", "1;drop table", "-0", ""]
)
def test_page_sizes_that_are_no_numbers_are_refused(running_stack: Running, count: str) -> None:
    """What is no 32-bit number is no page size."""
    assert get(running_stack, "form4/latest", count=count).status_code == 400


def forged(token: str) -> Iterator[str]:
    """Yield tokens that nobody has issued, made from one that was."""
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in (0, 1, 10, 17, len(data) - 2):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield base64.urlsafe_b64encode(changed).decode().rstrip("=")
    yield base64.urlsafe_b64encode(data[:17] + b'["9999-12-31T00:00:00+00:00","","",0]').decode()
    yield base64.urlsafe_b64encode(data[:17] + json.dumps([[]] * 200).encode()).decode().rstrip("=")[:1024]
    yield from ("A", "A" * 1024, "=", "....", token[:-4], token + token, token + "A", "é", "' OR 1=1 --", "null")


def test_forged_page_tokens_are_refused(running_stack: Running) -> None:
    """A token that was changed, cut, made up, or issued for another question, is refused with its own reason."""
    path = f"form4/{TICKER}"
    token = read(running_stack, path, count=1, start_date="2000-01-01")["next_page_token"]
    for made in forged(token):
        answer = get(running_stack, path, count=1, start_date="2000-01-01", page_token=made)
        assert (answer.status_code, reason(answer)) == (400, "PAGE_TOKEN_INVALID"), made
    for other, query in (("form4/AMZN", "2000-01-01"), (path, "2000-01-02")):
        answer = get(running_stack, other, count=1, start_date=query, page_token=token)
        assert (answer.status_code, reason(answer)) == (400, "PAGE_TOKEN_INVALID")
    assert get(running_stack, path, count=1, page_token="A" * 5000).status_code == 400


def test_oversized_heads_are_431(running_stack: Running) -> None:
    """A URL of 9 KB and a hundred headers are refused before anybody reads them."""
    url = request(b"/api/v1/companies/search?q=" + b"a" * 9_000)
    headers = request(b"/api/v1/health", *(b"x-%d: 1" % number for number in range(100)))
    assert exchange(running_stack, url) == 431
    assert exchange(running_stack, headers) == 431


@pytest.mark.parametrize("method", ["BREW", "TRACE", "PROPFIND", "PATCH", "DELETE", "get", "G" * 2000])
def test_unknown_methods_are_refused(running_stack: Running, method: str) -> None:
    """A method that HTTP or the path does not have is refused."""
    for path in (b"/api/v1/form4/MDB", b"/api/v1/health", b"*"):
        assert exchange(running_stack, request(path, method=method.encode())) in {400, 404, 405}


def test_connect_opens_no_tunnel(running_stack: Running) -> None:
    """CONNECT leads nowhere."""
    tunnel = b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n"
    assert exchange(running_stack, tunnel) in {400, 404, 405}


FRAMINGS = (
    (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    (b"Content-Length: 5", b"Content-Length: 6"),
    (b"Content-Length: 5, 6",),
    (b"Content-Length: +5",),
    (b"Content-Length: -1",),
    (b"Content-Length: 5\0",),
    (b"Content-Length : 5",),
    (b"Transfer-Encoding: xchunked",),
    (b"Transfer-Encoding: identity, chunked", b"Content-Length: 5"),
    (b"Transfer-Encoding:\x0bchunked", b"Content-Length: 5"),
    (b"Transfer-Encoding : chunked",),
    (b"X: y\r\n Transfer-Encoding: chunked", b"Content-Length: 5"),
    (b"X: y\nTransfer-Encoding: chunked", b"Content-Length: 5"),
)


@pytest.fixture(scope="module")
def smuggled(running_stack: Running) -> dict[tuple[bytes, ...], bytes]:
    """Return what comes back when a second request stands where a body of doubtful length ends."""

    def smuggle(framing: tuple[bytes, ...]) -> bytes:
        head = b"\r\n".join([b"POST /api/v1/health HTTP/1.1", b"Host: door", *framing, b"", b""])
        return everything(running_stack, head + b"0\r\n\r\n" + NEVER_MEANT)

    with ThreadPoolExecutor(len(FRAMINGS)) as pool:
        return dict(zip(FRAMINGS, pool.map(smuggle, FRAMINGS), strict=True))


@pytest.mark.parametrize("framing", FRAMINGS, ids=repr)
def test_no_request_is_smuggled_in_another(
    smuggled: dict[tuple[bytes, ...], bytes], framing: tuple[bytes, ...]
) -> None:
    """Where it can be doubted how long a body is, the request is refused, and what follows is nobody's request."""
    (status,) = statuses(smuggled[framing])
    assert status >= 400
    assert b'"status":"' not in smuggled[framing]


def test_slow_clients_are_told_and_hold_nobody_up(running_stack: Running) -> None:
    """Thirty clients that dribble their headers, and thirty that say nothing, cost the others nothing."""
    silent = [connect(running_stack) for _ in range(30)]
    try:
        with ThreadPoolExecutor(30) as pool:
            began = time.monotonic()
            slow = [pool.submit(dribble, running_stack, request(b"/api/v1/health"), 0.25) for _ in range(30)]
            while time.monotonic() - began < HEADERS_SECONDS / 2:
                assert get(running_stack, f"form4/{TICKER}").elapsed.total_seconds() < 3
                time.sleep(0.1)
            assert {future.result() for future in slow} == {408}
    finally:
        for connection in silent:
            connection.close()


def test_a_body_that_does_not_come_is_not_waited_for(running_stack: Running) -> None:
    """A client that promises a body and sends none gets its answer all the same, and then the door closes."""
    with connect(running_stack) as connection:
        connection.sendall(b"POST /api/v1/form4/MDB HTTP/1.1\r\nHost: door\r\nContent-Length: 1000000\r\n\r\n")
        assert statuses(received(connection))[0] in {405, 408}


@pytest.mark.parametrize(
    "message",
    [
        b"\xff" * 100,
        b"\x0a\xff\xff\xff\xff\x0f",
        b"\x0a\x02\xff\xfe",
        b"\x0a\x02A\0",
        b"\x0b" * 60_000,
        b"\0" * 10_000_000,
    ],
    ids=["noise", "a lying length", "no UTF-8", "NUL", "deep groups", "10 MB"],
)
def test_bytes_that_are_no_message_are_refused(running_stack: Running, message: bytes) -> None:
    """Native gRPC with bytes that are no request, or too many of them, is the client's own fault."""
    with channel(running_stack) as door:
        method: Callable[..., bytes] = door.unary_unary("/sectracker.form4.v1.Form4Service/GetCompanyActivity")
        with pytest.raises(grpc.RpcError) as refused:
            method(message, timeout=ANSWER_SECONDS)
    assert isinstance(refused.value, grpc.Call)
    assert refused.value.code() in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}
