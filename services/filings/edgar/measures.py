"""Measure what is asked of the SEC."""

from typing import Final

from prometheus_client import Counter, Histogram

REQUESTS: Final = Counter(
    "sectracker_edgar_requests",
    "Requests to EDGAR by what came of them, tries without a grant included.",
    ["kind", "outcome"],
)
GRANT_WAIT: Final = Histogram(
    "sectracker_edgar_grant_wait_seconds",
    "Time that a request waited for a grant of the fleet's budget.",
    ["priority"],
    buckets=(0.01, 0.05, 0.125, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120),
)
RECEIVED_BYTES: Final = Counter(
    "sectracker_edgar_received_bytes", "Bytes of answers as they came over the wire.", ["kind"]
)
