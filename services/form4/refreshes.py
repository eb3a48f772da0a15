"""Ask filings for what readers miss, off the answer's path.

Readers only put a CIK into a bounded set; one background loop empties it. A reader cannot be slowed or failed by it,
and however often a company is read, it is asked for once in a while.
"""

import datetime as dt
import threading
from time import monotonic

import grpc
from sectracker.filings.v1.refresh_service_pb2 import RequestRefreshRequest
from sectracker.filings.v1.refresh_service_pb2_grpc import RefreshServiceStub

from services.chassis import faults
from services.chassis.logs import get_logger

log = get_logger(__name__)

MAX_WAITING = 1_000
ASK_AGAIN_SECONDS = 60.0
LOOP_SECONDS = 0.2
REFRESH_AGE = dt.timedelta(minutes=15)
"""A company that was brought up to date within this time is not asked for; filings has the last word."""


class Refreshes:
    """Collect the companies that readers found without coverage, or with an old one."""

    def __init__(self, service: RefreshServiceStub) -> None:
        self.service = service
        self.waiting: dict[str, None] = {}  # in order of arrival
        self.asked: dict[str, float] = {}
        self.lock = threading.Lock()

    def want(self, cik: str, refreshed_at: dt.datetime | None) -> float:
        """Note that a company should be brought up to date, if it is time; what does not fit is noted at a later read.

        Unit: returns the seconds after which a reader of the company has to say so again.
        """
        fresh = REFRESH_AGE - (dt.datetime.now(dt.UTC) - refreshed_at) if refreshed_at is not None else dt.timedelta(0)
        if fresh > dt.timedelta(0):
            return min(fresh, REFRESH_AGE).total_seconds()
        with self.lock:
            asked = self.asked.get(cik)
            if len(self.waiting) < MAX_WAITING and (asked is None or monotonic() - asked >= ASK_AGAIN_SECONDS):
                self.waiting[cik] = None
        return ASK_AGAIN_SECONDS

    def send(self) -> None:
        """Ask for everything that is waiting; what filings cannot take now is noted again by the next reader."""
        while cik := self.next():
            try:
                answer = self.service.RequestRefresh(RequestRefreshRequest(cik=cik))
            except grpc.RpcError as error:
                log.warning("refresh not requested", cik=cik, cause=faults.cause(error))
                self.forget(cik)
                return
            log.info("refresh requested", cik=cik, outcome=answer.outcome)

    def forget(self, cik: str) -> None:
        """Let the next reader of a company ask for it again."""
        with self.lock:
            self.asked.pop(cik, None)

    def next(self) -> str | None:
        """Take the company that has waited longest."""
        now = monotonic()
        with self.lock:
            self.asked = {cik: at for cik, at in self.asked.items() if now - at < ASK_AGAIN_SECONDS}
            cik = next(iter(self.waiting), None)
            if cik is not None:
                del self.waiting[cik]
                self.asked[cik] = now
            return cik
