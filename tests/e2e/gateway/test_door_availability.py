"""What clients notice when processes behind the door come, go, hang or have too much to do: as little as can be."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from gateway.drain import drain
from tests.e2e.gateway.doors import Door, Replica, envoy, replicas
from tests.e2e.gateway.load import load

PATH = "/api/v1/form4/AAPL"


@pytest.fixture(scope="module")
def pair(folder: Path) -> Iterator[list[Replica]]:
    """Yield two processes of form4 that drain as they do in production."""
    with replicas(folder, "form4", "form4", DRAIN_SECONDS="1.5") as made:
        yield made


@pytest.fixture(scope="module")
def paired_door(folder: Path, upstreams: dict[str, list[str]], pair: list[Replica]) -> Iterator[Door]:
    """Yield a door in front of the two."""
    with envoy(folder, {**upstreams, "form4": [replica.target for replica in pair]}, access_log="errors") as made:
        yield made


def test_restart_of_one_of_two_fails_no_request(paired_door: Door, pair: list[Replica]) -> None:
    """Under load one process is stopped and started again, then the other one killed; every request is answered."""
    with load(paired_door.url, PATH) as answers:
        for replica, how in zip(pair, (signal.SIGTERM, signal.SIGKILL), strict=True):
            time.sleep(0.5)
            replica.stop(how)
            time.sleep(0.5)
            replica.start()
            time.sleep(1)
    assert set(answers) == {"200"}
    assert answers["200"] > 500


def test_restart_of_the_only_process_is_told_as_such(folder: Path, upstreams: dict[str, list[str]]) -> None:
    """While a service has no process, clients are told to try again, and soon after its start they are served."""
    with replicas(folder, "form4") as (only,), envoy(folder, {**upstreams, "form4": [only.target]}) as door:
        only.stop()
        assert door.get(PATH).json()["details"][0]["reason"] == "UPSTREAM_UNAVAILABLE"
        only.start()
        ends = time.monotonic() + 3
        while door.get(PATH).status_code != 200:
            assert time.monotonic() < ends
            time.sleep(0.1)


def test_a_process_that_hangs_is_left_out(paired_door: Door, pair: list[Replica]) -> None:
    """A process that answers nothing any more gets nothing any more, within a second or so."""
    pair[0].send(signal.SIGSTOP)
    try:
        time.sleep(1.5)
        with load(paired_door.url, PATH) as answers:
            time.sleep(1)
        assert set(answers) == {"200"}
    finally:
        pair[0].send(signal.SIGCONT)


def test_too_many_calls_are_503(folder: Path, upstreams: dict[str, list[str]]) -> None:
    """More calls than a service may have at once are refused at the door, at once and with the right words."""
    with envoy(folder, upstreams, max_calls=3, call_seconds=1) as door, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: door.get(f"/api/v1/form4/HANG?count={n + 1}"), range(12)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["details"][0]["reason"] for answer in refused} == {"OVERLOADED"}
    assert len(refused) >= 9
    assert {answer.status_code for answer in answers} == {503, 504}


def test_too_many_calls_for_a_process_are_429(folder: Path, upstreams: dict[str, list[str]]) -> None:
    """A process that has too much to do refuses with a reason as well, although gRPC itself gives none."""
    with (
        replicas(folder, "form4", SERVER_MAX_CALLS="2") as (small,),
        envoy(folder, {**upstreams, "form4": [small.target]}, call_seconds=1) as door,
        ThreadPoolExecutor(6) as pool,
    ):
        answers = list(pool.map(lambda n: door.get(f"/api/v1/form4/HANG?count={n + 1}"), range(6)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.json()["details"][0]["reason"] for answer in refused} == {"OVERLOADED"}


def test_what_may_not_run_twice_is_not_sent_twice(door: Door) -> None:
    """A call that changes something is tried once; reads are tried again."""
    body = b'{"email": "away@example.com", "password": "x"}'
    first, second = (door.ask("POST", "/api/v1/auth/login", body).json()["message"] for _ in range(2))
    asked = [int("".join(filter(str.isdigit, message))) for message in (first, second)]
    assert asked[1] - asked[0] == 1


def test_drain_sends_clients_away_and_fails_none(folder: Path, upstreams: dict[str, list[str]]) -> None:
    """Before the door is stopped, its clients finish and are told to go."""
    with envoy(folder, upstreams) as door:
        with httpx.Client(base_url=door.url, verify=False) as client:  # noqa: S501 - there is no TLS
            assert client.get(PATH).status_code == 200
            waiting = threading.Thread(target=drain, args=(door.admin_port, 2.0))
            waiting.start()
            statuses = []
            while waiting.is_alive():
                try:
                    statuses.append(client.get(PATH).status_code)
                except httpx.ConnectError:
                    break
        waiting.join()
    assert set(statuses) == {200}
