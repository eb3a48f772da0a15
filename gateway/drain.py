"""Send a running Envoy's clients away before it is stopped, so that none of them notices."""

import json
import time
import urllib.request

LONGEST_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.2


def drain(admin_port: int, longest_seconds: float = LONGEST_SECONDS) -> None:
    """Have Envoy tell its clients to go elsewhere, and wait until they have, or their time is over.

    Unit: seconds.
    Raises: OSError when no Envoy listens on that admin port.
    """
    admin = f"http://127.0.0.1:{admin_port}"
    order = urllib.request.Request(f"{admin}/drain_listeners?graceful", method="POST")  # noqa: S310 - loopback
    urllib.request.urlopen(order, timeout=5).close()  # noqa: S310
    ends = time.monotonic() + longest_seconds
    while connections(admin) and time.monotonic() < ends:
        time.sleep(LOOK_AGAIN_SECONDS)


def connections(admin: str) -> int:
    """Return the number of clients' connections."""
    url = f"{admin}/stats?format=json&filter=^http.door.downstream_cx_active$"
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
        return int(json.load(answer)["stats"][0]["value"])
