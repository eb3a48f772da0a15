"""The server: health, reflection, limits, and an end that nobody notices."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_reflection.v1alpha.reflection import ReflectionServicer
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from services.chassis.introspection import REFLECTIONS, Reflection
from services.chassis.server import Server
from tests.contract.chassis.trial import (
    SERVICE,
    Client,
    Request,
    Response,
    Servicer,
    connected,
    serving,
    settings,
    started,
)
from tests.support.identity import ISSUER

SERVING = health_pb2.HealthCheckResponse.SERVING
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def health(client: Client, service: str) -> Any:
    """Return a service's state as a health check sees it."""
    check: Any = client.channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        lambda message: message.SerializeToString(),
        health_pb2.HealthCheckResponse.FromString,
    )
    return check(health_pb2.HealthCheckRequest(service=service), timeout=2).status


def watching(client: Client, service: str) -> Any:
    """Return the stream of a service's states."""
    watch: Any = client.channel.unary_stream(
        "/grpc.health.v1.Health/Watch",
        lambda message: message.SerializeToString(),
        health_pb2.HealthCheckResponse.FromString,
    )
    return watch(health_pb2.HealthCheckRequest(service=service), timeout=10)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the trial service."""
    with serving(Servicer()) as running:
        yield running


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_health_is_told_by_service(server: Server) -> None:
    """Each service, and the process as a whole, says that it serves; an unknown one is NOT_FOUND."""
    with connected(server) as client:
        assert [health(client, name) for name in (SERVICE, "")] == [SERVING, SERVING]
        with pytest.raises(grpc.RpcError) as error:
            health(client, "unknown.v1.Service")
    assert error.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_busy_server_is_healthy() -> None:
    """When all threads wait for something, health checks and watchers still are answered."""
    servicer, may_end = Servicer(), threading.Event()

    def block(_request: object, _context: object) -> Any:
        may_end.wait(5)
        return Response()

    servicer.do = block
    with serving(servicer, threads=1) as server, connected(server) as client, ThreadPoolExecutor(1) as pool:
        busy = pool.submit(client.call, "Echo", Request())
        watchers = [watching(client, "") for _watcher in range(3)]
        assert [next(watcher).status for watcher in watchers] == [SERVING] * 3
        assert health(client, SERVICE) == SERVING
        may_end.set()
        assert busy.result(5) == Response()


@pytest.mark.parametrize("name", REFLECTIONS)
def test_the_contract_can_be_asked_for(server: Server, name: str) -> None:
    """Both reflection services list what is served and describe it."""
    with connected(server) as client:
        renamed: Any = Renamed(client.channel, name)
        database = ProtoReflectionDescriptorDatabase(renamed)
        assert set(database.get_services()) == {SERVICE, "grpc.health.v1.Health"}
        assert database.FindFileContainingSymbol(SERVICE).name == "trial/v1/trial.proto"


@pytest.fixture
def showing() -> Iterator[Server]:
    """A server of the trial service that describes another one, to two at a time."""
    shown = Reflection(ReflectionServicer(["shown.v1.Service"], pool=DescriptorPool()), streams=2)
    with started(Server(settings(), {SERVICE: Servicer()}, ISSUER.house("trial"), reflection=shown)) as server:
        yield server


def test_another_contract_can_be_shown(showing: Server) -> None:
    """A server describes what it is told to, and nothing of what it serves."""
    with connected(showing) as client:
        database = ProtoReflectionDescriptorDatabase(client.channel)
        assert list(database.get_services()) == ["shown.v1.Service"]
        with pytest.raises(KeyError):
            database.FindFileContainingSymbol(SERVICE)
        assert client.call("Echo", Request(word="served")).word == "served"


def test_as_many_streams_of_questions_are_answered_as_is_told(showing: Server) -> None:
    """A stream that its client keeps open leaves the other one free."""
    may_end = threading.Event()

    def questions() -> Iterator[ServerReflectionRequest]:
        yield ServerReflectionRequest(list_services="")
        may_end.wait(10)

    with connected(showing) as client:
        stub: Any = ServerReflectionStub(client.channel)
        held = [stub.ServerReflectionInfo(questions(), timeout=seconds) for seconds in (10, 2)]
        try:
            for answers in held:
                assert [one.name for one in next(answers).list_services_response.service] == ["shown.v1.Service"]
        finally:
            may_end.set()


class Renamed:
    """A channel that asks another reflection service than the client knows."""

    def __init__(self, channel: grpc.Channel, name: str) -> None:
        self.channel = channel
        self.name = name

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call the method of the same name on that service."""
        kwargs.pop("_registered_method", None)
        return self.channel.stream_stream(f"/{self.name}/{method.rsplit('/', 1)[1]}", *args, **kwargs)


