"""API keys at the door: auth looks at them, and a token takes their place."""

from typing import Any

import grpc
import jwt
import pytest

from tests.e2e.gateway.doors import Door
from tests.integration.gateway.behind import (
    GOOD_KEY,
    LIST,
    WATCHLIST,
    Behind,
    bearer,
    reason,
    reason_by_grpc,
    refusal,
    refused,
)

READ = "/api/v1/form4/AAPL"
TRADE = "/api/v1/auth/token"


def claims(behind: Behind) -> dict[str, object]:
    """Return what the one token says that the last call came with, and see that no key did."""
    _, metadata = behind.last()
    (authorization,) = metadata["authorization"]
    assert "x-api-key" not in metadata
    told: dict[str, object] = jwt.decode(authorization.removeprefix("Bearer "), options={"verify_signature": False})
    return told


@pytest.mark.parametrize(("method", "path"), [("GET", WATCHLIST), ("GET", READ), ("POST", TRADE), ("HEAD", WATCHLIST)])
def test_a_token_takes_the_place_of_a_key(door: Door, behind: Behind, method: str, path: str) -> None:
    """A key works wherever a token does; the service sees the token alone."""
    assert door.ask(method, path, x_api_key=GOOD_KEY).status_code == 200
    assert claims(behind)["edge"] is True
    assert behind.checked[-1][0] == GOOD_KEY


def test_a_token_takes_the_place_of_a_key_in_grpc(door: Door, behind: Behind) -> None:
    """The same holds for native gRPC."""
    with door.channel() as channel:
        call: Any = channel.unary_unary(LIST)
        assert call(b"", metadata=(("x-api-key", GOOD_KEY),), timeout=5) == b""
    assert claims(behind)["edge"] is True


def test_the_key_wins_over_a_token(door: Door, behind: Behind) -> None:
    """Of two credentials the key counts, be the token good or bad, and the token never arrives."""
    for token in (behind.token(sub="somebody else"), behind.token(-60), "nonsense"):
        answer = door.get(WATCHLIST, x_api_key=GOOD_KEY, authorization=bearer(token))
        assert answer.status_code == 200
        assert claims(behind)["edge"] is True


@pytest.mark.parametrize("key", ["stk_wrong", "", "x" * 5000])
def test_a_bad_key_is_refused(door: Door, behind: Behind, key: str) -> None:
    """An unknown or empty key is refused, also where none is needed, and with a good token beside it."""
    before = len(behind.calls)
    for path in (WATCHLIST, READ):
        answer = door.get(path, x_api_key=key, authorization=bearer(behind.token()))
        assert (answer.status_code, reason(answer)) == (401, "API_KEY_INVALID")
        assert answer.headers.get_list("www-authenticate") == ["Bearer"]
    assert refused(door, LIST, ("x-api-key", key)) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "The API key is unknown or has ended.",
    )
    assert reason_by_grpc(refusal(door, LIST, ("x-api-key", key))) == "API_KEY_INVALID"
    assert len(behind.calls) == before


def test_two_keys_are_none(door: Door) -> None:
    """A header that comes twice is no key, not even when both are the same."""
    answer = door.client.get(f"{door.url}{WATCHLIST}", headers=[("x-api-key", GOOD_KEY), ("x-api-key", GOOD_KEY)])
    assert (answer.status_code, reason(answer)) == (401, "API_KEY_INVALID")


def test_auth_is_told_the_key_and_the_address_alone(door: Door, behind: Behind) -> None:
    """What a client says beside its key does not reach the check."""
    door.get(WATCHLIST, x_api_key=GOOD_KEY, x_sectracker_client="1.2.3.4", authorization=bearer(behind.token()))
    key, metadata = behind.checked[-1]
    assert key == GOOD_KEY
    assert dict(metadata)["x-sectracker-client"] == "127.0.0.1"
    assert not {"authorization", "x-api-key"} & set(dict(metadata))


def test_auth_is_not_asked_without_a_key(door: Door, behind: Behind) -> None:
    """Tokens and anonymous reads cost auth nothing."""
    before = len(behind.checked)
    door.get(READ)
    door.get(WATCHLIST, authorization=bearer(behind.token()))
    door.get("/api/v1/nothing", x_api_key=GOOD_KEY)
    assert len(behind.checked) == before
