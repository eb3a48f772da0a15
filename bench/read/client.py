"""Put load on one port from one process, and print what it saw: a line when warm, then a line of JSON.

Standard input has the order as JSON. A process of its own, so that its work is nobody else's; its cost per request is
reported with the rest.
"""

import json
import random
import resource
import select
import statistics
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, cycle
from operator import length_hint
from time import perf_counter

from bench.read.asks import SCENARIOS, SERVICE
from bench.read.market import tickers
from bench.read.wire import Connection, Grpc, Http1

PREPARED = 30_000
"""Requests that are made ahead; then they come again, which takes longer than any lifetime."""
STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Order:
    """What to do.

    Shape: each `draw` is another sequence of requests; `asks_all` has every request that comes again asked before,
    as in a process that has been running for a while; twice, because two workers may keep answers each for itself;
    `header` goes with every request of REST.
    """

    protocol: str
    port: int
    scenario: str
    connections: int
    warm_seconds: float
    seconds: float
    draw: str
    asks_all: bool
    header: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen.

    Unit: milliseconds; `cpu` and `seconds` are seconds.
    """

    answers: int
    seconds: float
    p50: float
    p99: float
    cpu: float


def main() -> None:
    """Carry out one order."""
    order = Order(**json.load(sys.stdin))
    scenario = next(one for one in SCENARIOS if one.name == order.scenario)
    dice = random.Random(f"{order.draw} {order.scenario}")
    asks = scenario.make(dice, tickers(), PREPARED)
    is_rest = order.protocol == "rest"
    requests = deque(ask.path if is_rest else ask.message for ask in asks)
    made: list[Connection] = [
        Http1(order.port, order.header) if is_rest else Grpc(order.port, SERVICE + scenario.method)
        for _ in range(order.connections)
    ]
    print(json.dumps(asdict(run(order, made, requests))), flush=True)


def run(order: Order, connections: list[Connection], requests: deque[bytes]) -> Seen:
    """Keep every connection busy for the time that was ordered."""
    again = list(dict.fromkeys(requests))
    first = iter(again * 2 if order.asks_all and len(again) < len(requests) else ())
    supply = chain(first, cycle(requests))
    poll = select.epoll()
    by_number = {connection.socket.fileno(): connection for connection in connections}
    asked: dict[int, float] = {}
    for number, connection in by_number.items():
        poll.register(number, select.EPOLLIN)
        connection.ask(next(supply))
        asked[number] = perf_counter()
    while length_hint(first):
        drive(poll, by_number, asked, supply, perf_counter() + STEP_SECONDS)
    drive(poll, by_number, asked, supply, perf_counter() + order.warm_seconds)
    print("warm", flush=True)
    began, cpu = perf_counter(), own_cpu()
    took = drive(poll, by_number, asked, supply, began + order.seconds)
    seconds = perf_counter() - began
    percentiles = statistics.quantiles(took, n=100)
    return Seen(len(took), seconds, percentiles[49] * 1000, percentiles[98] * 1000, own_cpu() - cpu)


def drive(
    poll: select.epoll,
    connections: dict[int, Connection],
    asked: dict[int, float],
    supply: Iterator[bytes],
    until: float,
) -> list[float]:
    """Ask again wherever an answer is whole, until a time; return how long each answer took, in seconds."""
    took: list[float] = []
    now = perf_counter()
    while now < until:
        for number, _ in poll.poll(1.0):
            connection = connections[number]
            if connection.take():
                now = perf_counter()
                took.append(now - asked[number])
                connection.ask(next(supply))
                asked[number] = now
        now = perf_counter()
    return took


def own_cpu() -> float:
    """Return the processor time that this process has taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
