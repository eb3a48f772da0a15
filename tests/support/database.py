"""A PostgreSQL cluster for one test run: the roles of production, no care for the disk."""

import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from deploy.local import postgres
from deploy.local.environment import database_url
from deploy.local.machine import free_ports
from deploy.local.passwords import ROLES
from deploy.local.postgres import Address, Programs
from deploy.local.process import Process, Succeeds
from deploy.local.roles import make_roles
from services.chassis.db import Sessions
from tests.support.servers import running, scratch


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster with the database `sectracker`, its schemas and its roles."""

    programs: Programs
    port: int
    secret: dict[str, str]

    def url(self, role: str, database: str = "sectracker", driver: str = "psycopg") -> str:
        """Return the address of a database for one role: `form4_serve`, `filings_migrate`, `postgres`.

        Shape: as SQLAlchemy has it; as PostgreSQL's own clients do with an empty driver.
        """
        address = database_url(role, self.secret[role], self.port, database)
        return address.replace("postgresql+psycopg2", f"postgresql+{driver}" if driver else "postgresql", 1)

    def psql(self, script: str, database: str = "postgres") -> str:
        """Run a script as superuser and return what it prints."""
        return postgres.psql(self.programs, Address(self.port, self.secret["postgres"]), script, database)

    @contextmanager
    def copy(self, of: str = "sectracker") -> Iterator[str]:
        """Yield the name of a new database with everything that another one has, and drop it afterwards.

        Nobody may be connected to the other one. Copying its files takes 17 ms, through the log it would be 43 ms.
        """
        name = f"copy_{secrets.token_hex(6)}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY file_copy")
        try:
            yield name
        finally:
            self.psql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def rolled_back(url: str) -> Iterator[Sessions]:
    """Yield sessions that share one connection and one transaction, which is rolled back.

    Shape: what a session commits, the next ones see; `now()` is the same throughout. One thread at a time.
    """
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection, connection.begin() as everything:
        try:
            yield Sessions.over(connection)
        finally:
            everything.rollback()


@contextmanager
def throwaway_cluster() -> Iterator[Cluster]:
    """Make a cluster with the project's roles, and delete it afterwards."""
    with scratch() as folder:
        found = postgres.programs(folder)
        secret = {role: secrets.token_hex(16) for role in ("postgres", *ROLES)}
        data = folder / "postgres/cluster"
        postgres.make_cluster(found, data, secret["postgres"])
        process = server(found, data)
        assert process.port is not None
        with running(process, folder / "postgres.log"):
            make_roles(found, process.port, secret)
            yield Cluster(found, process.port, secret)


def server(found: Programs, data: Path) -> Process:
    """Return the process of a throw-away cluster on a free port."""
    port = next(free_ports())
    return Process(
        name="postgres",
        command=tuple(postgres.server(found, data, port, postgres.THROWAWAY)),
        ready=Succeeds(tuple(postgres.is_ready(found, port))),
        port=port,
        folder=Path("/"),
        user=found.user,
        stop_signal=signal.SIGINT,
    )
