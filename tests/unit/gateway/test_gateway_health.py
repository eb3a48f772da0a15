"""How parts are summed up in one word, and what the last request to the SEC tells."""

from datetime import UTC, datetime, timedelta

import pytest
from sectracker.gateway.v1.health_service_pb2 import CheckResponse, Part, SecApi

from gateway.health import says_something, sec_state, summary
from services.chassis.credentials import NoServiceToken

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UP, DOWN = Part.State.connected, Part.State.disconnected


@pytest.mark.parametrize(
    ("database", "cache", "sec_api", "form4", "status"),
    [
        (UP, UP, "reachable", UP, "healthy"),
        (UP, UP, "unknown", UP, "healthy"),
        (UP, UP, "throttled", UP, "degraded"),
        (UP, DOWN, "reachable", UP, "degraded"),
        (DOWN, UP, "reachable", UP, "unhealthy"),
        (UP, UP, "reachable", DOWN, "unhealthy"),
        (DOWN, DOWN, "throttled", DOWN, "unhealthy"),
    ],
)
def test_summary(
    database: Part.State.ValueType,
    cache: Part.State.ValueType,
    sec_api: str,
    form4: Part.State.ValueType,
    status: str,
) -> None:
    """Unhealthy means that reads do not work, degraded that something else does not."""
    response = CheckResponse(
        database=database,
        cache=cache,
        sec_api=SecApi.State.Value(sec_api),
        services={"filings": UP, "form4": form4},
    )
    assert summary(response) == CheckResponse.Status.Value(status)


@pytest.mark.parametrize("name", ["auth", "watchlist"])
def test_public_reads_do_not_need_accounts(name: str) -> None:
    """Without what users alone have, the whole is degraded."""
    services = {"auth": UP, "filings": UP, "form4": UP, "watchlist": UP, name: DOWN}
    response = CheckResponse(database=UP, cache=UP, services=services)
    assert summary(response) == CheckResponse.Status.degraded


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ({}, "unknown"),
        ({"state": "reachable"}, "reachable"),
        ({"state": "unknown"}, "unknown"),
        ({"state": "something new"}, "unknown"),
        ({"state": "throttled", "until": (NOW + timedelta(seconds=1)).isoformat()}, "throttled"),
        ({"state": "throttled", "until": NOW.isoformat()}, "unknown"),
        ({"state": "throttled", "until": ""}, "unknown"),
        ({"state": "throttled", "until": "2026-01-02T03:04:06"}, "unknown"),
        ({"state": "throttled"}, "unknown"),
    ],
)
def test_sec_state(last: dict[str, str], state: str) -> None:
    """A pause counts while it lasts; a note that cannot be read is no news."""
    assert sec_state(last, NOW) == SecApi.State.Value(state)


def test_what_could_not_be_asked_says_nothing() -> None:
    """Before auth has said who we are, no service is asked, so nothing is known of its database."""
    assert not says_something(NoServiceToken())
    assert says_something(CheckResponse())
