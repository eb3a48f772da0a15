"""Connections to PostgreSQL: a machine that vanishes holds nobody up for long."""

import socket
from typing import Any

import pytest

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.serving import Limits

LONGEST_SILENCE_SECONDS = 10


@pytest.mark.parametrize("is_read", [False, True])
def test_a_connection_is_watched_over(database: Database, is_read: bool) -> None:
    """The kernel itself finds out, within seconds, that nobody is there who could answer a statement."""
    sessions = Sessions(Limits(database.url("form4_serve", "psycopg2")))
    with sessions.read() if is_read else sessions() as session:
        connection: Any = session.connection().connection.driver_connection
        with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as wire:
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            idle, interval, count, unanswered = (wire.getsockopt(socket.IPPROTO_TCP, option) for option in options)
    sessions.close()
    assert idle + interval * count < LONGEST_SILENCE_SECONDS
    assert 0 < unanswered < LONGEST_SILENCE_SECONDS * 1000
