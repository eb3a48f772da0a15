"""Start what is compared: several Envoys, each with a form4 of its own kind behind it, over one database."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]
import yaml

from bench.read.stack import ENVOY_WORKERS, Started, free_ports_of
from deploy.local import processes
from deploy.local.environment import target
from deploy.local.machine import LOOPBACK
from deploy.local.process import GrpcHealth, Http
from tests.support.stack import RAISED

# Three windows, as everybody has, which nobody reaches.
WINDOWS = "1000000/1s,60000000/1m,900000000/1h"
UNLIMITED, LIMITED = {"LIMITS": ""}, {"LIMITS": WINDOWS}
CHECKS = ("token", "key")


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of running the edge and the service behind it."""

    name: str
    title: str
    form4: str
    checks: bool = True
    flood: int = 0


KINDS = (
    Kind("bare", "no identity, no limits", "unlimited", checks=False),
    Kind("tokens", "tokens verified at the edge and in the service", "unlimited"),
    Kind("limits", "… and limits counted in the service, merged every 20 ms", "limited"),
    Kind("exact", "… and limits counted by a question to Redis each", "exact"),
    Kind("buckets", "… and no limits but Envoy's own buckets by address", "unlimited", flood=1_000_000),
)


@dataclass(frozen=True, slots=True)
class Door:
    """A kind that runs: where, and which processes work for it."""

    kind: Kind
    port: int
    envoy: psutil.Process
    form4: psutil.Process


def start(started: Started) -> list[Door]:
    """Start auth, filings, one form4 of each kind, and an Envoy for each kind."""
    table = {process.name: process for process in processes.table(started.plan)}
    for name in ("auth", "filings", "gateway"):
        started.start(replace(table[name], environment={**table[name].environment, **RAISED}))
    form4 = {
        "unlimited": start_form4(started, "unlimited", UNLIMITED),
        "limited": start_form4(started, "limited", LIMITED),
        "exact": start_form4(started, "exact", LIMITED, "bench.edge.exact"),
    }
    return [start_door(started, kind, form4[kind.form4]) for kind in KINDS]


def start_form4(started: Started, name: str, limits: dict[str, str], module: str = "") -> int:
    """Start one form4 and return its port; a module of the bench takes the place of its own."""
    usual = next(one for one in processes.form4(started.plan) if one.name == "form4-1")
    (port,) = free_ports_of(1)
    environment = {**usual.environment, **limits, "LISTEN_PORT": str(port), "METRICS_PORT": "0"}
    command = (usual.command[0], "-m", module) if module else usual.command
    ready = GrpcHealth(port)
    started.start(
        replace(usual, name=name, command=command, ready=ready, environment=environment, port=port, metrics_port=None)
    )
    return port


def start_door(started: Started, kind: Kind, form4: int) -> Door:
    """Render one Envoy's configuration, start it and return where it is."""
    render, envoy = (one for one in processes.door(started.plan) if one.name in {"envoy-config", "envoy"})
    port, admin = free_ports_of(2)
    written = started.folder / f"{kind.name}.yaml"
    changed = {
        "FORM4_ADDRESS": target(form4),
        "GATEWAY_PORT": str(port),
        "ENVOY_ADMIN_PORT": str(admin),
        "GATEWAY_FLOOD_PER_SECOND": str(kind.flood),
    }
    command = (*render.command[:-1], str(written))
    started.start(replace(render, command=command, environment={**render.environment, **changed}))
    if not kind.checks:
        without_checks(written)
    program, option, _path, *others = envoy.command
    others[others.index("--concurrency") + 1] = ENVOY_WORKERS
    ready = Http(f"http://{LOOPBACK}:{admin}/ready")
    name = f"envoy {kind.name}"
    started.start(replace(envoy, name=name, command=(program, option, str(written), *others), ready=ready, port=port))
    return Door(kind, port, started.processes[name], started.processes[kind.form4])


def without_checks(written: Path) -> None:
    """Take out of a configuration what looks at tokens and keys."""
    written.write_text(yaml.safe_dump(stripped(yaml.safe_load(written.read_text()))))


def stripped(part: Any) -> Any:
    """Return a part of a configuration without the filters that check, and without what routes say to them."""
    if isinstance(part, list):
        return [stripped(one) for one in part if not (isinstance(one, dict) and one.get("name") in CHECKS)]
    if isinstance(part, dict):
        kept = {key: stripped(value) for key, value in part.items() if key != "typed_per_filter_config"}
        told = part.get("typed_per_filter_config", {})
        left = {name: stripped(value) for name, value in told.items() if name not in CHECKS}
        return kept | ({"typed_per_filter_config": left} if left else {})
    return part