def test_too_large_a_message_is_refused() -> None:
    """Memory is bounded: a message over the limit never is one."""
    with serving(Servicer(), max_message_bytes=1024) as server, connected(server) as client:
        with pytest.raises(grpc.RpcError) as error:
            client.call("Echo", Request(raw=b"x" * 2000))
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert client.call("Echo", Request(raw=b"x" * 900)) == Response()


def test_too_many_calls_are_refused_at_once() -> None:
    """An overloaded server says so, instead of letting everybody wait."""
    servicer, is_busy, may_end = Servicer(), threading.Event(), threading.Event()

    def block(_request: object, _context: object) -> Any:
        is_busy.set()
        may_end.wait(5)
        return Response()

    servicer.do = block
    with (
        serving(servicer, threads=1, max_concurrent_calls=1) as server,
        connected(server) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(client.call, "Echo", Request())
        is_busy.wait(5)
        with pytest.raises(grpc.RpcError) as error:
            client.call("Echo", Request())
        may_end.set()
        assert first.result(5) == Response()
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_taken_port_is_told(server: Server) -> None:
    """A second server on the same port ends with a sentence that names the address and the variables."""
    with pytest.raises(SystemExit, match=f"Cannot listen on 127.0.0.1:{server.port}.*LISTEN_PORT"):
        Server(settings(listen_port=server.port), {SERVICE: Servicer()}, ISSUER.house("trial")).start()


def test_a_taken_metrics_port_is_told(server: Server) -> None:
    """The port for metrics is told as well."""
    with pytest.raises(SystemExit, match="METRICS_PORT"):
        Server(settings(metrics_port=server.port), {SERVICE: Servicer()}, ISSUER.house("trial")).start()


def test_metrics_are_told() -> None:
    """Calls are counted by method and code, and timed."""
    port = free_port()
    with serving(Servicer(), metrics_port=port) as server, connected(server) as client:
        client.call("Echo", Request())
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
            text = response.read().decode()
    assert 'sectracker_calls_total{code="OK",method="/trial.v1.TrialService/Echo"}' in text
    assert 'sectracker_call_seconds_bucket{le="0.005",method="/trial.v1.TrialService/Echo"}' in text


def test_watchers_are_told_and_hold_nobody_up() -> None:
    """Whoever watches hears of the end, its call ends with it, and the server does not wait for its deadline."""
    server = Server(settings(stop_seconds=8.0), {SERVICE: Servicer()}, ISSUER.house("trial"))
    server.start()
    with connected(server) as client:
        states = [watching(client, name) for name in (SERVICE, "", "unknown.v1.Service")]
        assert [next(state).status for state in states] == [SERVING, SERVING, UNKNOWN]
        begun = monotonic()
        server.stop()
        assert monotonic() - begun < 4
        assert [[one.status for one in state] for state in states] == [[NOT_SERVING], [NOT_SERVING], []]


def test_watchers_that_leave_while_a_server_drains_do_no_harm() -> None:
    """Leaving and being told at the same time must not wait for each other."""
    for _round in range(10):
        server = Server(settings(), {SERVICE: Servicer()}, ISSUER.house("trial"))
        server.start()
        with connected(server) as client:
            states = [watching(client, "") for _watcher in range(5)]
            assert [next(state).status for state in states] == [SERVING] * 5
            leaving = threading.Thread(target=lambda some=states: [state.cancel() for state in some])
            leaving.start()
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            leaving.join(5)
            stopping.join(5)
            assert not stopping.is_alive()


def test_stopping_drains() -> None:
    """Health says NOT_SERVING while calls are still taken, and a running call ends well."""
    servicer, is_busy, may_end = Servicer(), threading.Event(), threading.Event()

    def block(_request: object, _context: object) -> Any:
        is_busy.set()
        may_end.wait(5)
        return Response(word="ended well")

    server = Server(settings(drain_seconds=0.5, stop_seconds=5.0), {SERVICE: servicer}, ISSUER.house("trial"))
    server.start()
    with connected(server) as client, ThreadPoolExecutor(2) as pool:
        assert client.call("Echo", Request(word="before")).word == "before"
        stopping = pool.submit(server.stop)
        while health(client, SERVICE) == SERVING:
            pass
        assert health(client, "") == NOT_SERVING
        servicer.do = block
        running = pool.submit(client.call, "Echo", Request())
        assert is_busy.wait(5)
        may_end.set()
        assert running.result(5).word == "ended well"
        stopping.result(10)
        with pytest.raises(grpc.RpcError):
            client.call("Echo", Request(), timeout=0.5)
