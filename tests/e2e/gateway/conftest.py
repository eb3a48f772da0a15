"""One Envoy for most tests, in front of stand-ins of every public service, with short times for slow clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway.doors import Door, door_server, envoy, replicas
from tests.support.keyvalue import KeyValue

STANDINS = ("auth", "filings", "form4", "watchlist")
SETTINGS: dict[str, object] = {
    "call_seconds": 1.5,
    "headers_seconds": 1,
    "body_seconds": 1.5,
    "access_log": "all",
    "cors_origins": ("https://app.example.com",),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the processes' logs and configurations are."""
    return tmp_path_factory.mktemp("door")


@pytest.fixture(scope="session")
def upstreams(folder: Path, valkey_server: KeyValue) -> Iterator[dict[str, list[str]]]:
    """Yield the addresses of the stand-ins and of the door's own server, by cluster."""
    with replicas(folder, *STANDINS) as made:
        targets = {name: [replica.target] for name, replica in zip(STANDINS, made, strict=True)}
        with door_server(folder, targets, valkey_server.cache_url, valkey_server.queue_url) as target:
            yield {**targets, "gateway": [target]}


@pytest.fixture(scope="session")
def door(folder: Path, upstreams: dict[str, list[str]]) -> Iterator[Door]:
    """Yield the door as it is."""
    with envoy(folder, upstreams, **SETTINGS) as made:
        yield made
