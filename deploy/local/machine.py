"""What the machine knows about processes and ports."""

import random
import socket
from collections.abc import Iterator

import psutil

LOOPBACK = "127.0.0.1"
# Below the range that Linux (from 32768) and macOS (from 49152) hand out to outgoing connections.
INTERNAL_PORTS = range(20000, 32000)
LAST_PORT = 65535
CLOCK_STEP_SECONDS = 2.0  # psutil computes start times from the boot time, which moves when the clock is set


def free_ports() -> Iterator[int]:
    """Yield ports that nobody listens on, none of them twice, in random order."""
    for port in random.sample(INTERNAL_PORTS, len(INTERNAL_PORTS)):
        if is_free(port):
            yield port


def is_free(port: int) -> bool:
    """Say whether a server could listen on a port of the loopback interface.

    Raises: PermissionError when this user may not listen there whoever holds it.
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """Return who listens on a port ("nginx, process 812"), or None where the machine does not tell."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.pid and connection.laddr and connection.status == "LISTEN" and connection.laddr.port == port:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        return None
    return None


def started(pid: int) -> float | None:
    """Return when a process started (seconds since 1970), or None when there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def is_same(pid: int, since: float) -> bool:
    """Say whether a process still is the one that started at a time, and not a later one that got its number."""
    now = started(pid)
    return now is not None and abs(now - since) < CLOCK_STEP_SECONDS
