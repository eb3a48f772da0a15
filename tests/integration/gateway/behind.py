"""What stands behind a door in these tests: one server that plays every service, and tells what has reached it.

It answers each RPC with an empty message, knows keys and tokens as auth does, and has a fault where a test wants one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToJson
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_status import rpc_status
from jwt.algorithms import OKPAlgorithm
from sectracker.auth.v1.edge_service_pb2 import (
    CheckRequest,
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    HttpStatus,
    OkHttpResponse,
    RpcStatus,
)
from sectracker.auth.v1.key_service_pb2 import Key, ListKeysResponse

from deploy.local.machine import LOOPBACK, free_ports
from tests.e2e.gateway.doors import Door

HEALTH = "/grpc.health.v1.Health/Check"
KEYS = "/sectracker.auth.v1.KeyServiceRest/ListKeys"
CHECK = "/envoy.service.auth.v3.Authorization/Check"
OWN = {HEALTH, KEYS, CHECK}
GOOD_KEY = "stk_good"
OVERWRITE = 2
LIST = "/sectracker.watchlist.v1.WatchlistService/List"
WATCHLIST = "/api/v1/watchlist"
Metadata = list[tuple[str, str | bytes]]
Answer = Callable[[bytes, grpc.ServicerContext], bytes]


class Signer:
    """A key of auth's."""

    def __init__(self, kid: str = "first") -> None:
        self.kid = kid
        self.key = Ed25519PrivateKey.generate()

    def token(self, lifetime: float = 900, headers: dict[str, str] | None = None, **claims: object) -> str:
        """Return an access token that differs from a good one in what is named."""
        now = time.time()
        told = {
            "iss": "sectracker",
            "aud": "sectracker-api",
            "sub": "5f1b0a52-0000-7000-8000-000000000001",
            "iat": int(now),
            "exp": int(now + lifetime),
            "jti": str(now),
            **claims,
        }
        present = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(present, self.key, "EdDSA", {"typ": "at+jwt", "kid": self.kid, **(headers or {})})

    def published(self) -> Key:
        """Return the public half as auth publishes it."""
        told: dict[str, Any] = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return Key(kty="OKP", crv="Ed25519", alg="EdDSA", use="sig", kid=self.kid, x=told["x"])


