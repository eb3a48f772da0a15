"""What services say to each other has no route at the door, although the processes behind it serve it."""

import base64
import struct
from collections.abc import Callable, Iterator

import grpc
import httpx
import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse
from sectracker.auth.v1.edge_service_pb2 import CheckRequest
from sectracker.auth.v1.trust_service_pb2 import GetTrustRequest, IssueServiceTokenRequest
from sectracker.filings.v1.company_service_pb2 import BatchGetRequest, ListTickersRequest
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest
from sectracker.filings.v1.refresh_service_pb2 import RequestRefreshRequest
from sectracker.form4.v1.ownership_service_pb2 import (
    IngestRequest,
    ListTransactionsByIssuersRequest,
    SetCoverageRequest,
)

from tests.e2e.stack.asking import ANSWER_SECONDS, channel, inside, rows, service_token
from tests.factories.ownership import document
from tests.support.stack import Running

CIK, ACCESSION = "0000000042", "0000000042-24-000042"
INGEST = IngestRequest(accession_number=ACCESSION, document=document(), filed_on="2024-01-16")
COVER = SetCoverageRequest(cik=CIK, coverage_start="2024-01-01", refreshed_at=Timestamp(seconds=1_700_000_000))
# Each internal RPC, the process that serves it, and a request that it would take.
INTERNAL: dict[str, tuple[str, Message]] = {
    "form4.v1.OwnershipService/Ingest": ("form4_1", INGEST),
    "form4.v1.OwnershipService/SetCoverage": ("form4_1", COVER),
    "form4.v1.OwnershipService/ListTransactionsByIssuers": ("form4_1", ListTransactionsByIssuersRequest(ciks=[CIK])),
    "auth.v1.TrustService/IssueServiceToken": ("auth", IssueServiceTokenRequest(service="form4", secret="guessed")),
    "auth.v1.TrustService/GetTrust": ("auth", GetTrustRequest()),
    "auth.v1.EdgeService/Check": ("auth", CheckRequest()),
    "filings.v1.CompanyService/BatchGet": ("filings", BatchGetRequest(ciks=[CIK])),
    "filings.v1.CompanyService/ListTickers": ("filings", ListTickersRequest()),
    "filings.v1.FilingsService/ListByIssuers": ("filings", ListByIssuersRequest(ciks=[CIK])),
    "filings.v1.RefreshService/RequestRefresh": ("filings", RequestRefreshRequest(cik="0000320193")),
}
READS = [name for name in INTERNAL if name.endswith(("ByIssuers", "BatchGet", "ListTickers", "GetTrust"))]
PUBLIC = {
    "sectracker.auth.v1.AuthService",
    "sectracker.auth.v1.KeyService",
    "sectracker.filings.v1.CompanyService",
    "sectracker.form4.v1.Form4Service",
    "sectracker.gateway.v1.HealthService",
    "sectracker.watchlist.v1.WatchlistService",
    "grpc.health.v1.Health",
}
Method = Callable[..., bytes]


@pytest.fixture(scope="module")
def claim(running_stack: Running) -> dict[str, str]:
    """Return headers that make a caller inside a service; a thief of them gets no further at the door than others."""
    return {"authorization": f"Bearer {service_token(running_stack, 'watchlist')}"}


def call(open_channel: grpc.Channel, name: str, claim: dict[str, str]) -> grpc.StatusCode:
    """Call an internal RPC as a service does, and return the code of the answer."""
    method: Method = open_channel.unary_unary(f"/sectracker.{name}")
    try:
        method(INTERNAL[name][1].SerializeToString(), timeout=ANSWER_SECONDS, metadata=tuple(claim.items()))
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.fixture(autouse=True)
def nothing_written(running_stack: Running) -> Iterator[None]:
    """See to it that no refused call has left anything behind."""
    jobs = rows(running_stack, "SELECT id FROM filings.jobs ORDER BY id")
    yield
    assert rows(running_stack, "SELECT id FROM filings.jobs ORDER BY id") == jobs
    assert not rows(
        running_stack, "SELECT 1 FROM form4.ownership_filings WHERE accession_number = %(it)s", it=ACCESSION
    )
    assert not rows(running_stack, "SELECT 1 FROM form4.coverage WHERE cik = %(it)s", it=CIK)


