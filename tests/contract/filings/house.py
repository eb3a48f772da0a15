"""filings as a contract test sees it: the real server, tables and queue."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import dramatiq
import grpc
from dramatiq.brokers.redis import RedisBroker
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.filings.v1.filings_service_pb2_grpc import FilingsServiceStub
from sectracker.filings.v1.refresh_service_pb2_grpc import RefreshServiceStub

from services.chassis.broker import new_broker
from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.filings.domain import Job, JobReason, Priority
from services.filings.edgar.tickers import TickerFile, TickerRow
from services.filings.messages import QUEUES, Messages
from services.filings.repository import jobs
from services.filings.servicer import CompanyServicer, FilingsServicer, RefreshServicer
from services.filings.sync_companies import store
from services.identifiers import Cik, Ticker
from tests.contract.chassis.trial import settings
from tests.contract.serving import Served, served

COMPANIES = "sectracker.filings.v1.CompanyService"
FILINGS = "sectracker.filings.v1.FilingsService"
REFRESHES = "sectracker.filings.v1.RefreshService"

MIN_AGE = dt.timedelta(minutes=15)
MOST_WAITING = 3
HORIZON = dt.date(2024, 1, 1)

Listed = tuple[str, str, str]

APPLE, MICROSOFT = ("AAPL", "0000320193", "Apple Inc."), ("MSFT", "0000789019", "MICROSOFT CORP")
BERKSHIRE, BERKSHIRE_A = (
    ("BRK-B", "0001067983", "BERKSHIRE HATHAWAY INC"),
    ("BRK-A", "0001067983", "BERKSHIRE HATHAWAY INC"),
)
LISTED: tuple[Listed, ...] = (
    MICROSOFT,
    APPLE,
    BERKSHIRE,
    ("T", "0000732717", "AT&T INC."),
    ("A", "0001090872", "AGILENT TECHNOLOGIES, INC."),
    BERKSHIRE_A,
    ("AA", "0001675149", "Alcoa Corp"),
    ("ORLY", "0000898173", "O'REILLY AUTOMOTIVE INC"),
    ("APLE", "0001418121", "Apple Hospitality REIT, Inc."),
    ("PURE", "0000000100", "100% Pure Water Inc"),
    ("UNDR", "0000000101", "Under_score Corp"),
    ("UNDX", "0000000102", "UnderXscore Corp"),
    ("BACK", "0000000103", "Back\\slash Ltd"),
    ("MLLR", "0000000104", "Müller Straße AG"),
)
"""The larger company first, as the SEC has it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Settings of a queue, for `new_broker`."""

    queue_redis_url: str


@dataclass(frozen=True, slots=True)
class Filings:
    """A running filings: what anybody and what services may ask, and what stands behind."""

    served: Served
    sessions: Sessions
    broker: RedisBroker
    messages: Messages
    anybody: CompanyServiceStub
    companies: CompanyServiceStub
    filings: FilingsServiceStub
    refreshes: RefreshServiceStub

    def know(self, rows: Sequence[Listed], version: str = "1") -> None:
        """Make a list of tickers the SEC's."""
        file = TickerFile(tuple(TickerRow(Cik(cik), Ticker(ticker), name, "") for ticker, cik, name in rows), 0)
        store(self.sessions, file, version)

    def queued(self, priority: Priority) -> list[UUID]:
        """Return the jobs whose messages wait in a queue."""
        queue = f"filings:{QUEUES[priority]}"
        names: Any = self.broker.client.lrange(queue, 0, -1)
        messages: Any = [self.broker.client.hget(f"{queue}.msgs", name) for name in names]
        return [message_of(message) for message in messages]

    def start(self, cik: str) -> Job:
        """Queue a background refresh and begin to work at it."""
        with self.sessions() as session:
            job_id = jobs.queue(session, cik, Priority.BACKGROUND, HORIZON)
            assert job_id is not None
            claim = jobs.claim(session, job_id)
        assert claim is not None
        return claim.job

    def complete(self, cik: str) -> None:
        """Do a refresh to its end."""
        job = self.start(cik)
        with self.sessions() as session:
            jobs.complete(session, job, "Done.")

    def fail(self, cik: str) -> None:
        """Do a refresh to its bad end."""
        job = self.start(cik)
        with self.sessions() as session:
            jobs.fail(session, job, JobReason.WORKER_LOST, "Lost.")


def message_of(data: bytes) -> UUID:
    """Return the job that a message names."""
    message: dramatiq.Message[None] = dramatiq.Message.decode(data)
    return UUID(message.args[0])


@contextmanager
def running(
    sessions: Sessions, queue_url: str, *, threads: int = 1, min_age: dt.timedelta = MIN_AGE
) -> Iterator[Filings]:
    """Run filings on some sessions and a queue, with no company yet."""
    broker = new_broker(Queue(queue_url), "filings")
    messages = Messages(broker)
    refreshes = RefreshServicer(sessions, messages, min_age, MOST_WAITING)
    servicers = {
        COMPANIES: CompanyServicer(sessions),
        FILINGS: FilingsServicer(sessions, PageTokens(settings())),
        REFRESHES: refreshes,
    }
    try:
        with served(servicers, "form4", threads=threads) as server:
            channel: grpc.Channel = server.service
            yield Filings(
                served=server,
                sessions=sessions,
                broker=broker,
                messages=messages,
                anybody=CompanyServiceStub(server.anybody),
                companies=CompanyServiceStub(channel),
                filings=FilingsServiceStub(channel),
                refreshes=RefreshServiceStub(channel),
            )
    finally:
        broker.close()
        broker.client.close()
