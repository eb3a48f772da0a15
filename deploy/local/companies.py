"""Wait at a first start for the SEC's list of companies: before it is read, no ticker can be answered for."""

import time
import urllib.error
import urllib.request
from http import HTTPStatus

from deploy.local.machine import LOOPBACK

WITHIN = 20.0  # seconds; a second or four where EDGAR answers, and the stack is up without it where it does not
LOOK_AGAIN = 0.2
ANSWER_WITHIN = 6.0  # a second more than the door takes at the most
IN_A_ROW = 4  # answers, since two processes of form4 take turns and read the list each for itself
NOBODY = "ZZZZZZ"  # asking for a company's ticker would have its filings fetched
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def await_companies(door: int) -> bool:
    """Return once tickers are known behind the door of this port, or False if they are not in time."""
    deadline, known = time.monotonic() + WITHIN, 0
    while known < IN_A_ROW and time.monotonic() < deadline:
        known = known + 1 if are_known(door) else 0
        if not known:
            time.sleep(LOOK_AGAIN)
    return known == IN_A_ROW


def are_known(door: int) -> bool:
    """Say whether a ticker that nobody has is answered as one that nobody has."""
    try:
        DIRECT.open(f"http://{LOOPBACK}:{door}/api/v1/form4/{NOBODY}/summary", timeout=ANSWER_WITHIN).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code == HTTPStatus.NOT_FOUND
    except OSError:
        return False
    return True
