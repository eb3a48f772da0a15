"""The client: deadlines and request ids go on, and what is safe is tried again."""

from time import sleep
from typing import Any

import grpc
import pytest

from services.chassis import client, faults
from services.chassis.call import current_call, current_caller
from services.chassis.client import DEFAULT_SECONDS, service_config
from tests.contract.chassis.trial import SERVICE, Client, Request, Response, Servicer, connected, serving
from tests.support.identity import ISSUER

RPC = grpc.StatusCode
TRIAL, OUTER = ISSUER.identity("trial"), ISSUER.identity("outer")


def test_only_what_is_safe_is_tried_again() -> None:
    """RPCs without side effects retry on UNAVAILABLE, the others never."""
    (method,) = service_config([SERVICE])["methodConfig"]
    assert method["name"] == [{"service": SERVICE, "method": "Echo"}]
    assert method["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]


@pytest.mark.parametrize(("name", "tries"), [("Echo", 4), ("Inside", 1)])
def test_unavailable_is_tried_again(name: str, tries: int) -> None:
    """Four attempts for a read, one for what may have side effects."""
    servicer = Servicer(do=lambda _request, context: context.abort(RPC.UNAVAILABLE, "restarting"))
    with serving(servicer) as server, client.channel(f"127.0.0.1:{server.port}", SERVICE, identity=TRIAL) as channel:
        with pytest.raises(grpc.RpcError):
            Client(channel).call(name, Request())
        assert servicer.calls == [name] * tries


def test_calls_have_a_deadline_and_a_name() -> None:
    """Without a word a call ends after the default, and the callee knows the service that calls."""
    seen: list[float] = []

    def note(_request: object, context: grpc.ServicerContext) -> Any:
        seen.append(context.time_remaining())
        return Response(word=current_caller().name)

    with (
        serving(Servicer(do=note)) as server,
        client.channel(f"127.0.0.1:{server.port}", SERVICE, identity=TRIAL) as channel,
    ):
        assert Client(channel).call("Inside", Request()).word == "trial"
        Client(channel).call("Inside", Request(), timeout=60)
        list(Client(channel).stream("Count", Request()))
    assert DEFAULT_SECONDS - 1 < seen[0] < DEFAULT_SECONDS + 1  # gRPC rounds what it sends
    assert 59 < seen[1] < 61
    assert seen[2] > 3600


def test_deadline_and_request_id_go_on() -> None:
    """A call made while answering another ends no later than it, and has its id."""
    seen: list[tuple[str, float]] = []

    def note(_request: object, context: grpc.ServicerContext) -> Any:
        call = current_call()
        assert call is not None
        seen.append((call.request_id, context.time_remaining()))
        return Response()

    with (
        serving(Servicer(do=note)) as inner,
        client.channel(f"127.0.0.1:{inner.port}", SERVICE, identity=OUTER) as channel,
        serving(Servicer(do=lambda request, _context: Client(channel).call("Echo", request))) as outer,
        connected(outer) as connection,
    ):
        connection.call("Echo", Request(), timeout=0.8, metadata=(("x-request-id", "r1"),))
    ((request_id, remaining),) = seen
    assert request_id == "r1"
    assert remaining < 0.8


def test_no_deadline_goes_on_as_none() -> None:
    """A stream that is asked for while answering a call without a deadline has none either."""
    seen: list[float] = []
    with (
        serving(Servicer(do=lambda _request, context: seen.append(context.time_remaining()))) as inner,
        client.channel(f"127.0.0.1:{inner.port}", SERVICE, identity=OUTER) as channel,
        serving(Servicer(do=lambda request, _context: list(Client(channel).stream("Count", request))[-1])) as outer,
        connected(outer) as connection,
    ):
        assert connection.call("Echo", Request(count=3)).number == 2
    assert seen[0] > 3600


def test_a_service_that_is_away_is_a_dependency() -> None:
    """What a caller of ours is told when the service behind us is not there."""
    with (
        client.channel("127.0.0.1:1", SERVICE, identity=OUTER) as channel,
        serving(Servicer(do=lambda request, _context: Client(channel).call("Inside", request))) as outer,
        connected(outer) as connection,
        pytest.raises(grpc.RpcError) as error,
    ):
        connection.call("Echo", Request())
    assert error.value.code() is RPC.UNAVAILABLE
    assert error.value.details() == "The service is not available; try again."


def test_the_cause_of_a_failed_call_is_told_in_few_words() -> None:
    """A log gets the code and what gRPC says, without its page of debugging."""
    with client.channel("127.0.0.1:1", SERVICE, identity=TRIAL) as channel, pytest.raises(grpc.RpcError) as error:
        Client(channel).call("Inside", Request())
    told = faults.cause(error.value)
    assert told.startswith("UNAVAILABLE: ")
    assert "Connection refused" in told
    assert "debug_error_string" not in told


def test_a_server_that_drains_is_left() -> None:
    """A channel hears that a server no longer serves and calls the other one, before the first is gone."""
    one, two = Servicer(), Servicer()
    with (
        serving(one) as first,
        serving(two) as second,
        client.channel(f"ipv4:127.0.0.1:{first.port},127.0.0.1:{second.port}", SERVICE, identity=TRIAL) as channel,
    ):
        caller = Client(channel)
        while not one.calls:
            caller.call("Echo", Request())
        first.introspection.draining()
        sleep(0.5)  # half of what the default drain gives
        seen = len(one.calls)
        for _call in range(20):
            caller.call("Echo", Request())
        assert len(one.calls) == seen


def test_two_servers_take_turns_and_one_is_enough() -> None:
    """Calls go to both addresses, and all to the other when one is gone."""
    one, two = Servicer(), Servicer()
    with (
        serving(two) as second,
        serving(one) as first,
        client.channel(f"ipv4:127.0.0.1:{first.port},127.0.0.1:{second.port}", SERVICE, identity=TRIAL) as channel,
    ):
        grpc.channel_ready_future(channel).result(5)
        for _call in range(40):
            Client(channel).call("Echo", Request())
        assert one.calls
        assert two.calls
        first.stop()
        seen = len(two.calls)
        for _call in range(10):
            Client(channel).call("Echo", Request())
    assert len(two.calls) == seen + 10
