"""Calls: what reaches a servicer, what is refused before it, and what its clients are told."""

import io
import json
import threading
from collections.abc import Iterator
from time import sleep
from typing import Any

import grpc
import pytest

from services.chassis import logs
from services.chassis.call import current_call, current_caller
from services.chassis.config import ProcessSettings
from services.chassis.errors import DeadlineExceeded, ServiceError
from services.chassis.logs import LINES
from services.chassis.server import Server
from tests.contract.chassis.trial import Client, Request, Response, Servicer, connected, refusal_of, serving, settings
from tests.support.identity import ISSUER, bearer

USER = "00000000-0000-0000-0000-000000000001"


class WordUnknown(ServiceError):  # noqa: N818 - named as a service names its own
    """A refusal as a service writes it."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "WORD_UNKNOWN"
    sentence = "No such word: {word}."


@pytest.fixture
def servicer() -> Servicer:
    """A servicer that does as a test says."""
    return Servicer()


@pytest.fixture
def client(servicer: Servicer) -> Iterator[Client]:
    """A client of a server with that servicer."""
    with serving(servicer) as server, connected(server) as connection:
        yield connection


@pytest.fixture
def stream() -> io.StringIO:
    """The log, as JSON in memory."""
    out = io.StringIO()
    logs.configure(ProcessSettings(log_level="INFO", log_format="json"), out)
    return out


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the log lines of calls."""
    LINES.flush()
    return [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == "call"]


def test_a_request_reaches_its_servicer(client: Client) -> None:
    """A valid request from anybody is answered."""
    assert client.call("Echo", Request(word="hello")).word == "hello"


def test_bytes_that_are_no_message_are_refused(client: Client, servicer: Servicer) -> None:
    """They are the client's mistake, with a reason, and the servicer never sees them."""
    for data in (b"\xff\xff", Request(word="x").SerializeToString()[:-1], b"\n\x01\xff"):  # the last: no UTF-8
        with pytest.raises(grpc.RpcError) as error:
            client.call("Echo", data)
        refusal = refusal_of(error.value)
        assert (refusal.code, refusal.info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MESSAGE_MALFORMED")
    assert not servicer.calls


def test_every_broken_rule_is_told(client: Client, servicer: Servicer) -> None:
    """Each field that breaks a rule of the contract is named by its path."""
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request(word="x" * 11, inner=[Request(), Request(count=101)]))
    refusal = refusal_of(error.value)
    assert refusal.info.reason == "FIELD_INVALID"
    assert [path for path, _text in refusal.fields] == ["word", "inner[1].count"]
    assert not servicer.calls


def test_a_question_may_not_be_a_document(client: Client, servicer: Servicer) -> None:
    """What strangers send is small; services may send more."""
    large = Request(raw=b"x" * 65_536)
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", large)
    refusal = refusal_of(error.value)
    assert (refusal.info.reason, dict(refusal.info.metadata)) == ("MESSAGE_MALFORMED", {"limit_bytes": "65536"})
    assert not servicer.calls
    assert client.call("Inside", large, metadata=bearer(ISSUER.service("filings"))) == Response()


def test_a_large_request_is_told_one_mistake(client: Client) -> None:
    """Telling all of a thousand would cost the server more than sending them costs the client."""
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request(inner=[Request(count=101)] * 1000))
    assert [path for path, _text in refusal_of(error.value).fields] == ["inner[0].count"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"word": "a\0b"}, "word"),
        ({"inner": [{}, {"labels": {"key": "a\0"}}]}, "inner[1].labels[key]"),
        ({"labels": {"a\0": "value"}}, "labels"),
    ],
)
def test_nul_in_text_is_refused(client: Client, servicer: Servicer, fields: dict[str, Any], path: str) -> None:
    """PostgreSQL cannot store it, so no text may have it, however deep."""
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request(**fields))
    assert refusal_of(error.value).fields == [(path, "must not contain NUL")]
    assert not servicer.calls


def test_zero_bytes_elsewhere_are_fine(client: Client) -> None:
    """Bytes fields may hold anything."""
    assert client.call("Echo", Request(word="raw", raw=b"\0\0")).word == "raw"


def test_strangers_may_not_call_what_is_for_users_or_services(client: Client, servicer: Servicer) -> None:
    """Whoever shows no credentials is asked for some."""
    for name in ("Mine", "Inside"):
        with pytest.raises(grpc.RpcError) as error:
            client.call(name, Request())
        refusal = refusal_of(error.value)
        assert (refusal.code, refusal.info.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING")
    assert not servicer.calls


def test_services_may_call_services(client: Client, servicer: Servicer) -> None:
    """A service that says its name is let in, and the servicer knows it; a user's RPC stays closed."""
    servicer.do = lambda _request, _context: Response(word=current_caller().name)
    metadata = bearer(ISSUER.service("filings"))
    assert client.call("Inside", Request(), metadata=metadata).word == "filings"
    with pytest.raises(grpc.RpcError) as error:
        client.call("Mine", Request(), metadata=metadata)
    assert refusal_of(error.value).code is grpc.StatusCode.PERMISSION_DENIED


def test_what_is_not_served_is_unimplemented(client: Client) -> None:
    """An RPC of the contract that the servicer does not have, and one that does not exist, answer alike."""
    for name in ("Later", "Never"):
        with pytest.raises(grpc.RpcError) as error:
            client.call(name, Request())
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_refusal_reaches_the_client_whole(client: Client, servicer: Servicer) -> None:
    """Code, reason, metadata, sentence and request id are what the servicer raised."""

    def refuse(request: Any, _context: object) -> Any:
        raise WordUnknown(word=request.word)

    servicer.do = refuse
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request(word="zebra"), metadata=(("x-request-id", "request-1"),))
    refusal = refusal_of(error.value)
    assert (refusal.code, refusal.info.reason) == (grpc.StatusCode.NOT_FOUND, "WORD_UNKNOWN")
    assert dict(refusal.info.metadata) == {"word": "zebra"}
    assert (refusal.message, refusal.request_id) == ("No such word: zebra.", "request-1")


