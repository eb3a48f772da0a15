"""Call other services: with a deadline, with the caller's request id, and again when that is safe.

A call says which service makes it, and when it is made inside a user's call, by that user's token, for whom.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import MethodOptions

from services.chassis.call import REQUEST_ID_HEADER, current_call
from services.chassis.credentials import ServiceTokens
from services.chassis.identity import AUTHORIZATION, USER_TOKEN_HEADER, user_token

DEFAULT_SECONDS = 5.0
# A call without a deadline has 292 billion years left, which are over at once when gRPC adds them to its clock.
LONGEST_SECONDS = 365 * 86_400.0
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # a service of ours decides what it sends; a stored submission is the largest
RETRIES = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
# A service that is down does not get four times the calls: below half of the tokens nothing is tried again.
THROTTLING = {"maxTokens": 100, "tokenRatio": 0.1}


class Details(NamedTuple):
    """What gRPC's own ClientCallDetails say; it has no constructor to change one with."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class Outgoing(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Give every unary call a deadline, no later than that of the call it is made for, and say who calls."""

    def __init__(self, identity: ServiceTokens | None) -> None:
        self._identity = identity

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for one response."""
        return self._noted(continuation(self._details(client_call_details, DEFAULT_SECONDS), request))

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for a stream of responses, which may last as long as its caller likes."""
        return self._noted(continuation(self._details(client_call_details, None), request))

    def _noted(self, call: Any) -> Any:
        """Have it seen when a call ends with the word that nobody knows who we are."""
        if self._identity is not None:
            call.add_done_callback(self._look)
        return call

    def _look(self, call: grpc.Call) -> None:
        """Look at how a call has ended."""
        if self._identity is not None and call.code() is grpc.StatusCode.UNAUTHENTICATED:
            self._identity.doubt()

    def _details(self, details: grpc.ClientCallDetails, default: float | None) -> Details:
        """Return the details with a deadline, the request id and who calls."""
        added: list[tuple[str, str | bytes]] = []
        limits = [details.timeout if details.timeout is not None else default]
        call = current_call()
        if self._identity is not None:
            added.append((AUTHORIZATION, f"Bearer {self._identity.token()}"))
            on_behalf = user_token(call.caller, call.metadata) if call is not None else None
            if on_behalf is not None:
                added.append((USER_TOKEN_HEADER, on_behalf))
        if call is not None:
            added.append((REQUEST_ID_HEADER, call.request_id))
            limits.append(call.time_remaining())
        timeout = min((limit for limit in limits if limit is not None and limit < LONGEST_SECONDS), default=None)
        metadata = (*(details.metadata or ()), *added)
        return Details(
            details.method, timeout, metadata, details.credentials, details.wait_for_ready, details.compression
        )


def channel(target: str, service: str, *others: str, identity: ServiceTokens | None = None) -> grpc.Channel:
    """Return a channel to one service, or several of one process, for their generated stubs.

    Shape: the target names one address or several, as ipv4:127.0.0.1:1,127.0.0.1:2, which take turns. Without an
    identity nobody is named.
    Raises: KeyError for a service that no imported stub describes.
    """
    inner = grpc.insecure_channel(
        target,
        options=[
            ("grpc.service_config", json.dumps(service_config([service, *others]))),
            ("grpc.enable_retries", 1),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2_000),
            ("grpc.keepalive_time_ms", 60_000),
        ],
    )
    return identified(inner, identity)


def identified(inner: grpc.Channel, identity: ServiceTokens | None) -> grpc.Channel:
    """Return a channel whose calls have a deadline and say who makes them."""
    return grpc.intercept_channel(inner, Outgoing(identity))


def service_config(services: list[str]) -> dict[str, Any]:
    """Return gRPC's configuration: all healthy addresses take turns, and RPCs that may run twice are tried again."""
    names = [{"service": service, "method": method} for service in services for method in repeatable(service)]
    methods = [{"name": names, "retryPolicy": RETRIES}] if names else []
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": services[0]},  # one that drains is left before it stops
        "methodConfig": methods,
        "retryThrottling": THROTTLING,
    }


def repeatable(service: str) -> list[str]:
    """Return the RPCs of a service whose contract says that running them twice does no harm."""
    descriptor = descriptor_pool.Default().FindServiceByName(service)
    levels = {MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT}
    return [method.name for method in descriptor.methods if method.GetOptions().idempotency_level in levels]
