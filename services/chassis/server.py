"""Serve: calls, health, reflection and metrics, until SIGTERM; then drain, so that nobody notices."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from services.chassis import metrics
from services.chassis.cache import Answers
from services.chassis.config import ServiceSettings
from services.chassis.house import House
from services.chassis.interceptors import Calls
from services.chassis.introspection import Introspection, Reflection
from services.chassis.logs import get_logger
from services.chassis.loops import Loops, termination
from services.chassis.methods import bind

MAX_METADATA_BYTES = 16 * 1024  # gRPC's own soft limit of 8 KiB refuses at random above it

log = get_logger(__name__)


class Server:
    """Serve servicers by the names of their services, and by further names that others know a contract by (`aliases`).

    Shape: aliases are keyed by the other name; the value is the service's own.
    Raises: ValueError for a contract that cannot be served.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        services: Mapping[str, object],
        house: House,
        reflection: Reflection | None = None,
        *,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = settings
        self.house = house
        self.names = list(services)
        self.port = settings.listen_port
        self.loops = Loops()
        self.answers = Answers()
        self.introspection = Introspection(services, reflection)
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="call")
        self._grpc = grpc.server(
            self._threads,
            interceptors=[Calls()],
            maximum_concurrent_rpcs=settings.max_concurrent_calls,
            options=options(settings),
        )
        for name, servicer in services.items():
            others = [other for other, own in (aliases or {}).items() if own == name]
            self._grpc.add_generic_rpc_handlers(bind(name, servicer, self.answers, house, *others))
        self._grpc.add_generic_rpc_handlers(self.introspection.handlers())

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
        self.house.join(self.loops)
        self.introspection.serving()
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
        self.introspection.draining()
        time.sleep(self.settings.drain_seconds)
        self.introspection.stopping()
        self._grpc.stop(self.settings.stop_seconds).wait()
        self.loops.stop()
        self._metrics()
        self.introspection.close()
        self._threads.shutdown(wait=False)
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
