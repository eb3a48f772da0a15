"""`GET /api/v1/health`: what it says when parts are away, and that it never waits for them long."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from redis import Redis
from sectracker.gateway.v1.health_service_pb2 import CheckRequest, CheckResponse, Part, SecApi
from sectracker.gateway.v1.health_service_pb2_grpc import HealthServiceStub

from tests.e2e.gateway.doors import Door, Replica, door_server, envoy, replicas
from tests.support.keyvalue import KeyValue, throwaway_valkey

LAST = "sectracker:edgar:last"
SERVICES = ("auth", "filings", "form4", "watchlist")
NO_REDIS = "redis://127.0.0.1:9/0"


class House:
    """A door with stand-ins of its own, which tests may stop."""

    def __init__(self, door: Door, replicas: dict[str, list[Replica]], queue: Redis) -> None:
        self.door, self.queue, self.form4 = door, queue, replicas["form4"]
        (self.auth,), (self.filings,) = replicas["auth"], replicas["filings"]
        self.targets = targets(replicas)

    def health(self) -> dict[str, object]:
        """Return a new answer: the last one is kept for a second."""
        time.sleep(1.05)
        answer = self.door.get("/api/v1/health")
        assert answer.status_code == 200
        told: dict[str, object] = answer.json()
        return told


def targets(replicas: dict[str, list[Replica]]) -> dict[str, list[str]]:
    """Return where each service's replicas listen."""
    return {name: [replica.target for replica in made] for name, made in replicas.items()}


@pytest.fixture(scope="module")
def keys() -> Iterator[KeyValue]:
    """Yield a Valkey that nobody else uses."""
    with throwaway_valkey() as made:
        yield made


@pytest.fixture(scope="module")
def house(folder: Path, keys: KeyValue) -> Iterator[House]:
    """Yield a house in which all is well."""
    with ExitStack() as stack:
        *single, spare = stack.enter_context(replicas(folder, *SERVICES, "form4"))
        made = {name: [replica] for name, replica in zip(SERVICES, single, strict=True)}
        made["form4"].append(spare)
        gateway = stack.enter_context(door_server(folder, targets(made), keys.cache_url, keys.queue_url))
        door = stack.enter_context(envoy(folder, {**targets(made), "gateway": [gateway]}))
        queue = stack.enter_context(Redis.from_url(keys.queue_url))
        yield House(door, made, queue)


def test_all_is_well(house: House) -> None:
    """Every part is named, and the whole is healthy."""
    told = house.health()
    assert told == {
        "status": "healthy",
        "version": told["version"],
        "database": "connected",
        "cache": "connected",
        "sec_api": "unknown",
        "services": dict.fromkeys(SERVICES, "connected"),
    }


def test_answer_is_kept_for_a_second(house: House) -> None:
    """Many questions are one question to the parts."""

    def asked() -> int:
        return house.filings.log.read_text().count("CompanyService/Get")

    house.health()
    before, began = asked(), time.monotonic()
    for _ in range(50):
        house.door.get("/api/v1/health")
    assert asked() - before <= 1 + (time.monotonic() - began)


@pytest.mark.parametrize(
    ("state", "until", "sec_api", "status"),
    [
        ("reachable", "", "reachable", "healthy"),
        ("unknown", "", "unknown", "healthy"),
        ("throttled", "in a minute", "throttled", "degraded"),
        ("throttled", "a minute ago", "unknown", "healthy"),
        ("throttled", "nonsense", "unknown", "healthy"),
    ],
)
def test_the_sec_is_what_the_last_request_saw(house: House, state: str, until: str, sec_api: str, status: str) -> None:
    """What filings noted is told; a pause that is over tells nothing any more."""
    minutes = {"in a minute": 1, "a minute ago": -1}.get(until)
    moment = until if minutes is None else (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    house.queue.hset(LAST, mapping={"state": state, "until": moment, "at": datetime.now(UTC).isoformat()})
    told = house.health()
    house.queue.delete(LAST)
    assert (told["sec_api"], told["status"]) == (sec_api, status)


def test_one_of_two_processes_is_enough(house: House) -> None:
    """A service is connected while any of its processes serves, also when another one hangs."""
    house.form4[0].send(signal.SIGSTOP)
    try:
        told = house.health()
        assert told["services"] == dict.fromkeys(SERVICES, "connected")
        assert (told["database"], told["status"]) == ("connected", "healthy")
    finally:
        house.form4[0].send(signal.SIGCONT)


def test_a_service_that_is_away_is_unhealthy(house: House) -> None:
    """Without a service some reads do not work; the other parts are told as they are."""
    house.filings.stop()
    try:
        told = house.health()
    finally:
        house.filings.start()
    assert told["services"] == {**dict.fromkeys(SERVICES, "connected"), "filings": "disconnected"}
    assert (told["database"], told["status"]) == ("connected", "unhealthy")
    ends = time.monotonic() + 5
    while house.health()["status"] != "healthy":
        assert time.monotonic() < ends


def test_without_auth_public_reads_go_on(house: House) -> None:
    """Accounts are something else than what anybody may read."""
    house.auth.stop()
    try:
        told = house.health()
    finally:
        house.auth.start()
    assert told["services"] == {**dict.fromkeys(SERVICES, "connected"), "auth": "disconnected"}
    assert told["status"] == "degraded"


def test_without_a_token_the_database_is_judged_by_what_anybody_may_read(
    house: House, folder: Path, keys: KeyValue
) -> None:
    """A door that starts while auth is away cannot ask form4, and does not call the database disconnected for that."""
    others = {name: targets for name, targets in house.targets.items() if name != "auth"}
    with door_server(folder, others, keys.cache_url, keys.queue_url) as address:
        told = summary(address)
    assert told.services["auth"] == Part.State.disconnected
    assert told.database == Part.State.connected
    assert told.status == CheckResponse.Status.degraded


def test_a_service_that_hangs_delays_nobody(house: House) -> None:
    """A service that answers nothing costs the answer less than a second."""
    house.filings.send(signal.SIGSTOP)
    try:
        time.sleep(1.05)
        began = time.monotonic()
        told = house.door.get("/api/v1/health").json()
        assert time.monotonic() - began < 1
        assert told["services"]["filings"] == "disconnected"
    finally:
        house.filings.send(signal.SIGCONT)


def summary(address: str) -> CheckResponse:
    """Return what a door's own server says."""
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        return HealthServiceStub(channel).Check(CheckRequest(), timeout=5)


def test_without_redis_reads_go_on(house: House, folder: Path) -> None:
    """Without cache and queue the whole is degraded, because reads need neither."""
    with door_server(folder, house.targets, NO_REDIS, NO_REDIS) as address:
        told = summary(address)
    assert told.cache == Part.State.disconnected
    assert told.sec_api == SecApi.State.unknown
    assert told.status == CheckResponse.Status.degraded


def test_without_a_database_nothing_is_well(house: House, folder: Path, keys: KeyValue) -> None:
    """Services that serve and cannot read mean that the database is away."""
    with (
        replicas(folder, "filings", STANDIN_DATABASE="away") as (filings,),
        door_server(folder, {**house.targets, "filings": [filings.target]}, keys.cache_url, keys.queue_url) as address,
    ):
        told = summary(address)
    assert dict(told.services) == dict.fromkeys(SERVICES, Part.State.connected)
    assert told.database == Part.State.disconnected
    assert told.status == CheckResponse.Status.unhealthy
