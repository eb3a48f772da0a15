# ruff: noqa: ARG002 - Dramatiq hands every signal broker and worker
"""Open the doors through which messages come in: ids in, nothing out."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from services.filings.domain import Priority
from services.filings.edgar.client import EdgarClient
from services.filings.messages import ACTOR, QUEUES
from services.filings.refresh import AT_ONCE, Refresher


class OpenEdgar(Middleware):
    """Open a worker's one EDGAR client in the event loop that uses it, and close it there."""

    def __init__(self, client: EdgarClient) -> None:
        self.client = client

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Open the client, and give the loop threads enough for all that its jobs wait for."""
        run(self.open(worker.worker_threads))

    async def open(self, jobs_at_once: int) -> None:
        """Do so in the event loop."""
        calls = jobs_at_once * (AT_ONCE + 1)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(calls, thread_name_prefix="step"))
        await self.client.__aenter__()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Close the client."""
        run(self.client.__aexit__())


def run(work: Coroutine[Any, Any, object]) -> None:
    """Do something in the worker's event loop."""
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("The worker has no event loop: the broker lacks the middleware AsyncIO.")
    thread.run_coroutine(work)


def declare(broker: dramatiq.Broker, refresher: Refresher) -> None:
    """Declare an actor for each queue; both do the same work."""

    async def run_job(job_id: str) -> None:
        """Do a chunk of a job."""
        await refresher.run(UUID(job_id))

    for priority, queue in QUEUES.items():
        # Where one worker does both, users' jobs go first.
        place = 0 if priority is Priority.USER else 10
        dramatiq.actor(broker=broker, actor_name=f"{ACTOR}_{priority}", queue_name=queue, priority=place)(run_job)
    broker.add_middleware(OpenEdgar(refresher.taker.edgar))