@dataclass(slots=True)
class Behind(grpc.GenericRpcHandler):
    """Every service at once, the calls that came, and what auth is to say."""

    signers: list[Signer] = field(default_factory=lambda: [Signer()])
    calls: list[tuple[str, Metadata]] = field(default_factory=list)
    checked: list[tuple[str, Metadata]] = field(default_factory=list)
    fetches: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    check_seconds: float = 0.0
    port: int = field(default_factory=lambda: next(free_ports()))

    @property
    def target(self) -> str:
        """Return where it listens."""
        return f"{LOOPBACK}:{self.port}"

    def token(self, lifetime: float = 900, **claims: Any) -> str:
        """Return an access token of the newest key."""
        return self.signers[-1].token(lifetime, **claims)

    def service(self, handler_call_details: Any) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Return what answers a call."""
        path = handler_call_details.method
        metadata = [(key, value) for key, value in handler_call_details.invocation_metadata]

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            """Note the call and answer it."""
            own = {HEALTH: self.healthy, KEYS: self.list_keys, CHECK: self.check}.get(path)
            if own is not None:
                return own(request, metadata)
            self.calls.append((path, metadata))
            return self.answers.get(path, nothing)(request, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def healthy(self, _request: bytes, _metadata: Metadata) -> bytes:
        """Serve."""
        return bytes(HealthCheckResponse(status=HealthCheckResponse.SERVING).SerializeToString())

    def list_keys(self, _request: bytes, _metadata: Metadata) -> bytes:
        """Publish the keys as auth prints them."""
        self.fetches += 1
        told = ListKeysResponse(keys=[signer.published() for signer in self.signers])
        return bytes(HttpBody(content_type="application/json", data=MessageToJson(told).encode()).SerializeToString())

    def check(self, request: bytes, metadata: Metadata) -> bytes:
        """Put a token in the place of the one good key, and refuse every other."""
        headers = CheckRequest.FromString(request).attributes.request.http.headers
        self.checked.append((headers.get("x-api-key", "absent"), metadata))
        time.sleep(self.check_seconds)
        if headers.get("x-api-key") != GOOD_KEY:
            sentence = "The API key is unknown or has ended."
            denied = DeniedHttpResponse(status=HttpStatus(code=401), body=sentence)
            return bytes(CheckResponse(status=RpcStatus(code=16), denied_response=denied).SerializeToString())
        bearer = HeaderValue(key="authorization", value=f"Bearer {self.token(60, edge=True)}")
        changed = OkHttpResponse(
            headers=[HeaderValueOption(header=bearer, append_action=OVERWRITE)], headers_to_remove=["x-api-key"]
        )
        return bytes(CheckResponse(status=RpcStatus(), ok_response=changed).SerializeToString())

    def last(self) -> tuple[str, dict[str, list[str]]]:
        """Return the path of the last call, and its metadata by name."""
        path, metadata = self.calls[-1]
        named: dict[str, list[str]] = {}
        for key, value in metadata:
            named.setdefault(key, []).append(str(value))
        return path, named


def nothing(_request: bytes, _context: grpc.ServicerContext) -> bytes:
    """Return an empty message, which is one of any type."""
    return b""


@contextmanager
def serving(behind: Behind) -> Iterator[Behind]:
    """Serve until the test is over."""
    options = [("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(8), [behind], options=options)
    assert server.add_insecure_port(behind.target) == behind.port
    server.start()
    try:
        yield behind
    finally:
        server.stop(0).wait()


def targets(behind: Behind) -> dict[str, Sequence[str]]:
    """Return where a door finds its services."""
    return {name: [behind.target] for name in ("auth", "filings", "form4", "watchlist", "gateway")}


def bearer(token: str) -> str:
    """Return the header that carries a token."""
    return f"Bearer {token}"


def status(door: Door, token: str) -> int:
    """Return how the door answers a token where one is needed."""
    return door.get(WATCHLIST, authorization=bearer(token)).status_code


def knows_keys(door: Door, behind: Behind, within_seconds: float = 5.0) -> float:
    """Wait until the door takes a token of the newest key, and return the seconds that it took.

    Unit: seconds.
    """
    began = time.monotonic()
    while status(door, behind.token()) != HTTPStatus.OK:
        assert time.monotonic() - began < within_seconds
        time.sleep(0.02)
    return time.monotonic() - began


def reason(answer: httpx.Response) -> str:
    """Return the reason of an error of REST, and see that it has all that errors have."""
    told = answer.json()
    details = {detail["@type"].rpartition(".")[2]: detail for detail in told["details"]}
    assert told["message"].endswith(".")
    assert details["RequestInfo"]["request_id"] == answer.headers["x-request-id"]
    assert details["ErrorInfo"]["domain"] == "sectracker"
    return str(details["ErrorInfo"]["reason"])


def refused(door: Door, path: str, *metadata: tuple[str, str]) -> tuple[grpc.StatusCode, str]:
    """Call an RPC that is refused, and return the status and the sentence."""
    call = refusal(door, path, *metadata)
    return call.code(), str(call.details())


def refusal(door: Door, path: str, *metadata: tuple[str, str]) -> grpc.Call:
    """Call an RPC that is refused, and return what came of it."""
    with door.channel() as channel:
        call: Any = channel.unary_unary(path)
        with pytest.raises(grpc.RpcError) as error:
            call(b"", metadata=metadata, timeout=5)
    assert isinstance(error.value, grpc.Call)
    return error.value


def reason_by_grpc(call: grpc.Call) -> str:
    """Return the reason of an error of gRPC."""
    status, info = rpc_status.from_call(call), ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    assert info.domain == "sectracker"
    return str(info.reason)
