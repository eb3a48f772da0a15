"""gRPC at the door: native, for browsers, and for tools that ask what there is."""

import base64
import re
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse
from grpc_status import rpc_status
from sectracker.auth.v1.trust_service_pb2 import GetTrustRequest, IssueServiceTokenRequest
from sectracker.filings.v1.company_service_pb2 import BatchGetRequest, CompanyServiceSearchRequest, ListTickersRequest
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.form4.v1.form4_service_pb2 import GetSummaryRequest, GetSummaryResponse
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub
from sectracker.form4.v1.ownership_service_pb2 import IngestRequest
from sectracker.gateway.v1.health_service_pb2 import CheckRequest, CheckResponse
from sectracker.gateway.v1.health_service_pb2_grpc import HealthServiceStub

from tests.e2e.gateway.doors import Door

UnaryCall = Callable[..., object]
REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
PUBLIC = {
    "sectracker.auth.v1.AuthService",
    "sectracker.auth.v1.KeyService",
    "sectracker.filings.v1.CompanyService",
    "sectracker.form4.v1.Form4Service",
    "sectracker.gateway.v1.HealthService",
    "sectracker.watchlist.v1.WatchlistService",
    "grpc.health.v1.Health",
}


@pytest.fixture
def channel(door: Door) -> Iterator[grpc.Channel]:
    """Yield a channel to the door."""
    with door.channel() as made:
        yield made


def refusal(call: Callable[[], object]) -> grpc.Call:
    """Return what a call ends with that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert isinstance(caught.value, grpc.Call)
    return caught.value


def test_typed_answers(channel: grpc.Channel) -> None:
    """Every public service answers native gRPC with its own messages."""
    assert Form4ServiceStub(channel).GetSummary(GetSummaryRequest(ticker="AAPL"), timeout=5).total_buys == 1.5
    found = CompanyServiceStub(channel).Search(CompanyServiceSearchRequest(q="a é"), timeout=5).results
    assert found[0].name == "a é"
    assert HealthServiceStub(channel).Check(CheckRequest(), timeout=5).status == CheckResponse.Status.healthy


def test_errors_keep_their_details(channel: grpc.Channel) -> None:
    """A service's error arrives whole: code, sentence, reason and request id."""
    error = refusal(lambda: Form4ServiceStub(channel).GetSummary(GetSummaryRequest(ticker="ZZZZ"), timeout=5))
    status = rpc_status.from_call(error)
    assert status is not None
    assert (error.code(), status.message) == (grpc.StatusCode.NOT_FOUND, "No company has the ticker ZZZZ.")
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.RequestInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(request)
    assert (info.reason, dict(info.metadata)) == ("TICKER_UNKNOWN", {"ticker": "ZZZZ"})
    assert request.request_id


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/sectracker.form4.v1.OwnershipService/Ingest", IngestRequest()),
        ("/sectracker.form4.v1.OwnershipService/ListTransactionsByIssuers", IngestRequest()),
        ("/sectracker.filings.v1.CompanyService/BatchGet", BatchGetRequest(tickers=["A"])),
        ("/sectracker.filings.v1.CompanyService/ListTickers", ListTickersRequest()),
        ("/sectracker.form4.v1.Form4ServiceRest/GetSummary", GetSummaryRequest(ticker="A")),
        ("/sectracker.auth.v1.TrustService/IssueServiceToken", IssueServiceTokenRequest()),
        ("/sectracker.auth.v1.TrustService/GetTrust", GetTrustRequest()),
        ("/sectracker.auth.v1.EdgeService/Check", GetTrustRequest()),
        ("/envoy.service.auth.v3.Authorization/Check", GetTrustRequest()),
        ("/grpc.health.v1.Health/Watch", HealthCheckRequest()),
        ("/grpc.channelz.v1.Channelz/GetServers", CheckRequest()),
        ("/sectracker.form4.v1.Form4Service/GetSummary/", GetSummaryRequest(ticker="A")),
    ],
)
def test_what_is_not_public_has_no_route(channel: grpc.Channel, path: str, message: Message) -> None:
    """Services' own RPCs are behind the door, although the processes there serve them."""
    call: UnaryCall = channel.unary_unary(path)
    metadata = (("x-sectracker-service", "filings"),)
    error = refusal(lambda: call(message.SerializeToString(), timeout=5, metadata=metadata))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    assert error.details() == "There is nothing at this path."


@pytest.mark.parametrize("name", ["OwnershipService/Ingest", "CompanyService/BatchGet", "CompanyService/ListTickers"])
def test_what_is_not_public_has_no_path_for_rest(door: Door, name: str) -> None:
    """Nor does REST reach them by their names."""
    for package in ("filings", "form4"):
        assert door.ask("POST", f"/sectracker.{package}.v1.{name}", b"{}").status_code == 404


def test_rest_path_does_not_take_grpc(door: Door) -> None:
    """A path of REST that is called as gRPC is no RPC."""
    answer = door.ask("POST", "/api/v1/form4/AAPL", b"", content_type="application/grpc")
    assert answer.headers["grpc-status"] == "12"


def test_clients_deadline_holds(channel: grpc.Channel) -> None:
    """A gRPC client's own deadline ends its call, and is told as such."""
    began = time.monotonic()
    error = refusal(lambda: Form4ServiceStub(channel).GetSummary(GetSummaryRequest(ticker="HANG"), timeout=0.5))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - began < 1


def test_bytes_that_are_no_message(channel: grpc.Channel) -> None:
    """Nonsense in place of a message is the client's fault, and is said so."""
    call: UnaryCall = channel.unary_unary("/sectracker.form4.v1.Form4Service/GetSummary")
    assert refusal(lambda: call(b"\xff\xff\xff", timeout=5)).code() == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("is_text", [False, True])
