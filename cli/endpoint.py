"""Say where the door is: one form for a URL, whatever way it was typed."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Hold where the door is."""

    host: str
    port: int
    secure: bool

    @property
    def target(self) -> str:
        """Return the address as gRPC takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def door(self) -> str:
        """Return the URL in its one form, lower case and with its port: credentials are kept under it."""
        return f"{'https' if self.secure else 'http'}://{self.target}"

    @property
    def is_loopback(self) -> bool:
        """Say whether the door is on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_url(url: str) -> Endpoint:
    """Return the endpoint that http://host:port or https://host:port names.

    Raises: ValueError with a sentence.
    """
    parts = urlsplit(url.strip())
    extra = parts.username or parts.query or parts.fragment or parts.path.strip("/")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or extra:
        raise ValueError(f"{url!r} is no base URL; write http://host:port or https://host:port")
    return Endpoint(parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], parts.scheme == "https")
