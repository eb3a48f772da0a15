"""State how the SEC is reached, by whom and how fast."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.filings.edgar.errors import UndeclaredUserAgent

SEC_DOMAIN: Final = "sec.gov"
# The SEC's published limit for one user, all machines together; above it the answer is ten minutes of 403.
SEC_MAX_RATE: Final = 10


@dataclass(frozen=True, slots=True)
class EdgarSettings:
    """Hold what the client needs to know; the process reads it from the environment.

    Unit: rate is requests a second for the whole fleet; everything that ends in _seconds is seconds.
    Source: SEC_USER_AGENT, EDGAR_DATA_URL, EDGAR_WWW_URL, SEC_RATE, SEC_PAUSE_SECONDS, QUEUE_REDIS_URL,
    CACHE_REDIS_URL; the rest has no variable.
    """

    user_agent: str
    # A URL of Redis may carry a password, so it is kept out of the repr.
    queue_redis_url: str = field(repr=False)
    cache_redis_url: str = field(repr=False)
    data_url: str = "https://data.sec.gov"
    www_url: str = "https://www.sec.gov"
    rate: int = 8
    pause_seconds: float = 600
    # Slow answers must not pile up: at 8 requests a second, 8 in flight a class keep pace with answers of a second.
    in_flight: int = 8
    attempts: int = 4
    backoff_seconds: float = 0.5
    connect_timeout_seconds: float = 10
    read_timeout_seconds: float = 20
    total_timeout_seconds: float = 60
    grant_timeout_seconds: float = 120
    redis_patience_seconds: float = 5

    def __post_init__(self) -> None:
        """Refuse numbers that can't work.

        Raises: ValueError.
        """
        if self.rate < 1 or self.attempts < 1 or self.in_flight < 1 or self.pause_seconds <= 0:
            raise ValueError("rate, attempts, in_flight and pause_seconds must be positive")


def is_sec(url: str) -> bool:
    """Say whether a URL leads to the SEC itself rather than to a double."""
    host = urlsplit(url).hostname or ""
    return host == SEC_DOMAIN or host.endswith("." + SEC_DOMAIN)


def require_declared(settings: EdgarSettings) -> None:
    """Refuse to speak to the SEC anonymously, in clear text or faster than it allows.

    Raises: UndeclaredUserAgent; ValueError for a rate or a scheme that the SEC refuses.
    """
    to_sec = [url for url in (settings.data_url, settings.www_url) if is_sec(url)]
    if not to_sec:
        return
    if not names_contact(settings.user_agent):
        raise UndeclaredUserAgent(
            "The SEC wants to know who asks: set SEC_USER_AGENT to a name and a contact e-mail address, "
            "such as 'Example Research admin@example.com'."
        )
    if settings.rate > SEC_MAX_RATE:
        raise ValueError(f"SEC_RATE is {settings.rate}; the SEC allows {SEC_MAX_RATE} requests a second in total.")
    if any(urlsplit(url).scheme != "https" for url in to_sec):
        raise ValueError("EDGAR_DATA_URL and EDGAR_WWW_URL must be https where they lead to the SEC.")


def names_contact(user_agent: str) -> bool:
    """Say whether a User-Agent is printable and holds something like an e-mail address."""
    if not user_agent.isascii() or not user_agent.isprintable():
        return False
    return any(_is_address(word.strip("()<>[],;")) for word in user_agent.split())


def _is_address(word: str) -> bool:
    """Say whether a word reads name@domain.tld."""
    name, at, domain = word.partition("@")
    return bool(name and at) and "@" not in domain and all(domain.split(".")) and "." in domain
