"""Floods at the door: whoever asks too much is refused before anything looks at the request."""

import time
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status

from tests.e2e.gateway.doors import Door, envoy
from tests.integration.gateway.behind import Behind, bearer, knows_keys, reason, targets

READ = "/api/v1/form4/AAPL"
SUMMARY = "/sectracker.form4.v1.Form4Service/GetSummary"
PER_SECOND = 20


@pytest.fixture(scope="module")
def guarded(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Yield a door that lets little in; who asks, says the last entry of X-Forwarded-For."""
    settings = {"flood_per_second": PER_SECOND, "trusted_hops": 1, "cors_origins": ("https://app.example.com",)}
    with envoy(tmp_path_factory.mktemp("guarded"), targets(behind), **settings) as made:
        knows_keys(made, behind)
        yield made


def answers(door: Door, address: str, path: str = READ, **headers: str) -> list[httpx.Response]:
    """Ask more often than one may, and return what comes back."""
    return [door.get(path, x_forwarded_for=address, **headers) for _ in range(3 * PER_SECOND)]


def flood(door: Door, address: str, path: str = READ, **headers: str) -> list[int]:
    """Ask more often than one may, and return the statuses."""
    return [answer.status_code for answer in answers(door, address, path, **headers)]


@pytest.mark.parametrize(
    ("path", "address"),
    [(READ, "198.51.100.1"), ("/api/v1/health", "198.51.100.2"), ("/.well-known/jwks.json", "198.51.100.3")],
)
def test_a_flood_is_refused(guarded: Door, behind: Behind, path: str, address: str) -> None:
    """Beyond the limit no service is asked, whatever is asked for."""
    before = len(behind.calls) + behind.fetches
    began = time.monotonic()
    statuses = flood(guarded, address, path)
    may = PER_SECOND * (1 + time.monotonic() - began)
    assert set(statuses) == {200, 429}
    assert PER_SECOND <= statuses.count(200) <= may + 1
    assert len(behind.calls) + behind.fetches - before <= may + 3  # the door's own questions for the keys


def test_a_flood_is_told_what_it_is(guarded: Door) -> None:
    """The refusal has the shape of all errors, says which limit it is, and when to come back."""
    page = {"origin": "https://app.example.com"}
    answer = next(one for one in answers(guarded, "198.51.100.4", **page) if one.status_code != 200)
    assert (answer.status_code, reason(answer)) == (429, "RATE_LIMITED")
    told = {detail["@type"].rpartition(".")[2]: detail for detail in answer.json()["details"]}
    assert told["ErrorInfo"]["metadata"] == {"limit": "flood"}
    assert told["RetryInfo"]["retry_delay"] == "1s"
    assert answer.headers.get_list("retry-after") == ["1"]
    assert answer.headers["access-control-allow-origin"] == page["origin"]
    assert not [name for name in answer.headers if name.startswith("x-envoy")]
    time.sleep(1)
    assert guarded.get(READ, x_forwarded_for="198.51.100.4").status_code == 200


def test_others_are_not_refused(guarded: Door) -> None:
    """Each address has its own count."""
    flood(guarded, "198.51.100.5")
    assert guarded.get(READ, x_forwarded_for="198.51.100.6").status_code == 200


def test_a_network_of_ipv6_is_one(guarded: Door) -> None:
    """Who has one address of IPv6 has all of its /64, and so one count; the next /64 is somebody else's."""
    statuses = [guarded.get(READ, x_forwarded_for=f"2001:db8:0:1::{one:x}").status_code for one in range(1, 60)]
    assert set(statuses) == {200, 429}
    assert guarded.get(READ, x_forwarded_for="2001:db8:0:2::1").status_code == 200


def test_a_forged_address_is_no_way_round(guarded: Door) -> None:
    """What a client writes before our proxy's entry makes no new count."""
    statuses = [
        guarded.get(READ, x_forwarded_for=f"10.0.0.{one}, 198.51.100.7").status_code for one in range(3 * PER_SECOND)
    ]
    assert 429 in statuses


def test_a_flood_of_grpc_is_refused(guarded: Door) -> None:
    """Native gRPC gets the status that clients do not repeat at once, with the limit and when to come back."""
    with guarded.channel() as channel:
        call: Any = channel.unary_unary(SUMMARY)
        calls = [call.future(b"", metadata=(("x-forwarded-for", "198.51.100.8"),)) for _ in range(3 * PER_SECOND)]
        told = {(one.code(), one.details()) for one in calls}
    assert told == {
        (grpc.StatusCode.OK, ""),
        (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "There are too many requests from this address; try again in a second.",
        ),
    }
    status, info, retry = (
        rpc_status.from_call(max(calls, key=lambda one: one.code().value[0])),
        ErrorInfo(),
        RetryInfo(),
    )
    assert status is not None
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(retry)
    assert (info.reason, dict(info.metadata), retry.retry_delay.seconds) == ("RATE_LIMITED", {"limit": "flood"}, 1)


def test_credentials_are_not_looked_at_in_a_flood(guarded: Door, behind: Behind) -> None:
    """The guard stands before what verifies tokens and asks auth about keys."""
    before = len(behind.checked)
    statuses = flood(guarded, "198.51.100.9", x_api_key="stk_wrong")
    assert set(statuses) == {401, 429}
    assert len(behind.checked) - before == statuses.count(401)
    assert 429 in flood(guarded, "198.51.100.9", authorization=bearer(behind.token(-60)))


def test_without_a_guard_nobody_is_refused(door: Door) -> None:
    """Zero is any number."""
    assert set(flood(door, "198.51.100.10")) == {200}
