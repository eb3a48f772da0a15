"""Shared answers: made once for everybody, kept for their lifetime, and printed for REST."""

import json
from collections.abc import Iterator
from time import sleep

import grpc
import pytest

from services.chassis.errors import DependencyUnavailable
from tests.contract.chassis.trial import SERVICE, Client, Request, Response, Servicer, connected, refusal_of, serving

REST = SERVICE + "Rest"


@pytest.fixture
def servicer() -> Servicer:
    """A servicer that counts its calls."""
    return Servicer()


@pytest.fixture
def client(servicer: Servicer) -> Iterator[Client]:
    """A client of a server with that servicer."""
    with serving(servicer) as server, connected(server) as connection:
        yield connection


def test_the_same_question_is_asked_once(client: Client, servicer: Servicer) -> None:
    """The second answer is the kept one; another request has its own."""
    answers = [client.call("Shared", Request(word=word)).word for word in ("a", "a", "b", "a")]
    assert answers == ["a", "a", "b", "a"]
    assert servicer.calls == ["Shared"] * 2


def test_an_answer_is_forgotten_after_its_lifetime(client: Client, servicer: Servicer) -> None:
    """The contract says 300 ms; after them it is made anew."""
    client.call("Shared", Request())
    sleep(0.35)
    client.call("Shared", Request())
    assert servicer.calls == ["Shared"] * 2


def test_rest_gets_the_answer_as_json(client: Client, servicer: Servicer) -> None:
    """The sibling has the same requests and prints the same answer, and keeps it too."""
    servicer.do = lambda request, _context: Response(word=request.word, number=221.03, at={"seconds": 86400})
    for _time in range(2):
        body = client.call("Shared", Request(word="<b>"), service=REST)
        assert body.content_type == "application/json"
        assert json.loads(body.data) == {"word": "<b>", "number": 221.03, "at": "1970-01-02T00:00:00Z"}
    assert servicer.calls == ["Shared"]


def test_rest_refuses_as_grpc_does(client: Client) -> None:
    """Bad fields are the same status by either name."""
    with pytest.raises(grpc.RpcError) as error:
        client.call("Shared", Request(count=101), service=REST)
    assert refusal_of(error.value).fields[0][0] == "count"


def test_only_shared_answers_have_a_sibling(client: Client) -> None:
    """What depends on its caller is not printed here."""
    with pytest.raises(grpc.RpcError) as error:
        client.call("Echo", Request(), service=REST)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_refusal_is_not_kept(client: Client, servicer: Servicer) -> None:
    """What failed is tried again for the next caller."""

    def fail(_request: object, _context: object) -> None:
        raise DependencyUnavailable("database")

    answer, servicer.do = servicer.do, fail
    with pytest.raises(grpc.RpcError):
        client.call("Shared", Request(word="a"))
    servicer.do = answer
    assert client.call("Shared", Request(word="a")).word == "a"