@pytest.mark.parametrize("name", READS)
def test_the_processes_serve_it(running_stack: Running, name: str, claim: dict[str, str]) -> None:
    """Inside, the same call is answered: what the other tests see is the door."""
    with inside(running_stack, INTERNAL[name][0]) as process:
        assert call(process, name, claim) == grpc.StatusCode.OK


@pytest.mark.parametrize("name", READS)
def test_a_name_alone_is_no_service(running_stack: Running, name: str) -> None:
    """Inside, whoever only says that it is a service is refused."""
    with inside(running_stack, INTERNAL[name][0]) as process:
        assert call(process, name, {"x-sectracker-service": "filings"}) == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("name", INTERNAL)
def test_native_grpc_has_no_route(running_stack: Running, name: str, claim: dict[str, str]) -> None:
    """Native gRPC finds nothing at the path of an internal RPC, whatever its headers claim."""
    with channel(running_stack) as door:
        assert call(door, name, claim) == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("kind", ["application/grpc-web+proto", "application/grpc-web-text"])
@pytest.mark.parametrize("name", INTERNAL)
def test_grpc_web_has_no_route(running_stack: Running, name: str, kind: str, claim: dict[str, str]) -> None:
    """Nor does a browser's gRPC."""
    message = INTERNAL[name][1].SerializeToString()
    body = struct.pack(">BI", 0, len(message)) + message
    answer = httpx.post(
        f"{running_stack.url}/sectracker.{name}",
        content=base64.b64encode(body) if kind.endswith("text") else body,
        headers={"content-type": kind, **claim},
        trust_env=False,
    )
    assert answer.headers["grpc-status"] == str(grpc.StatusCode.UNIMPLEMENTED.value[0])


@pytest.mark.parametrize("path", ["sectracker.{}", "api/v1/sectracker.{}", "/sectracker.{}/", "%73ectracker.{}"])
@pytest.mark.parametrize("name", INTERNAL)
def test_rest_has_no_path(running_stack: Running, name: str, path: str, claim: dict[str, str]) -> None:
    """Nor does REST, however the path is written."""
    for method in ("GET", "POST"):
        url = httpx.URL(running_stack.url).copy_with(raw_path=f"/{path.format(name)}".encode())
        answer = httpx.request(method, url, headers=claim, json={"cik": CIK}, trust_env=False)
        assert answer.status_code == httpx.codes.NOT_FOUND
        assert answer.json()["details"][0]["reason"] == "PATH_UNKNOWN"


def test_siblings_for_rest_have_no_route(running_stack: Running) -> None:
    """The services' printed answers are reached by REST's paths alone, not under the names of their RPCs."""
    with channel(running_stack) as door:
        method: Method = door.unary_unary("/sectracker.form4.v1.Form4ServiceRest/GetMarketActivity")
        with pytest.raises(grpc.RpcError) as refused:
            method(b"", timeout=ANSWER_SECONDS)
    assert isinstance(refused.value, grpc.Call)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_the_public_services_alone(running_stack: Running, version: str) -> None:
    """Tools that ask the door what there is are told of public services, and of no other."""
    with channel(running_stack) as door:
        reflect = door.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=ServerReflectionRequest.SerializeToString,
            response_deserializer=ServerReflectionResponse.FromString,
        )
        (answer,) = reflect(iter([ServerReflectionRequest(list_services="")]), timeout=ANSWER_SECONDS)
    assert {service.name for service in answer.list_services_response.service} == PUBLIC
