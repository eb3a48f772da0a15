"""Wait at a first start for the SEC's list of companies: before it is read, no ticker can be answered for.

Each process of form4 reads the list for itself, so each is asked, and not through the door: there a person's own limit
would be used up by it.
"""

import time
from collections.abc import Callable, Sequence

import grpc

from deploy.local.machine import LOOPBACK

WITHIN = 20.0  # seconds; a second or four where EDGAR answers, and the stack is up without it where it does not
LOOK_AGAIN = 0.1
ANSWER_WITHIN = 2.0
SUMMARY = "/sectracker.form4.v1.Form4Service/GetSummary"
# Field 1, the ticker ZZZZZZ, which nobody has: asking for a company's would have its filings fetched. Written out,
# since importing the stubs takes longer than all the answers.
NOBODY = b"\x0a\x06ZZZZZZ"


def await_companies(ports: Sequence[int]) -> bool:
    """Return once form4's processes on these ports know the tickers, or False if they do not in time."""
    deadline, waiting = time.monotonic() + WITHIN, list(ports)
    while waiting and time.monotonic() < deadline:
        waiting = [port for port in waiting if not are_known(port)]
        if waiting:
            time.sleep(LOOK_AGAIN)
    return not waiting


def are_known(port: int) -> bool:
    """Say whether a ticker that nobody has is answered as one that nobody has."""
    with grpc.insecure_channel(f"{LOOPBACK}:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        ask: Callable[..., bytes] = channel.unary_unary(SUMMARY)
        try:
            ask(NOBODY, timeout=ANSWER_WITHIN)
        except grpc.RpcError as refusal:
            return bool(refusal.code() is grpc.StatusCode.NOT_FOUND)
    return True
