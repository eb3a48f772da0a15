"""What the door reads from its environment, and what becomes of it in Envoy's configuration."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from gateway.render import render
from gateway.settings import DoorSettings, addresses
from gateway.upstreams import Upstream

TARGETS = {
    "auth": "ipv4:127.0.0.1:4",
    "filings": "ipv4:127.0.0.1:1",
    "form4": "form4:7400",
    "watchlist": "ipv4:127.0.0.1:5",
    "gateway": "127.0.0.1:3",
}


def rendered(**settings: object) -> dict[str, Any]:
    """Return the configuration for some settings."""
    text = render(DoorSettings.model_validate(settings), TARGETS)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def manager(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of the HTTP connection manager."""
    listener, _ = configuration["static_resources"]["listeners"]
    found: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return found


@pytest.mark.parametrize(
    ("target", "endpoints", "named", "targets"),
    [
        (
            "ipv4:127.0.0.1:1,127.0.0.1:2",
            (("127.0.0.1", 1), ("127.0.0.1", 2)),
            False,
            ["127.0.0.1:1", "127.0.0.1:2"],
        ),
        ("ipv6:[::1]:1", (("::1", 1),), False, ["[::1]:1"]),
        ("127.0.0.1:1", (("127.0.0.1", 1),), False, ["127.0.0.1:1"]),
        ("form4:7400", (("form4", 7400),), True, ["form4:7400"]),
        ("dns:///form4.internal:7400", (("form4.internal", 7400),), True, ["form4.internal:7400"]),
    ],
)
def test_targets_of_grpc_are_read(
    target: str, endpoints: tuple[tuple[str, int], ...], named: bool, targets: list[str]
) -> None:
    """The addresses that gRPC clients take are the ones that Envoy gets."""
    upstream = Upstream.parse(target)
    assert (upstream.endpoints, upstream.named, upstream.targets()) == (endpoints, named, targets)


@pytest.mark.parametrize("target", ["", "form4", "ipv4:", "a:b", "a:1,127.0.0.1:2", "unix:/tmp/x", "a b:1"])
def test_other_targets_are_refused(target: str) -> None:
    """What is no address is refused before Envoy sees it."""
    with pytest.raises(ValueError, match=r"host:port|mixes"):
        Upstream.parse(target)


def test_missing_addresses_are_named() -> None:
    """Every variable that is missing is named at once."""
    with pytest.raises(SystemExit, match=r"^FILINGS_ADDRESS is not set\.\nGATEWAY_ADDRESS is not set\.$"):
        addresses({"FORM4_ADDRESS": "form4:7400"}, ["filings", "form4", "gateway"])


def test_origins_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are separated by commas; none at all are none."""
    assert DoorSettings().cors_origins == ("*",)
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    assert DoorSettings().cors_origins == ("https://a.example", "https://b.example")
    monkeypatch.setenv("CORS_ORIGINS", "")
    assert DoorSettings().cors_origins == ()
    assert rendered(cors_origins=())["static_resources"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("GATEWAY_PORT", "70000"), ("GATEWAY_ACCESS_LOG", "some"), ("GATEWAY_CALL_SECONDS", "0")],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A value that cannot work is refused at once."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name):
        DoorSettings()


def test_settings_reach_envoy() -> None:
    """Ports, hops and limits stand where Envoy reads them."""
    made = rendered(port=1234, admin_port=1235, trusted_hops=2, headers_seconds=3, max_connections=77)
    door = manager(made)
    listener, _ = made["static_resources"]["listeners"]
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 1234}
    assert made["admin"]["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 1235}
    assert door["xff_num_trusted_hops"] == 2
    assert door["request_headers_timeout"] == "3.0s"
    assert "77" in str(made["overload_manager"])


def test_admin_is_for_this_machine_alone() -> None:
    """Wherever the door listens, its administration does not."""
    assert rendered(host="0.0.0.0")["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"  # noqa: S104


def test_names_are_resolved_and_addresses_taken() -> None:
    """In containers a name stands for all replicas; natively each has its address."""
    found = {cluster["name"]: cluster for cluster in rendered()["static_resources"]["clusters"]}
    assert found["filings"]["type"] == "STATIC"
    assert found["form4"]["cluster_type"]["name"] == "envoy.cluster.dns"
    assert found["form4"]["health_checks"][0]["grpc_health_check"] == {
        "service_name": "sectracker.form4.v1.Form4Service"
    }


@pytest.mark.parametrize(("which", "number"), [("off", 0), ("errors", 1), ("all", 1)])
def test_access_log(which: str, number: int) -> None:
    """The log is off, or tells errors of ours, or everything; what was asked for is told without its query."""
    logs = manager(rendered(access_log=which))["access_log"]
    assert len(logs) == number
    assert ("filter" in str(logs)) == (which == "errors")
    assert "NQ" in str(logs) or which == "off"


def test_claims_are_stripped_first() -> None:
    """Nothing reads a request before the headers that claim something are gone."""
    first = manager(rendered())["http_filters"][0]
    removed = str(first["typed_config"]["mutations"]["request_mutations"])
    for name in ("x-user-id", "x-user-tier", "x-auth-method", "x-sectracker-"):
        assert name in removed
