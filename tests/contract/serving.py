"""Serve real servicers in this process, and say how a call is refused: for the contract tests of every service."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from services.chassis import client
from services.chassis.house import House
from services.chassis.identity import USER_TOKEN_HEADER
from services.chassis.server import Server
from tests.contract.chassis.trial import refusal_of, settings, started
from tests.support.identity import ISSUER, Issuer, bearer, carrying

INTERNAL = grpc.StatusCode.INTERNAL
INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED

# What no message of any request type is: a field that claims more bytes than there are.
NO_MESSAGE = b"\x0a\xff\xff\x03cut"
# Field 1, three bytes of text, which no UTF-8 begins with.
NO_UTF8 = b"\x0a\x03\xff\xfe\xfd"


@dataclass(frozen=True, slots=True)
class Limits:
    """What sessions need to know, for tests whose sessions commit."""

    database_url: str
    connections: int = 8
    statement_timeout_ms: int = 10_000
    lock_timeout_ms: int = 5_000


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, with a channel for anybody and one that another service of the house has.

    Shape: `issuer` stands in for auth; it signs the tokens that this server takes, and ends them.
    """

    server: Server
    anybody: grpc.Channel
    service: grpc.Channel
    issuer: Issuer

    def user(self, user_id: str, **claims: Any) -> grpc.Channel:
        """Return a channel on which a user calls with an access token."""
        return carrying(self.anybody, bearer(self.issuer.access(user_id, **claims)))

    def service_for(self, name: str, user_id: str) -> grpc.Channel:
        """Return a channel on which a service calls in a user's call."""
        passed_on = (USER_TOKEN_HEADER, self.issuer.access(user_id))
        return carrying(self.anybody, (*bearer(self.issuer.service(name)), passed_on))

    def bytes(self, path: str, data: bytes, *, anonymous: bool = False) -> bytes:
        """Call an RPC with bytes, as `path` has it: sectracker.form4.v1.Form4Service/GetSummary."""
        channel = self.anybody if anonymous else self.service
        call: Callable[[bytes], bytes] = channel.unary_unary(f"/{path}", bytes, bytes)
        return call(data)


@contextmanager
def served(
    servicers: Mapping[str, object], caller: str, *, threads: int = 1, house: House | None = None, **changes: object
) -> Iterator[Served]:
    """Run a server with these servicers by the names of their services, and stop it.

    Shape: no answer is kept, so that a test sees what it has just written; one thread, as `rolled_back` sessions need.
    """
    server = Server(settings(threads=threads, **changes), servicers, house or ISSUER.house("tested"))
    server.answers.max_answers = 0
    with listening(server) as anybody:
        target = f"127.0.0.1:{server.port}"
        with client.channel(target, *servicers, identity=ISSUER.identity(caller)) as service:
            yield Served(server, anybody, service, ISSUER)


@contextmanager
def listening(server: Server) -> Iterator[grpc.Channel]:
    """Run a server, and yield a channel on which nobody is named."""
    with started(server), grpc.insecure_channel(f"127.0.0.1:{server.port}") as anybody:
        yield anybody


@contextmanager
def refused(code: grpc.StatusCode, reason: str, **metadata: str) -> Iterator[None]:
    """Expect a refusal with a code, a reason and exactly this metadata; a field that it names is in BadRequest too."""
    with pytest.raises(grpc.RpcError) as caught:
        yield
    told = refusal_of(caught.value)
    assert (told.code, told.info.reason, dict(told.info.metadata)) == (code, reason, metadata), told.message
    assert told.info.domain == "sectracker"
    assert told.request_id
    if code is INVALID and "field" in metadata:
        assert metadata["field"] in [field for field, _ in told.fields]
