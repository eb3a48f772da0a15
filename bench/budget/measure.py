"""Take grants from several processes for a while and judge when they came."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from services.filings.domain import Priority
from services.filings.edgar.budget import Budget
from services.filings.edgar.connection import connect_redis
from services.filings.edgar.errors import BudgetUnavailable
from services.filings.edgar.settings import EdgarSettings

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Worker:
    """Say what one process does: how many tasks of a class ask for grants, for how long."""

    redis_url: str
    rate: int
    seconds: float
    priority: Priority = Priority.USER
    tasks: int = 4


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold what came of it: grants, grants a second between the first and the last, most in any sliding second."""

    grants: int
    per_second: float
    most_in_a_second: int


def take_together(workers: Sequence[Worker]) -> list[list[int]]:
    """Run each worker in a process of its own, and return when each was granted, in microseconds of Redis' clock."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(workers), mp_context=context) as pool:
        return list(pool.map(take, workers))


def take(worker: Worker) -> list[int]:
    """Take grants in this process."""
    return asyncio.run(take_grants(worker))


async def take_grants(worker: Worker) -> list[int]:
    """Take grants with several tasks until the time is over; a Redis that is away for a while ends nothing."""
    settings = EdgarSettings(
        user_agent="", queue_redis_url=worker.redis_url, cache_redis_url=worker.redis_url, rate=worker.rate
    )
    taken: list[int] = []

    async def keep_taking(budget: Budget) -> None:
        """Take one grant after the other."""
        while True:
            try:
                taken.append((await budget.grant(worker.priority)).at)
            except BudgetUnavailable:
                continue

    async with connect_redis(worker.redis_url) as redis:
        budget = Budget(redis, settings)
        tasks = [asyncio.create_task(keep_taking(budget)) for _ in range(worker.tasks)]
        await asyncio.sleep(worker.seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return taken


def pace(grants: Sequence[int]) -> Pace:
    """Judge a series of grants; a second is a closed interval, so a grant exactly one second later counts too."""
    ordered = sorted(grants)
    most = first = 0
    for index, at in enumerate(ordered):
        while at - ordered[first] > MICROSECONDS:
            first += 1
        most = max(most, index - first + 1)
    span = (ordered[-1] - ordered[0]) / MICROSECONDS if len(ordered) > 1 else 0
    return Pace(len(ordered), (len(ordered) - 1) / span if span else 0.0, most)
