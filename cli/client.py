"""Speak gRPC to SEC-Tracker through its one door."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from urllib.parse import urlsplit

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from sectracker.filings.v1 import company_service_pb2, company_service_pb2_grpc
from sectracker.form4.v1 import form4_service_pb2, form4_service_pb2_grpc
from sectracker.gateway.v1 import health_service_pb2, health_service_pb2_grpc

from cli.errors import of_call
from cli.version import VERSION

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_TIMEOUT = 15.0  # seconds
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ANSWER_BYTES = 16 * 1024 * 1024  # a page of 100 lines with every insider of a large company is below 1 MB
SERVICES = (
    form4_service_pb2.DESCRIPTOR.services_by_name["Form4Service"],
    company_service_pb2.DESCRIPTOR.services_by_name["CompanyService"],
    health_service_pb2.DESCRIPTOR.services_by_name["HealthService"],
)
# Four tries within some 1.5 s: enough for the restart of one of several processes, short for a person who waits.
RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold where the door is."""

    host: str
    port: int
    secure: bool

    @property
    def target(self) -> str:
        """Return the address as gRPC takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Say whether the door is on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_url(url: str) -> Endpoint:
    """Return the endpoint that http://host:port or https://host:port names.

    Raises: ValueError with a sentence.
    """
    parts = urlsplit(url.strip())
    extra = parts.username or parts.query or parts.fragment or parts.path.strip("/")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or extra:
        raise ValueError(f"{url!r} is no base URL; write http://host:port or https://host:port")
    return Endpoint(parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], parts.scheme == "https")


def reads(services: Sequence[ServiceDescriptor]) -> list[dict[str, str]]:
    """Return the calls that the contract says have no side effects, as a gRPC service config names them."""
    return [
        {"service": service.full_name, "method": method.name}
        for service in services
        for method in service.methods
        if method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    ]


def open_channel(endpoint: Endpoint) -> grpc.Channel:
    """Return a channel that retries reads and leaves proxies alone on this machine."""
    config = {"methodConfig": [{"name": reads(SERVICES), "retryPolicy": RETRY}]}
    options: list[tuple[str, Any]] = [
        ("grpc.service_config", json.dumps(config)),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
        ("grpc.primary_user_agent", f"sectracker-cli/{VERSION}"),
        ("grpc.enable_http_proxy", int(not endpoint.is_loopback)),
    ]
    if endpoint.secure:
        return grpc.secure_channel(endpoint.target, grpc.ssl_channel_credentials(), options)
    return grpc.insecure_channel(endpoint.target, options)


class Door:
    """Hold one channel and the stubs of the public services on it.

    Unit: timeout is seconds, for one call with all its retries.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self.channel = open_channel(parse_url(url))
        self.form4 = form4_service_pb2_grpc.Form4ServiceStub(self.channel)
        self.companies = company_service_pb2_grpc.CompanyServiceStub(self.channel)
        self.health = health_service_pb2_grpc.HealthServiceStub(self.channel)

    def __enter__(self) -> Self:
        """Return the open door."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the channel."""
        self.channel.close()

    def call(self, method: "grpc.UnaryUnaryMultiCallable[Request, Response]", request: Request) -> Response:
        """Return a call's answer.

        Raises: CommandError.
        """
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            # What a blocking call raises is the call itself, which its type does not say.
            raise of_call(cast("grpc.Call", error), self.url) from error
