# ruff: noqa: ARG002 - Dramatiq calls middleware with arguments that not every one needs
"""Hand work to other processes by Dramatiq on Redis.

Jobs are rows first: a message only says "look at this row now". So nothing is retried here (a sweeper sends again what
no worker holds), an actor may run twice, and SIGTERM interrupts it.

Shape: actors are declared with `@dramatiq.actor(queue_name=…, priority=…)` in a module that is imported after
`new_broker`, which makes its broker Dramatiq's own. A lower priority number goes first.
"""

import threading
from time import perf_counter
from typing import Any, Protocol

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware, ShutdownNotifications, TimeLimit

from services.chassis import metrics
from services.chassis.config import ProcessSettings
from services.chassis.logs import get_logger
from services.chassis.loops import termination
from services.chassis.metrics import MESSAGE_SECONDS, MESSAGES

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10
DEAD_MESSAGE_MS = 24 * 3600 * 1000  # what a worker could not even read, kept a day for whoever looks
TIME_LIMIT_MS = 10 * 60 * 1000  # of one message; longer jobs come in chunks

log = get_logger(__name__)


class Queued(Protocol):
    """The part of the settings that concerns the queue."""

    @property
    def queue_redis_url(self) -> str:
        """Where the queue is."""


class Measured(Middleware):
    """Count messages and their time by actor."""

    def __init__(self) -> None:
        self._started = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Note when a worker's thread began."""
        self._started.at = perf_counter()

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Count the message as done or failed."""
        MESSAGES.labels(message.actor_name, "done" if exception is None else "failed").inc()
        MESSAGE_SECONDS.labels(message.actor_name).observe(perf_counter() - self._started.at)


def new_broker(settings: Queued, namespace: str) -> RedisBroker:
    """Return a broker for one service's queues, and make it the one that `@dramatiq.actor` uses."""
    client = redis.Redis.from_url(
        settings.queue_redis_url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS
    )
    made = RedisBroker(  # type: ignore[no-untyped-call]
        client=client,
        namespace=namespace,
        dead_message_ttl=DEAD_MESSAGE_MS,
        middleware=[
            Measured(),
            TimeLimit(time_limit=TIME_LIMIT_MS),
            ShutdownNotifications(notify_shutdown=True),
            AsyncIO(),
        ],
    )
    dramatiq.set_broker(made)
    return made


def run_worker(
    settings: ProcessSettings,
    broker: dramatiq.Broker,
    threads: int,
    queues: set[str] | None = None,
) -> None:
    """Work on the queues (all of them, if none are named) until SIGTERM."""
    told = termination()
    end_metrics = metrics.serve(settings)
    worker = dramatiq.Worker(broker, queues=queues, worker_threads=threads)
    worker.queue_prefetch = threads  # not twice as many: what waits here, no other worker can start
    worker.start()
    log.info("working", queues=sorted(queues or broker.get_declared_queues()), threads=threads)
    told.wait()
    log.info("draining", seconds=settings.stop_seconds)
    worker.stop(timeout=round(settings.stop_seconds * 1000))
    broker.close()
    end_metrics()
    log.info("stopped")
