"""A service under a further name, as somebody else's protocol knows it."""

from typing import Any

import grpc
import pytest

from services.chassis.server import Server
from tests.contract.chassis.trial import SERVICE, Request, Response, Servicer, connected, settings, started
from tests.support.identity import ISSUER

ALIAS = "others.v3.Trial"


def called(channel: grpc.Channel, path: str) -> Any:
    """Call an RPC by its path and return the answer."""
    call: Any = channel.unary_unary(path, lambda message: message.SerializeToString(), Response.FromString)
    return call(Request(word="hello"), timeout=5)


def test_an_alias_is_the_same_service() -> None:
    """A call by either name reaches the servicer; another name reaches nobody."""
    aliases = {ALIAS: SERVICE}
    with (
        started(Server(settings(), {SERVICE: Servicer()}, ISSUER.house("trial"), aliases=aliases)) as server,
        connected(server) as client,
    ):
        assert called(client.channel, f"/{ALIAS}/Echo").word == "hello"
        assert called(client.channel, f"/{SERVICE}/Echo").word == "hello"
        with pytest.raises(grpc.RpcError) as caught:
            called(client.channel, "/others.v4.Trial/Echo")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
