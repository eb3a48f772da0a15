"""Answer grpc.health.v1.Health: whether the process and each of its services serves.

grpcio's own servicer tells its watchers while it holds the lock that a leaving watcher needs: a client that went away
while a server drained stopped that server for good. Here nothing is sent under the lock.
"""

import threading
from collections.abc import Callable, Iterable

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

NAME = "grpc.health.v1.Health"

Send = Callable[[HealthCheckResponse | None], None]


class Health:
    """Know what serves, and tell those who ask and those who watch."""

    def __init__(self, services: Iterable[str]) -> None:
        self._statuses: dict[str, int] = dict.fromkeys(["", *services], HealthCheckResponse.NOT_SERVING)
        self._watchers: dict[Send, str] = {}
        self._is_over = False
        self._lock = threading.Lock()

    def check(self, request: HealthCheckRequest, context: grpc.ServicerContext) -> HealthCheckResponse:
        """Return the state of one service, or of the process."""
        if request.service not in self._statuses:
            context.abort(grpc.StatusCode.NOT_FOUND, "This process has no such service.")
        return HealthCheckResponse(status=self._status(request.service))

    def watch(self, request: HealthCheckRequest, context: grpc.ServicerContext, send: Send) -> None:
        """Send the state of a service, now and when it changes; gRPC's non-blocking form, which holds no thread."""
        sent = None
        while True:
            with self._lock:
                status = self._status(request.service)
                if status == sent:  # it has not changed while it was sent
                    self._watchers[send] = request.service
                    break
            send(HealthCheckResponse(status=status))
            sent = status
        if not context.add_callback(lambda: self._left(send)):  # it has left already
            self._left(send)
        if self._is_over:
            self.end()

    def set_all(self, status: int) -> None:
        """Change the state of all services, and tell who watches."""
        with self._lock:
            self._statuses = dict.fromkeys(self._statuses, status)
            watchers = [send for send, service in self._watchers.items() if service in self._statuses]
        for send in watchers:
            send(HealthCheckResponse(status=status))

    def end(self) -> None:
        """End the calls of all who watch, from now on; a server that stops would wait for them."""
        with self._lock:
            self._is_over = True
            watchers, self._watchers = self._watchers, {}
        for send in watchers:
            send(None)

    def _status(self, service: str) -> int:
        """Return the state of a service, also of one that is not here."""
        return self._statuses.get(service, HealthCheckResponse.SERVICE_UNKNOWN)

    def _left(self, send: Send) -> None:
        """Forget a watcher that has gone."""
        with self._lock:
            self._watchers.pop(send, None)