def test_grpc_web(door: Door, is_text: bool) -> None:
    """A browser's gRPC is answered, in binary and in base64."""
    message = GetSummaryRequest(ticker="AAPL").SerializeToString()
    kind = "application/grpc-web-text" if is_text else "application/grpc-web+proto"
    body = struct.pack(">BI", 0, len(message)) + message
    answer = door.ask(
        "POST",
        "/sectracker.form4.v1.Form4Service/GetSummary",
        base64.b64encode(body) if is_text else body,
        content_type=kind,
        accept=kind,
        x_grpc_web="1",
    )
    data = b"".join(decoded(answer.content)) if is_text else answer.content
    size = struct.unpack(">BI", data[:5])[1]
    assert GetSummaryResponse.FromString(data[5 : 5 + size]).ticker == "AAPL"
    assert b"grpc-status:0" in data[5 + size :]


def decoded(text: bytes) -> Iterator[bytes]:
    """Yield the parts of a body in base64, of which each is padded by itself."""
    for part in re.findall(rb"[^=]+={0,2}", text):
        yield base64.b64decode(part)


def test_grpc_web_error_is_a_trailer(door: Door) -> None:
    """A browser's gRPC is refused in gRPC's way."""
    message = GetSummaryRequest(ticker="ZZZZ").SerializeToString()
    answer = door.ask(
        "POST",
        "/sectracker.form4.v1.Form4Service/GetSummary",
        struct.pack(">BI", 0, len(message)) + message,
        content_type="application/grpc-web+proto",
    )
    assert answer.headers.get("grpc-status") == "5" or b"grpc-status:5" in answer.content


def test_health_for_machines(channel: grpc.Channel) -> None:
    """The standard health service says that the door is open."""
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=HealthCheckRequest.SerializeToString,
        response_deserializer=HealthCheckResponse.FromString,
    )
    assert check(HealthCheckRequest(), timeout=5).status == HealthCheckResponse.SERVING


def reflect(channel: grpc.Channel, service: str, *questions: ServerReflectionRequest) -> list[ServerReflectionResponse]:
    """Ask a reflection service and return its answers."""
    call = channel.stream_stream(
        f"/{service}/ServerReflectionInfo",
        request_serializer=ServerReflectionRequest.SerializeToString,
        response_deserializer=ServerReflectionResponse.FromString,
    )
    return list(call(iter(questions), timeout=5))


@pytest.mark.parametrize("version", REFLECTIONS)
def test_reflection_lists_the_public_contract(channel: grpc.Channel, version: str) -> None:
    """Tools find the public services, and no other."""
    (answer,) = reflect(channel, version, ServerReflectionRequest(list_services=""))
    assert {service.name for service in answer.list_services_response.service} == PUBLIC


def test_reflection_describes_no_internal_rpc(channel: grpc.Channel) -> None:
    """What is internal is not described either: neither its services nor its methods and messages."""
    files: dict[str, FileDescriptorProto] = {}
    questions = [ServerReflectionRequest(file_containing_symbol=name) for name in sorted(PUBLIC)]
    for answer in reflect(channel, REFLECTIONS[0], *questions):
        for data in answer.file_descriptor_response.file_descriptor_proto:
            file = FileDescriptorProto.FromString(data)
            files[file.name] = file
    services = {f"{file.package}.{service.name}" for file in files.values() for service in file.service}
    assert services == PUBLIC
    company = files["sectracker/filings/v1/company_service.proto"]
    assert [method.name for method in company.service[0].method] == ["Search", "Get"]
    assert not [message.name for message in company.message_type if "Batch" in message.name or "List" in message.name]
    # The watchlist tells transactions in the words of a file whose service is internal.
    shared = files["sectracker/form4/v1/ownership_service.proto"]
    assert [message.name for message in shared.message_type] == ["IssuerTransaction"]


@pytest.mark.parametrize(
    "question",
    [
        ServerReflectionRequest(file_containing_symbol="sectracker.form4.v1.OwnershipService"),
        ServerReflectionRequest(file_containing_symbol="sectracker.filings.v1.BatchGetRequest"),
        ServerReflectionRequest(file_containing_symbol="sectracker.filings.v1.CompanyService.ListTickers"),
        ServerReflectionRequest(file_containing_symbol="sectracker.form4.v1.ListTransactionsByIssuersRequest"),
        ServerReflectionRequest(file_containing_symbol="sectracker.auth.v1.TrustService"),
        ServerReflectionRequest(file_by_filename="sectracker/auth/v1/trust_service.proto"),
        ServerReflectionRequest(file_by_filename="sectracker/auth/v1/edge_service.proto"),
    ],
)
def test_reflection_finds_nothing_internal(channel: grpc.Channel, question: ServerReflectionRequest) -> None:
    """Who knows the name of something internal learns nothing by it."""
    (answer,) = reflect(channel, REFLECTIONS[0], question)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_held_reflection_streams_hold_nobody_up(door: Door) -> None:
    """Clients that keep reflection streams open neither close the door nor keep them for ever."""

    def silent() -> Iterator[ServerReflectionRequest]:
        yield ServerReflectionRequest(list_services="")
        time.sleep(8)

    with door.channel() as channel:
        calls = [
            channel.stream_stream(
                f"/{REFLECTIONS[0]}/ServerReflectionInfo",
                request_serializer=ServerReflectionRequest.SerializeToString,
                response_deserializer=ServerReflectionResponse.FromString,
            )(silent())
            for _ in range(8)
        ]
        time.sleep(1.5)  # longer than a health answer is kept
        assert door.get("/api/v1/health").json()["status"] == "healthy"
        ended = [refusal(partial(list, call)).code() for call in calls]
    assert grpc.StatusCode.OK not in ended
