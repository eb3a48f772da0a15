"""Speak gRPC to SEC-Tracker through its one door."""

import json
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from grpc_interceptor import ClientCallDetails, ClientInterceptor
from sectracker.api.v1 import options_pb2
from sectracker.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from sectracker.filings.v1 import company_service_pb2, company_service_pb2_grpc
from sectracker.form4.v1 import form4_service_pb2, form4_service_pb2_grpc
from sectracker.gateway.v1 import health_service_pb2, health_service_pb2_grpc
from sectracker.watchlist.v1 import watchlist_service_pb2, watchlist_service_pb2_grpc

from cli.endpoint import Endpoint, parse_url
from cli.errors import of_call
from cli.session import Header, Session, Use
from cli.version import VERSION

DEFAULT_TIMEOUT = 15.0  # seconds
MAX_ANSWER_BYTES = 16 * 1024 * 1024  # a page of 100 lines with every insider of a large company is below 1 MB
SERVICES = (
    form4_service_pb2.DESCRIPTOR.services_by_name["Form4Service"],
    company_service_pb2.DESCRIPTOR.services_by_name["CompanyService"],
    health_service_pb2.DESCRIPTOR.services_by_name["HealthService"],
    auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"],
    watchlist_service_pb2.DESCRIPTOR.services_by_name["WatchlistService"],
)
# Four tries within some 1.5 s: enough for the restart of one of several processes, short for a person who waits.
RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
REPEATABLE = {MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT}
# Within ten seconds the service answers a refresh token that it has just traded with the same successor.
TRADED = "sectracker.auth.v1.AuthService.Refresh"

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


def methods(services: Sequence[ServiceDescriptor]) -> Iterator[MethodDescriptor]:
    """Return the calls of services."""
    return (method for service in services for method in service.methods)


def repeatable(services: Sequence[ServiceDescriptor]) -> list[dict[str, str]]:
    """Return the calls that may be made twice for once, as a gRPC service config names them."""
    return [
        {"service": method.containing_service.full_name, "method": method.name}
        for method in methods(services)
        if method.GetOptions().idempotency_level in REPEATABLE or method.full_name == TRADED
    ]


def for_strangers(services: Sequence[ServiceDescriptor]) -> frozenset[str]:
    """Return the paths of the calls that go out as nobody's: their services look at no credentials."""
    return frozenset(
        f"/{method.containing_service.full_name}/{method.name}"
        for method in methods(services)
        if method.GetOptions().Extensions[options_pb2.access] == options_pb2.ACCESS_STRANGER
    )


def open_channel(endpoint: Endpoint) -> grpc.Channel:
    """Return a channel that retries what may be repeated and leaves proxies alone on this machine."""
    config = {"methodConfig": [{"name": repeatable(SERVICES), "retryPolicy": RETRY}]}
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


class Credentials(ClientInterceptor):
    """Send a session's credentials with every call, and call again when they are refused and others are left."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.strangers = for_strangers(SERVICES)

    def intercept(self, method: Callable[..., Any], request_or_iterator: Any, call_details: Any) -> Any:
        """Make a call."""
        if call_details.method in self.strangers:
            return method(request_or_iterator, call_details)
        call: Any = None
        for header in self.session.candidates():
            call = method(request_or_iterator, with_header(call_details, header))
            if call.code() is not grpc.StatusCode.UNAUTHENTICATED:
                break
        return call


def with_header(details: Any, header: Header | None) -> ClientCallDetails:
    """Return a call's details with a header more, if there is one."""
    metadata = (*(details.metadata or ()), *([header] if header else ()))
    return ClientCallDetails(
        details.method, details.timeout, metadata, details.credentials, details.wait_for_ready, details.compression
    )


class Door:
    """Hold one channel and the stubs of the public services on it.

    Shape: `use` says what is done with the user's credentials; `insecure` lets them go elsewhere in clear text.
    Unit: timeout is seconds, for one call with all its retries.
    """

    def __init__(self, url: str, timeout: float, use: Use = Use.OFFERED, *, insecure: bool = False) -> None:
        self.url = url
        self.timeout = timeout
        endpoint = parse_url(url)
        self.session = Session(endpoint, use, self.refresh, insecure=insecure)
        self.channel = grpc.intercept_channel(open_channel(endpoint), Credentials(self.session))
        self.form4 = form4_service_pb2_grpc.Form4ServiceStub(self.channel)
        self.companies = company_service_pb2_grpc.CompanyServiceStub(self.channel)
        self.health = health_service_pb2_grpc.HealthServiceStub(self.channel)
        self.auth = auth_service_pb2_grpc.AuthServiceStub(self.channel)
        self.watchlist = watchlist_service_pb2_grpc.WatchlistServiceStub(self.channel)

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

    def refresh(self, token: str) -> auth_service_pb2.RefreshResponse:
        """Trade a refresh token for a login's next tokens.

        Raises: CommandError.
        """
        return self.call(self.auth.Refresh, auth_service_pb2.RefreshRequest(refresh_token=token))
