"""Processes of form4 are stopped and killed under load: no client notices."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import httpx
import pytest
from sectracker.form4.v1.form4_service_pb2 import GetMarketActivityRequest
from sectracker.form4.v1.form4_service_pb2_grpc import Form4ServiceStub

from tests.e2e.stack.asking import ANSWER_SECONDS, channel, until
from tests.support.stack import Running

REST_CLIENTS, GRPC_CLIENTS = 6, 2
PAUSE_SECONDS = 0.02  # between a client's questions: the restarted process needs some of the machine to get started

Ask = Callable[[int], str]


@contextmanager
def load(stack: Running) -> Iterator[Counter[str]]:
    """Ask by REST and gRPC until the end of the block, and count the answers by what they are."""
    answers: Counter[str] = Counter()
    stopped = threading.Event()

    def keep_asking(ask: Ask) -> None:
        number = 0
        while not stopped.wait(PAUSE_SECONDS):
            number += 1
            answers[ask(number)] += 1

    with (
        httpx.Client(base_url=stack.url, timeout=ANSWER_SECONDS, trust_env=False) as client,
        channel(stack) as open_channel,
        ThreadPoolExecutor(REST_CLIENTS + GRPC_CLIENTS) as pool,
    ):
        for ask in [by_rest(client)] * REST_CLIENTS + [by_grpc(open_channel)] * GRPC_CLIENTS:
            pool.submit(keep_asking, ask)
        try:
            yield answers
        finally:
            stopped.set()


def by_rest(client: httpx.Client) -> Ask:
    """Return what asks REST, each time for another page size, so that no answer is kept for long."""

    def ask(number: int) -> str:
        try:
            answer = client.get("/api/v1/form4/latest", params={"count": number % 200 + 1})
        except httpx.HTTPError as error:
            return repr(error)
        return "OK" if answer.status_code == httpx.codes.OK else answer.text

    return ask


def by_grpc(open_channel: grpc.Channel) -> Ask:
    """Return what asks native gRPC the same."""
    form4 = Form4ServiceStub(open_channel)

    def ask(number: int) -> str:
        try:
            form4.GetMarketActivity(GetMarketActivityRequest(count=number % 200 + 1), timeout=ANSWER_SECONDS)
        except grpc.RpcError as error:
            return str(error)
        return "OK"

    return ask


@pytest.mark.parametrize(
    ("name", "how"), [("form4-1", signal.SIGTERM), ("form4-2", signal.SIGKILL)], ids=["stopped", "killed"]
)
def test_restart_of_one_of_two_fails_no_request(running_stack: Running, name: str, how: signal.Signals) -> None:
    """One of two processes goes under the load of eight clients and comes back; every question is answered well."""
    before = running_stack.process(name)
    assert before.pid is not None
    with load(running_stack) as answers:
        until(lambda: answers.total() > 100)
        os.kill(before.pid, how)
        until(lambda: is_back(running_stack, name, before.restarts))
        time.sleep(1)  # long enough for the door to see that it is back, and to send it some of the load
    assert set(answers) == {"OK"}
    assert answers["OK"] > 300


def is_back(stack: Running, name: str, restarts: int) -> bool:
    """Say whether a process was started again and serves."""
    now = stack.process(name)
    return now.restarts == restarts + 1 and now.state == "ready"
