"""Turn gRPC targets into Envoy's clusters: who is behind a name, and when one of them is left out."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

MAX_WAITING = 200
# A reflection stream holds a thread for as long as its client likes.
MAX_REFLECTIONS = 4
# When a process dies under load, all that it held is sent to another one at the same moment.
MIN_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Upstream:
    """The processes behind one cluster, as hosts and ports; the hosts are addresses, or all of them are names."""

    endpoints: tuple[tuple[str, int], ...]
    named: bool

    @classmethod
    def parse(cls, target: str) -> "Upstream":
        """Read a gRPC target: ipv4:127.0.0.1:7401,127.0.0.1:7402, ipv6:[::1]:7401, dns:///form4:7400, form4:7400.

        Raises: ValueError.
        """
        listed = re.sub(r"^(ipv4:|ipv6:|dns:///)", "", target)
        endpoints = tuple(endpoint(item) for item in listed.split(","))
        kinds = {is_address(host) for host, _ in endpoints}
        if len(kinds) > 1:
            raise ValueError(f"{target!r} mixes names and addresses.")
        return cls(endpoints, named=not kinds.pop())

    def discovery(self) -> dict[str, Any]:
        """Return how Envoy finds the processes: names are resolved again and again, and all their addresses taken."""
        if not self.named:
            return {"type": "STATIC"}
        return {"cluster_type": {"name": "envoy.cluster.dns", "typed_config": DNS}}

    def targets(self) -> list[str]:
        """Return a gRPC target for each endpoint alone."""
        return [f"{f'[{host}]' if ':' in host else host}:{port}" for host, port in self.endpoints]


def endpoint(text: str) -> tuple[str, int]:
    """Split host and port.

    Raises: ValueError.
    """
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no host:port.")
    return match[1] or match[2], int(match[3])


def is_address(host: str) -> bool:
    """Say whether a host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def cluster(name: str, target: str, health_service: str, max_calls: int) -> dict[str, Any]:
    """Return one cluster of gRPC servers.

    Shape: a process that says NOT_SERVING gets nothing new within half a second; one that cannot be reached is left
    out for two. When all are out, all are tried again, so that draining the only process costs nothing.
    """
    upstream = Upstream.parse(target)
    hosts = [
        {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}
        for host, port in upstream.endpoints
    ]
    return {
        "name": name,
        **upstream.discovery(),
        "lb_policy": "LEAST_REQUEST",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]},
        "typed_extension_protocol_options": HTTP2,
        "health_checks": [health_check(health_service)],
        "outlier_detection": OUTLIERS,
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}},
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 100,
                    "max_requests": max_calls,
                    "max_pending_requests": MAX_WAITING,
                    "retry_budget": {"budget_percent": {"value": 25}, "min_retry_concurrency": MIN_RETRIES},
                }
            ]
        },
    }


def pipe(name: str, path: str) -> dict[str, Any]:
    """Return a cluster that is a listener of the same Envoy."""
    here = {"endpoint": {"address": {"pipe": {"path": path}}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [here]}]},
    }


DNS = {
    "@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster",
    "dns_lookup_family": "V4_PREFERRED",
    "dns_refresh_rate": "2s",  # a replica that was replaced has another address
    "all_addresses_in_single_endpoint": False,
}

HTTP2 = {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {
            "http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}
        },
    }
}

# Only what the network says counts. What a service answers does not: a query that fails again and again, or a database
# that is away, would take healthy processes out.
OUTLIERS = {
    "split_external_local_origin_errors": True,
    "consecutive_local_origin_failure": 3,
    "enforcing_consecutive_5xx": 0,
    "enforcing_consecutive_gateway_failure": 0,
    "enforcing_success_rate": 0,
    "enforcing_local_origin_success_rate": 0,
    "interval": "1s",
    "base_ejection_time": "2s",
    "max_ejection_percent": 50,
}


def health_check(service: str) -> dict[str, Any]:
    """Return the question that each process is asked twice a second, with traffic and without."""
    return {
        "timeout": "0.5s",
        "interval": "0.5s",
        "no_traffic_interval": "0.5s",
        "unhealthy_threshold": 1,
        "healthy_threshold": 1,
        "grpc_health_check": {"service_name": service},
    }
