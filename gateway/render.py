"""Render Envoy's configuration from the template, the contract and the settings."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway import identity, replies, routes, upstreams
from gateway.descriptor import descriptor_set, transcoded_services
from gateway.settings import DoorSettings
from gateway.surface import PUBLIC, Exposed

# What a page of another origin may read of an answer.
EXPOSED_HEADERS = (
    "x-request-id",
    "retry-after",
    "allow",
    "www-authenticate",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
)


def render(
    settings: DoorSettings,
    targets: Mapping[str, str],
    surface: Sequence[Exposed] = PUBLIC,
) -> str:
    """Return Envoy's configuration as YAML.

    Raises: ValueError for an address that is none.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )
    environment.filters["yaml"] = indented
    return environment.get_template("envoy.yaml.j2").render(
        settings=settings,
        descriptor=base64.b64encode(descriptor_set(surface).SerializeToString()).decode(),
        services=transcoded_services(surface),
        identity_filters=identity.filters(),
        keys_socket=keys_socket(settings),
        keys_routes=routes.keys_routes(),
        exposed_headers=EXPOSED_HEADERS,
        routes=routes.routes(settings.call_seconds, settings.cors_origins, surface),
        local_replies=replies.local_replies(),
        errors_lua=environment.get_template("errors.lua.j2").render(replies=replies),
        head_lua=environment.get_template("head.lua").render(),
        clusters=[*clusters(targets, surface, settings.max_calls), upstreams.pipe("keys", keys_socket(settings))],
        cors_origins=[{"exact": origin} for origin in settings.cors_origins],
        access_log=access_log(settings.access_log),
    )


def write(settings: DoorSettings, targets: Mapping[str, str], output: Path) -> None:
    """Write the configuration; a reader sees no half of it.

    Raises: ValueError for an address that is none; OSError.
    """
    new = output.with_name(f".{output.name}.new")
    new.write_text(render(settings, targets))
    new.replace(output)


def keys_socket(settings: DoorSettings) -> str:
    """Return the name by which Envoy reaches itself for auth's keys; no file has it, and each Envoy has its own."""
    return f"@sectracker-keys-{settings.port}-{settings.admin_port}"


def clusters(targets: Mapping[str, str], surface: Sequence[Exposed], max_calls: int) -> list[dict[str, Any]]:
    """Return a cluster for each target, and one more for reflection, which shares the gateway's processes."""
    found = [
        upstreams.cluster(exposed.cluster, targets[exposed.cluster], exposed.service.full_name, max_calls)
        for exposed in {exposed.cluster: exposed for exposed in surface}.values()
    ]
    return [*found, upstreams.cluster("reflection", targets["gateway"], "", upstreams.MAX_REFLECTIONS)]


def access_log(which: str) -> list[dict[str, Any]]:
    """Return the access log: a short line of JSON for each answer, for each error of ours, or none."""
    if which == "off":
        return []
    line = {
        "time": "%START_TIME%",
        "method": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%",
        "path": "%PATH(NQ:ORIG_OR_PATH)%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS_NUMBER%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "ms": "%DURATION%",
        "bytes": "%BYTES_SENT%",
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    log: dict[str, Any] = {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": {"json_format": line},
        },
    }
    if which == "errors":
        log["filter"] = replies.status_filter("GE", 500)
    return [log]


class Spelled(yaml.SafeDumper):
    """Write everything out where it stands: an alias would name an anchor of another part of the file."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - yaml's own signature
        """Use no alias for anything."""
        return True


def indented(value: object, spaces: int) -> str:
    """Write data as YAML below a key: on lines of its own, so many spaces in."""
    if not value:
        return "[]"
    text = yaml.dump(value, Dumper=Spelled, sort_keys=False, width=10_000, default_flow_style=False)
    margin = " " * spaces
    return "\n" + "".join(margin + line for line in text.splitlines(keepends=True)).rstrip("\n")
