"""While auth is away: keys are refused as unavailable, everybody else goes on, and the door finds it again."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from gateway.identity import KEYS_SECONDS
from tests.e2e.gateway.doors import Door, envoy
from tests.integration.gateway.behind import (
    GOOD_KEY,
    LIST,
    WATCHLIST,
    Behind,
    bearer,
    knows_keys,
    reason,
    refused,
    serving,
    status,
    targets,
)

READ = "/api/v1/form4/AAPL"
LOGIN = "/api/v1/auth/login"


@pytest.fixture
def apart(behind: Behind, tmp_path: Path) -> Iterator[tuple[Door, Behind]]:
    """Yield a door before services that are there, and an auth that has not been started."""
    auth = Behind()
    with envoy(tmp_path, {**targets(behind), "auth": [auth.target]}) as made:
        yield made, auth


def test_a_door_that_was_there_before_auth(apart: tuple[Door, Behind]) -> None:
    """Until it has seen auth's keys it calls no token wrong; then it recovers within two seconds."""
    door, auth = apart
    time.sleep(1.5)
    for _ in range(3):
        answer = door.get(WATCHLIST, authorization=bearer(auth.token()))
        assert (answer.status_code, reason(answer)) == (503, "UPSTREAM_UNAVAILABLE")
        assert "www-authenticate" not in answer.headers
    assert refused(door, LIST, ("authorization", bearer(auth.token())))[0] is grpc.StatusCode.UNAVAILABLE
    assert door.get(READ).status_code == 200
    with serving(auth):
        assert knows_keys(door, auth) < 2.0


def fetches_beside_requests(auth: Behind) -> None:
    """Wait until the keys were fetched by the clock: those that one request has fetched are not kept."""
    before, ends = auth.fetches, time.monotonic() + 5
    while auth.fetches == before:
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_old_keys_go_on_while_auth_is_away(apart: tuple[Door, Behind]) -> None:
    """Tokens and anonymous reads go on; keys and logins are refused as unavailable, at once."""
    door, auth = apart
    with serving(auth):
        knows_keys(door, auth)
        fetches_beside_requests(auth)
    time.sleep(2 * KEYS_SECONDS + 1)
    began = time.monotonic()
    assert status(door, auth.token()) == 200
    assert door.get(READ, authorization=bearer(auth.token())).status_code == 200
    assert door.get(READ).status_code == 200
    for path in (WATCHLIST, READ):
        answer = door.get(path, x_api_key=GOOD_KEY)
        assert (answer.status_code, reason(answer)) == (503, "UPSTREAM_UNAVAILABLE")
    assert refused(door, LIST, ("x-api-key", GOOD_KEY))[0] is grpc.StatusCode.UNAVAILABLE
    assert door.ask("POST", LOGIN, b"{}").status_code == 503
    assert time.monotonic() - began < 3
    with serving(auth):
        ends = time.monotonic() + 3
        while door.get(WATCHLIST, x_api_key=GOOD_KEY).status_code != 200:
            assert time.monotonic() < ends


def test_an_auth_that_hangs_delays_keys_alone(door: Door, behind: Behind) -> None:
    """Who sends a key waits for about a second; others do not wait at all."""
    behind.check_seconds = 3
    try:
        began = time.monotonic()
        answer = door.get(WATCHLIST, x_api_key=GOOD_KEY)
        assert (answer.status_code, reason(answer)) == (503, "UPSTREAM_UNAVAILABLE")
        assert time.monotonic() - began < 2
        began = time.monotonic()
        assert status(door, behind.token()) == 200
        assert time.monotonic() - began < 0.5
    finally:
        behind.check_seconds = 0


def test_one_of_two_auths_is_enough(behind: Behind, tmp_path: Path) -> None:
    """A process of auth that goes away is noticed by nobody who sends a key."""
    pair = [Behind(signers=behind.signers) for _ in range(2)]
    with ExitStack() as first, serving(pair[1]):
        first.enter_context(serving(pair[0]))
        with envoy(tmp_path, {**targets(behind), "auth": [auth.target for auth in pair]}) as door:
            knows_keys(door, behind)
            statuses = [door.get(WATCHLIST, x_api_key=GOOD_KEY).status_code for _ in range(20)]
            first.close()
            statuses += [door.get(WATCHLIST, x_api_key=GOOD_KEY).status_code for _ in range(40)]
    assert set(statuses) == {200}
    assert all(auth.checked for auth in pair)
