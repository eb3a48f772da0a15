"""auth's server, at the moment when it says that it serves."""

from typing import Any

import pytest

from services.auth import serve
from services.auth.decoys import decoy
from tests.conftest import Database
from tests.integration.auth.house import SECRET, Tokens

BCRYPT = "$2b$12$"
SERVICES = ("FILINGS", "FORM4", "WATCHLIST", "GATEWAY")


class Serving(Exception):  # noqa: N818 - it is none
    """Tell what a server would answer with."""

    def __init__(self, servicers: dict[str, Any]) -> None:
        self.entrance = servicers["sectracker.auth.v1.AuthService"].entrance
        super().__init__()


@pytest.fixture
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the environment of a server's process that ends when it would serve."""

    class Server:
        """Stand in for the server, whose loops have not begun."""

        def __init__(self, _settings: object, servicers: dict[str, Any], *_: object, **__: object) -> None:
            self.servicers, self.loops = servicers, self

        def every(self, *_: object) -> None:
            """Take a loop."""

        def run(self) -> None:
            """Serve."""
            raise Serving(self.servicers)

    monkeypatch.setattr(serve, "Server", Server)
    monkeypatch.setattr("services.chassis.logs.configure", lambda _settings: None)
    monkeypatch.setenv("AUTH_DATABASE_URL", database.url("auth_serve", "psycopg2"))
    monkeypatch.setenv("AUTH_KEY_SECRET", SECRET)
    monkeypatch.setenv("QUEUE_REDIS_URL", "redis://127.0.0.1:1/0")
    for service in SERVICES:
        monkeypatch.setenv(f"{service}_SERVICE_SECRET", "any")


@pytest.mark.usefixtures("environment")
def test_a_server_knows_the_accounts_hashes_before_it_serves(tokens: Tokens) -> None:
    """Where all accounts have bcrypt, no address is told from theirs by its time, not even in the first minute."""
    tokens.user(password_hash=decoy(BCRYPT))
    with pytest.raises(Serving) as serving:
        serve.run()
    entrance = serving.value.entrance
    assert {entrance.decoys.hash_for(f"nobody{number}@example.com") for number in range(20)} == {decoy(BCRYPT)}
    entrance.sessions.close()


@pytest.mark.usefixtures("environment")
def test_a_server_that_cannot_look_at_the_accounts_serves(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the database is too slow to count the hashes, a loop tries again; logins do not wait for it."""

    def fail(_session: object) -> dict[str, int]:
        raise TimeoutError

    monkeypatch.setattr("services.auth.repository.users.kinds", fail)
    tokens.user(password_hash=decoy(BCRYPT))
    with pytest.raises(Serving) as serving:
        serve.run()
    serving.value.entrance.sessions.close()
