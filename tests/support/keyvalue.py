"""A Valkey server for one test run."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis

from deploy.local import valkey
from deploy.local.machine import free_ports
from deploy.local.process import Process
from deploy.local.process import Redis as Pongs
from tests.support.servers import running, scratch


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A running server with the two databases that the services know."""

    port: int
    password: str

    @property
    def queue_url(self) -> str:
        """Return the address of the database that must not be evicted."""
        return valkey.url(self.port, self.password, database=0)

    @property
    def cache_url(self) -> str:
        """Return the address of the database that may vanish."""
        return valkey.url(self.port, self.password, database=1)

    def flush(self) -> None:
        """Delete everything in both databases."""
        with Redis.from_url(self.queue_url) as client:
            client.flushall()


@contextmanager
def throwaway_valkey() -> Iterator[KeyValue]:
    """Start a server that keeps nothing, and end it afterwards."""
    with scratch() as folder:
        made = KeyValue(next(free_ports()), secrets.token_hex(16))
        process = Process(
            name="valkey",
            command=tuple(valkey.server(folder / "valkey", made.port, made.password, durable=False)),
            ready=Pongs(made.queue_url),
            port=made.port,
            folder=folder / "valkey",
        )
        with running(process, folder / "valkey.log"):
            yield made
