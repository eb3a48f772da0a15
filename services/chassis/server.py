"""Serve: calls, health, reflection and metrics, until SIGTERM; then drain, so that nobody notices."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_health.v1.health import HealthServicer
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import ReflectionServicer

from services.chassis import metrics
from services.chassis.cache import Answers
from services.chassis.config import ServiceSettings
from services.chassis.identity import Authenticator, LoopbackServices
from services.chassis.interceptors import Calls
from services.chassis.logs import get_logger
from services.chassis.loops import Loops, termination
from services.chassis.methods import bind

# v1 is v1alpha under another name; clients of 2023 and later ask for it first.
REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
MAX_METADATA_BYTES = 16 * 1024  # gRPC's own soft limit of 8 KiB refuses at random above it

log = get_logger(__name__)


class Health(HealthServicer):
    """Answer health checks in a thread of their own: a process whose threads wait for SQL is busy, not ill."""

    def __init__(self) -> None:
        super().__init__()
        type(self).Check.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]

    def Check(  # noqa: N802 - the contract's name
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """Return the state of one service, or of the process."""
        return super().Check(request, context)


class Server:
    """Serve servicers by the names of their services.

    Raises: ValueError for a contract that cannot be served.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        services: Mapping[str, object],
        authenticator: Authenticator | None = None,
    ) -> None:
        self.settings = settings
        self.names = list(services)
        self.port = settings.listen_port
        self.loops = Loops()
        self.answers = Answers()
        self.health = Health()
        self._grpc = grpc.server(
            ThreadPoolExecutor(settings.threads, thread_name_prefix="call"),
            interceptors=[Calls(authenticator or LoopbackServices())],
            maximum_concurrent_rpcs=settings.max_concurrent_calls,
            options=options(settings),
        )
        for name, servicer in services.items():
            self._grpc.add_generic_rpc_handlers(bind(name, servicer, self.answers))
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._grpc)
        self._grpc.add_generic_rpc_handlers(reflection([*self.names, HEALTH]))

    def start(self) -> None:
        """Take the port and serve.

        Raises: SystemExit with a sentence when the port cannot be taken.
        """
        address = f"{self.settings.listen_host}:{self.settings.listen_port}"
        try:
            self.port = self._grpc.add_insecure_port(address)
        except RuntimeError:
            raise SystemExit(
                f"Cannot listen on {address}: is another process there? (LISTEN_HOST, LISTEN_PORT)"
            ) from None
        self._metrics = metrics.serve(self.settings)
        self._grpc.start()
        for name in self.names:
            self.health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.loops.start()
        log.info("serving", services=self.names, address=f"{self.settings.listen_host}:{self.port}")

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain and return."""
        told = termination()
        self.start()
        told.wait()
        self.stop()

    def stop(self) -> None:
        """Say NOT_SERVING, wait until the callers' health checks have seen it, let running calls end, stop."""
        log.info("draining", seconds=self.settings.drain_seconds)
        self.health.enter_graceful_shutdown()
        time.sleep(self.settings.drain_seconds)
        self._grpc.stop(self.settings.stop_seconds).wait()
        self.loops.stop()
        self._metrics()
        log.info("stopped")


def options(settings: ServiceSettings) -> list[tuple[str, Any]]:
    """Return gRPC's own settings."""
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.so_reuseport", 0),  # with it a second process takes the same port and half of the calls, silently
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]


def reflection(names: list[str]) -> list[grpc.GenericRpcHandler]:
    """Return the handlers of both reflection services, in a thread of their own: each open stream holds one."""
    servicer = ReflectionServicer(names)

    def describe(requests: Any, context: grpc.ServicerContext) -> Any:
        return servicer.ServerReflectionInfo(requests, context)

    describe.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]
    handler = grpc.stream_stream_rpc_method_handler(
        describe,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in REFLECTIONS]
