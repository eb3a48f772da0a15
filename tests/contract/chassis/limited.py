"""Serve the trial service with limits, in this process and in others."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import grpc
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status

from services.chassis.config import LimitSettings
from services.chassis.house import House
from services.chassis.identity import CLIENT_HEADER
from services.chassis.limits import Limiter
from tests.contract.chassis.trial import Client, Refusal, Request, Servicer, connected, refusal_of, serving
from tests.support.identity import ISSUER

START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answered:
    """What a call brought: its headers, and its refusal if it was refused."""

    headers: dict[str, str]
    refusal: Refusal | None
    retry_after: float | None = None

    @property
    def limit(self) -> str | None:
        """Return the name of the limit that refused, None when nothing refused."""
        return None if self.refusal is None else str(self.refusal.info.metadata["limit"])

    def told(self) -> list[int]:
        """Return what the headers tell: how many, how many are left, seconds."""
        return [int(self.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")]


def house(url: str, **limits: str) -> House:
    """Return a house with limits, each by its variable's name."""
    settings = LimitSettings.model_validate({"QUEUE_REDIS_URL": url} | limits)
    return replace(ISSUER.house("trial"), limiter=Limiter.of(settings))


@contextmanager
def limited(url: str, servicer: Servicer | None = None, **limits: str) -> Iterator[Client]:
    """Serve with limits in this process, and yield a client."""
    with serving(servicer or Servicer(), house(url, **limits)) as server, connected(server) as client:
        yield client


@contextmanager
def processes(count: int, url: str, **limits: str) -> Iterator[list[Client]]:
    """Serve in so many processes that share one Redis, and yield a client of each."""
    with ExitStack() as stack:
        yield [stack.enter_context(process(url, limits)) for _ in range(count)]


@contextmanager
def process(url: str, limits: dict[str, str]) -> Iterator[Client]:
    """Serve in a process of its own, until the block ends."""
    ours, its = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(its, url, limits), daemon=True)
    child.start()
    its.close()
    assert ours.poll(START_SECONDS)
    with ours, grpc.insecure_channel(f"127.0.0.1:{ours.recv()}") as channel:
        yield Client(channel)
    child.join(START_SECONDS)


def serve(pipe: Connection, url: str, limits: dict[str, str]) -> None:
    """Tell the port, and serve until the other end is closed."""
    with serving(Servicer(), house(url, **limits)) as server:
        pipe.send(server.port)
        pipe.poll(None)


def ask(client: Client, name: str = "Echo", address: str = "192.0.2.1", token: str = "") -> Answered:
    """Call an RPC from an address, as the user of a token if there is one."""
    metadata = [(CLIENT_HEADER, address)] + ([("authorization", f"Bearer {token}")] if token else [])
    method: Any = client.channel.unary_unary(
        f"/trial.v1.TrialService/{name}", lambda message: message.SerializeToString(), bytes
    )
    try:
        _answer, call = method.with_call(Request(word="a"), metadata=metadata, timeout=10)
    except grpc.RpcError as error:
        return Answered(each_once(error.initial_metadata()), refusal_of(error), retry_delay(error))  # type: ignore[attr-defined]
    return Answered(each_once(call.initial_metadata()), None)


def each_once(metadata: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return headers by their names, none of which comes twice."""
    headers = dict(metadata)
    assert len(headers) == len(metadata), metadata
    return headers


def retry_delay(error: grpc.RpcError) -> float | None:
    """Return when RetryInfo says to come back. Unit: seconds."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    for detail in status.details:
        told = RetryInfo()
        if detail.Unpack(told):
            return float(told.retry_delay.ToTimedelta().total_seconds())
    return None


def granted(answers: Sequence[Answered]) -> int:
    """Return how many calls were answered; all others were refused for being too many."""
    refused = [answer.refusal for answer in answers if answer.refusal is not None]
    assert {refusal.code for refusal in refused} <= {grpc.StatusCode.RESOURCE_EXHAUSTED}, refused
    return len(answers) - len(refused)
