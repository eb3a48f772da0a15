"""`up` returns once tickers can be answered for, or says that they cannot."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local import companies
from deploy.local.companies import IN_A_ROW, await_companies


class Door(HTTPServer):
    """Answers with the statuses that a test lays down, the last one again and again."""

    statuses: list[int]
    asked: int = 0

    def next_status(self) -> int:
        """Return the status of this answer."""
        self.asked += 1
        return self.statuses[min(self.asked, len(self.statuses)) - 1]


class Handler(BaseHTTPRequestHandler):
    """Hands out the door's statuses."""

    server: Door

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(self.server.next_status())
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def door() -> Iterator[Door]:
    """Yield a door that is open."""
    with Door(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_waits_until_every_process_knows_the_companies(door: Door) -> None:
    """One answer that knows them is not enough, because another process may not."""
    door.statuses = [503, 404, 404, 503, 404]
    assert await_companies(door.server_port)
    assert door.asked == 4 + IN_A_ROW


def test_gives_up_where_the_list_does_not_come(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without EDGAR the stack is up all the same, and says what is missing."""
    monkeypatch.setattr(companies, "WITHIN", 0.5)
    door.statuses = [503]
    assert not await_companies(door.server_port)


def test_a_door_that_is_shut_knows_nothing() -> None:
    """What does not listen is asked again, and raises nothing."""
    with HTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    assert not companies.are_known(port)
