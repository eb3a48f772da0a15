"""Whose request it is: the address that our own hops saw, whatever a client writes down."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway.doors import Door, envoy
from tests.integration.gateway.behind import GOOD_KEY, LIST, WATCHLIST, Behind, bearer, knows_keys, targets

CLAIMS = {
    "x_forwarded_for": "1.2.3.4",
    "forwarded": "for=1.2.3.4",
    "x_real_ip": "1.2.3.4",
    "x_sectracker_client": "1.2.3.4",
    "x_envoy_external_address": "1.2.3.4",
    "x_sectracker_user_token": "somebody's",
    "x_user_id": "1",
}


@pytest.fixture(scope="module")
def proxied(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Yield a door with a proxy of ours in front of it."""
    with envoy(tmp_path_factory.mktemp("proxied"), targets(behind), trusted_hops=1) as made:
        knows_keys(made, behind)
        yield made


def seen(behind: Behind) -> list[str]:
    """Return what the last call said of its client, and see that nothing else said anything."""
    _, metadata = behind.last()
    assert not {"x-forwarded-for", "forwarded", "x-real-ip", "x-user-id", "x-sectracker-user-token"} & set(metadata)
    return metadata["x-sectracker-client"]


@pytest.mark.parametrize("path", ["/api/v1/form4/AAPL", "/api/v1/companies/search?q=a", "/api/v1/health", WATCHLIST])
def test_claims_change_nothing(door: Door, behind: Behind, path: str) -> None:
    """Without proxies of ours it is the peer's address, on every route."""
    for credentials in ({"authorization": bearer(behind.token())}, {"x_api_key": GOOD_KEY}):
        assert door.get(path, **CLAIMS, **credentials).status_code == 200
        assert seen(behind) == ["127.0.0.1"]


def test_claims_change_nothing_in_grpc(door: Door, behind: Behind) -> None:
    """The same holds for native gRPC."""
    claims = [(name.replace("_", "-"), value) for name, value in CLAIMS.items()]
    with door.channel() as channel:
        call: Any = channel.unary_unary(LIST)
        call(b"", metadata=(*claims, ("authorization", bearer(behind.token()))), timeout=5)
    assert seen(behind) == ["127.0.0.1"]


def test_underscores_are_refused(door: Door, behind: Behind) -> None:
    """A header that a service would take for one of ours does not pass with underscores either."""
    before = len(behind.calls)
    answer = door.client.get(f"{door.url}/api/v1/form4/AAPL", headers={"x_sectracker_client": "1.2.3.4"})
    assert answer.status_code == 400
    assert len(behind.calls) == before


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", "203.0.113.7"),
        ("1.2.3.4,5.6.7.8 , 203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 2001:db8::7", "2001:db8::7"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_our_proxy_says_whose_it_is(proxied: Door, behind: Behind, written: str, address: str) -> None:
    """With one proxy of ours the last entry counts, which the proxy has written; what stands before it is a claim."""
    claims = {**CLAIMS, "x_forwarded_for": written}
    assert proxied.get("/api/v1/form4/AAPL", **claims).status_code == 200
    assert seen(behind) == [address]


def test_two_headers_are_one_list(proxied: Door, behind: Behind) -> None:
    """A client's own header before the proxy's changes nothing."""
    headers = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.7")]
    assert proxied.client.get(f"{proxied.url}/api/v1/form4/AAPL", headers=headers).status_code == 200
    assert seen(behind) == ["203.0.113.7"]


def test_a_loose_file_is_not_needed(tmp_path: Path, behind: Behind) -> None:
    """Envoy reaches itself for the keys by a name that is no file, so that nothing is left behind when it is killed."""
    with envoy(tmp_path, targets(behind)) as made:
        knows_keys(made, behind)
        assert {file.suffix for file in tmp_path.iterdir()} <= {".yaml", ".log"}
