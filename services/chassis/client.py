"""Call other services: with a deadline, with the caller's request id, and again when that is safe."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import MethodOptions

from services.chassis.call import REQUEST_ID_HEADER, current_call
from services.chassis.identity import SERVICE_HEADER

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

    def __init__(self, caller: str) -> None:
        self._caller = caller

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for one response."""
        return continuation(self._details(client_call_details, DEFAULT_SECONDS), request)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for a stream of responses, which may last as long as its caller likes."""
        return continuation(self._details(client_call_details, None), request)

    def _details(self, details: grpc.ClientCallDetails, default: float | None) -> Details:
        """Return the details with a deadline, the request id and our name."""
        added: list[tuple[str, str | bytes]] = [(SERVICE_HEADER, self._caller)]
        limits = [details.timeout if details.timeout is not None else default]
        call = current_call()
        if call is not None:
            added.append((REQUEST_ID_HEADER, call.request_id))
            limits.append(call.time_remaining())
        timeout = min((limit for limit in limits if limit is not None and limit < LONGEST_SECONDS), default=None)
        metadata = (*(details.metadata or ()), *added)
        return Details(
            details.method, timeout, metadata, details.credentials, details.wait_for_ready, details.compression
        )


def channel(target: str, service: str, *others: str, caller: str) -> grpc.Channel:
    """Return a channel to one service, or several of one process, for their generated stubs.

    Shape: the target names one address or several, as ipv4:127.0.0.1:1,127.0.0.1:2, which take turns.
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
    return grpc.intercept_channel(inner, Outgoing(caller))


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
