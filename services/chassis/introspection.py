"""Answer what is asked of a process rather than of its services: health and reflection.

Each has threads of its own. A process whose threads all wait for SQL is busy, not ill, and must not be taken out for
it; and an open reflection stream holds its thread for as long as its client likes.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import ReflectionServicer

from services.chassis import health

# v1 is v1alpha under another name; clients of 2023 and later ask for it first.
REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")


@dataclass(frozen=True, slots=True)
class Reflection:
    """Say what describes the contract of a process, and how many streams of questions it answers at a time."""

    servicer: ReflectionServicer
    streams: int = 1


class Introspection:
    """Serve health and reflection for the services of a process; reflection describes them, unless told otherwise."""

    def __init__(self, services: Iterable[str], reflection: Reflection | None = None) -> None:
        names = list(services)
        described = reflection or Reflection(ReflectionServicer([*names, health.NAME]))
        self.health = health.Health(names)
        self._reflection = described.servicer
        self._pools = [
            ThreadPoolExecutor(threads, thread_name_prefix=name)
            for name, threads in {"health": 1, "reflection": described.streams}.items()
        ]

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Return the handlers of the standard services."""
        for_health, for_reflection = self._pools
        check = grpc.unary_unary_rpc_method_handler(
            apart(self.health.check, for_health), HealthCheckRequest.FromString, HealthCheckResponse.SerializeToString
        )
        watch = grpc.unary_stream_rpc_method_handler(
            apart(self.health.watch, for_health, non_blocking=True),
            HealthCheckRequest.FromString,
            HealthCheckResponse.SerializeToString,
        )
        describe = grpc.stream_stream_rpc_method_handler(
            apart(self._reflection.ServerReflectionInfo, for_reflection),
            reflection_pb2.ServerReflectionRequest.FromString,
            reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        return [
            grpc.method_handlers_generic_handler(health.NAME, {"Check": check, "Watch": watch}),
            *(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": describe}) for name in REFLECTIONS),
        ]

    def serving(self) -> None:
        """Say from now on that every service serves."""
        self.health.set_all(HealthCheckResponse.SERVING)

    def draining(self) -> None:
        """Say from now on that none does."""
        self.health.set_all(HealthCheckResponse.NOT_SERVING)

    def stopping(self) -> None:
        """End the calls that would last as long as their clients."""
        self.health.end()

    def close(self) -> None:
        """Give the threads back, when no call can come any more: gRPC's own thread dies of one that finds none."""
        for pool in self._pools:
            pool.shutdown(wait=False)


def apart(function: Callable[..., Any], pool: ThreadPoolExecutor, *, non_blocking: bool = False) -> Callable[..., Any]:
    """Return a function that gRPC runs in a pool of its own; marks on the servicer's method would hold for all servers.

    Non-blocking is a watcher that holds no thread between two messages.
    """

    def run(*arguments: Any) -> Any:
        return function(*arguments)

    run.experimental_thread_pool = pool  # type: ignore[attr-defined]
    run.experimental_non_blocking = non_blocking  # type: ignore[attr-defined]
    return run
