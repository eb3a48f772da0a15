"""Everything that a refresh needs, for real: tables, queue, the small EDGAR, and a form4 in this process."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import dramatiq
import psycopg
from dramatiq.brokers.redis import RedisBroker
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from redis import Redis
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub

from services.chassis import client
from services.chassis.broker import new_broker
from services.chassis.db import Sessions
from services.chassis.paging import PageTokens
from services.chassis.server import Server
from services.filings.domain import Priority
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.settings import EdgarSettings
from services.filings.messages import QUEUES, Messages
from services.filings.refresh import Refresher
from services.filings.repository import jobs
from services.filings.take_filing import Taker
from services.form4.config import MAX_MESSAGE_BYTES
from services.form4.servicer import OwnershipServicer
from tests.conftest import Database
from tests.contract.chassis.trial import settings, started
from tests.contract.serving import Limits
from tests.edgar import SmallEdgar
from tests.support.identity import ISSUER
from tests.support.keyvalue import KeyValue

OWNERSHIP = "sectracker.form4.v1.OwnershipService"

PALANTIR, SNOWFLAKE, TESLA = "0001321655", "0001640147", "0001318605"
"""With 9, 3 and 32 filings in the small EDGAR; Tesla's do not fit on one page of its list."""
EVER = dt.date(2000, 1, 1)

GRANTS = "sectracker:edgar:grants"
TABLES = {
    "filings_serve": ("jobs", "filings", "ticker_aliases", "companies", "ticker_lists"),
    "form4_serve": ("ownership_filings", "coverage"),
}
"""What hangs on other rows goes with them."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Settings of a queue, for `new_broker`."""

    queue_redis_url: str


@dataclass(frozen=True, slots=True)
class House:
    """One installation of filings and form4."""

    database: Database
    valkey: KeyValue
    edgar: SmallEdgar
    broker: RedisBroker
    messages: Messages
    sessions: Sessions
    form4: OwnershipServiceStub
    form4_server: Server

    def forget(self) -> None:
        """Empty tables, queue and cache, and let the small EDGAR forget faults and log."""
        for role, tables in TABLES.items():
            with psycopg.connect(self.database.url(role, driver="")) as connection:
                for table in tables:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        self.edgar.reset()
        self.valkey.flush()
        with Redis.from_url(self.valkey.queue_url) as queue:
            queue.rpush(GRANTS, 1)  # a budget that has forgotten everything holds its first second back

    def ask(self, cik: str, priority: Priority = Priority.USER, horizon: dt.date = EVER) -> UUID:
        """Queue a refresh, as if its message had been sent."""
        with self.sessions() as session:
            job_id = jobs.queue(session, cik, priority, horizon)
        assert job_id is not None
        return job_id

    def settings(self, **changes: Any) -> EdgarSettings:
        """Return settings of short patience for the small EDGAR."""
        short = EdgarSettings(
            user_agent="Example Research admin@example.com",
            queue_redis_url=self.valkey.queue_url,
            cache_redis_url=self.valkey.cache_url,
            data_url=self.edgar.url,
            www_url=self.edgar.url,
            rate=2_000,
            pause_seconds=1,
            attempts=2,
            backoff_seconds=0.01,
        )
        return replace(short, **changes)

    @asynccontextmanager
    async def worker(self, **changes: Any) -> AsyncIterator[Refresher]:
        """Yield what does jobs in this event loop."""
        async with EdgarClient(self.settings(**changes)) as edgar:
            yield Refresher(Taker(self.sessions, edgar, self.form4), self.messages)

    async def work(self, job_id: UUID) -> None:
        """Do a job, chunk after chunk, until no worker has anything to do for it."""
        async with self.worker() as worker:
            while True:
                before = await asyncio.to_thread(self.job, job_id)
                await worker.run(job_id)
                after = await asyncio.to_thread(self.job, job_id)
                if after["completed_at"] is not None or after == before or after["due_at"] > dt.datetime.now(dt.UTC):
                    return

    def rows(self, query: str, *values: object, role: str = "filings_serve") -> list[DictRow]:
        """Ask a service's tables."""
        with psycopg.connect(self.database.url(role, driver=""), row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def change(self, statement: str, *values: object) -> None:
        """Change filings' tables by hand."""
        with psycopg.connect(self.database.url("filings_serve", driver="")) as connection:
            connection.execute(statement.encode(), values or None)

    def job(self, job_id: UUID) -> DictRow:
        """Return a job as it stands."""
        [job] = self.rows("SELECT * FROM jobs WHERE id = %s", job_id)
        return job

    def fates(self) -> dict[str, str]:
        """Return what has become of each filing."""
        return {row["accession_number"]: row["fate"] for row in self.rows("SELECT accession_number, fate FROM filings")}

    def lines(self) -> list[DictRow]:
        """Return form4's lines, all columns that a filing decides."""
        return self.rows(
            "SELECT * FROM transactions ORDER BY accession_number, table_kind, ordinal", role="form4_serve"
        )

    def coverage(self) -> dict[str, dt.date]:
        """Return how far each company has been read, as form4 knows it."""
        return {row["cik"]: row["coverage_start"] for row in self.rows("SELECT * FROM coverage", role="form4_serve")}

    def fetched(self, words: str = ".txt") -> list[str]:
        """Return the paths that the small EDGAR was asked for, in order."""
        return [str(seen["path"]) for seen in self.edgar.log() if words in str(seen["path"])]

    def queued(self, priority: Priority) -> list[UUID]:
        """Return the jobs whose messages wait in a queue, oldest first."""
        queue = f"filings:{QUEUES[priority]}"
        names: Any = self.broker.client.lrange(queue, 0, -1)
        found: list[Any] = [self.broker.client.hget(f"{queue}.msgs", name) for name in names]
        return [UUID(dramatiq.Message.decode(data).args[0]) for data in found]


@contextmanager
def form4_server(sessions: Sessions) -> Iterator[Server]:
    """Run the part of form4 that filings calls."""
    servicers = {OWNERSHIP: OwnershipServicer(sessions, PageTokens(settings()))}
    limits = settings(threads=4, max_message_bytes=MAX_MESSAGE_BYTES)
    with started(Server(limits, servicers, ISSUER.house("form4"))) as server:
        yield server


@contextmanager
def calling(server: Server) -> Iterator[OwnershipServiceStub]:
    """Yield the stub by which filings calls form4."""
    with client.channel(f"127.0.0.1:{server.port}", OWNERSHIP, identity=ISSUER.identity("filings")) as channel:
        yield OwnershipServiceStub(channel)


@contextmanager
def put_together(database: Database, valkey: KeyValue, edgar: SmallEdgar) -> Iterator[House]:
    """Put an installation together, and take it apart."""
    filings = Sessions(Limits(database.url("filings_serve", "psycopg2")))
    form4 = Sessions(Limits(database.url("form4_serve", "psycopg2"), connections=4))
    broker = new_broker(Queue(valkey.queue_url), "filings")
    with form4_server(form4) as server, calling(server) as stub:
        yield House(
            database=database,
            valkey=valkey,
            edgar=edgar,
            broker=broker,
            messages=Messages(broker),
            sessions=filings,
            form4=stub,
            form4_server=server,
        )
    broker.close()
    broker.client.close()
    for sessions in (filings, form4):
        sessions.close()