def test_a_mistake_of_ours_tells_nothing(client: Client, servicer: Servicer, stream: io.StringIO) -> None:
    """The client gets a request id, and the log line of that id has the traceback."""

    def fail(_request: object, _context: object) -> Any:
        raise KeyError("secret")

    servicer.do = fail
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request())
    refusal = refusal_of(error.value)
    assert (refusal.code, refusal.info.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "secret" not in str(error.value)
    (line,) = lines(stream)
    assert (line["level"], line["request_id"]) == ("error", refusal.request_id)
    assert "KeyError: 'secret'" in line["exception"]


def test_abort_keeps_its_status(client: Client, servicer: Servicer, stream: io.StringIO) -> None:
    """A servicer of a library that aborts by itself is understood."""
    servicer.do = lambda _request, context: context.abort(grpc.StatusCode.DATA_LOSS, "gone")
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request())
    assert (error.value.code(), error.value.details()) == (grpc.StatusCode.DATA_LOSS, "gone")
    assert [line["code"] for line in lines(stream)] == ["DATA_LOSS"]


def test_request_ids_are_kept_or_made(client: Client, servicer: Servicer) -> None:
    """An id of the right shape is kept; any other is replaced by one that is new each time."""
    seen: list[str] = []

    def note(_request: object, _context: object) -> Any:
        call = current_call()
        assert call is not None
        seen.append(call.request_id)
        return Response()

    servicer.do = note
    for given in ("ab-12", "x" * 65, "with space", ""):
        client.call("Echo", Request(), metadata=(("x-request-id", given),))
    client.call("Echo", Request())
    assert seen[0] == "ab-12"
    assert len(set(seen)) == 5
    assert all(len(made) == 32 for made in seen[1:])


def test_a_call_is_one_line(client: Client, stream: io.StringIO) -> None:
    """Method, code, time, caller and request id; nothing of what the client sent."""
    token = ISSUER.access(USER)
    client.call("Echo", Request(word="private"), metadata=(("x-request-id", "r1"), *bearer(token)))
    (line,) = lines(stream)
    assert line["method"] == "/trial.v1.TrialService/Echo"
    assert (line["code"], line["level"], line["caller"], line["request_id"]) == ("OK", "info", USER, "r1")
    assert 0 < line["ms"] < 5000
    assert "private" not in stream.getvalue()
    assert token not in stream.getvalue()


def test_streams_are_answered_and_logged_once(client: Client, stream: io.StringIO) -> None:
    """All messages arrive, and the one line comes at the end."""
    assert [message.number for message in client.stream("Count", Request(count=3))] == [0, 1, 2]
    assert [line["code"] for line in lines(stream)] == ["OK"]


def test_an_error_in_a_stream_comes_after_its_messages(client: Client, servicer: Servicer, stream: io.StringIO) -> None:
    """What was sent is received, then the refusal."""

    def refuse(_request: object, _context: object) -> Any:
        raise DeadlineExceeded

    servicer.do = refuse
    messages = client.stream("Count", Request(count=2))
    assert [next(messages).number, next(messages).number] == [0, 1]
    with pytest.raises(grpc.RpcError) as error:
        next(messages)
    assert refusal_of(error.value).info.reason == "DEADLINE_EXCEEDED"
    assert [line["level"] for line in lines(stream)] == ["warning"]


def test_a_bad_request_for_a_stream_is_refused(client: Client, servicer: Servicer) -> None:
    """Streams are checked as other calls are."""
    with pytest.raises(grpc.RpcError) as error:
        list(client.stream("Count", Request(count=101)))
    assert refusal_of(error.value).fields[0][0] == "count"
    assert not servicer.calls


def test_a_client_that_leaves_a_stream_is_logged(client: Client, stream: io.StringIO) -> None:
    """The call ends as cancelled, and its thread is free again."""
    messages = client.stream("Count", Request(count=100))
    next(messages)
    messages.cancel()
    for _attempt in range(200):
        if lines(stream):
            break
        sleep(0.01)
    assert [line["code"] for line in lines(stream)] in (["CANCELLED"], ["OK"])
    assert client.call("Echo", Request(word="free")).word == "free"


def test_a_call_whose_time_is_over_is_not_begun() -> None:
    """Whoever waited for a thread until its deadline costs nothing more."""
    servicer, is_busy, may_end = Servicer(), threading.Event(), threading.Event()

    def block(_request: object, _context: object) -> Any:
        is_busy.set()
        may_end.wait(5)
        return Response()

    servicer.do = block
    with serving(servicer, threads=1) as server, connected(server) as client:
        first = threading.Thread(target=client.call, args=["Echo", Request()])
        first.start()
        is_busy.wait(5)
        with pytest.raises(grpc.RpcError) as error:
            client.call("Echo", Request(), timeout=0.05)
        may_end.set()
        first.join()
        assert client.call("Echo", Request()) == Response()
    assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert servicer.calls == ["Echo", "Echo"]


def test_an_rpc_without_access_cannot_be_served() -> None:
    """A contract that does not say who may call is refused at start."""
    with pytest.raises(ValueError, match="does not say who may call"):
        Server(settings(), {"trial.v1.UnsaidService": Servicer()}, ISSUER.house("trial"))
