"""Registering, logging in and changing accounts at the same moment, on real tables."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
from sqlalchemy import text

from services.auth import operate
from services.auth.change_account import Accounts, Change
from services.auth.decoys import Decoys
from services.auth.errors import CredentialsWrong, EmailTaken, PasswordWrong
from services.auth.guesses import Budgets, Guesses
from services.auth.log_in import Entrance
from services.auth.passwords import Hasher, Passwords
from services.auth.register import Registered, Registration
from services.chassis.counters import LocalCounters
from services.chassis.errors import RateLimited, ServiceError
from services.chassis.windows import parse
from tests.integration.auth.house import Tokens

ADA, PASSWORD, NEW, HOME = "ada@example.com", "a difference engine", "an analytical engine", "192.0.2.1"
BUDGETS = Budgets(parse("20/15m"), parse("20/15m"), parse("20/15m"), parse("1000/1m"), parse("1/30s"))
HASHER = Hasher(19_456)


class People:
    """The use-cases, on tables in which everybody commits."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.passwords = Passwords(HASHER, threads=2, waiting=100)
        guesses = Guesses(LocalCounters(), BUDGETS, b"key")
        decoys = Decoys(b"key", HASHER.hash(""))
        self.registration = Registration(tokens.sessions, self.passwords, tokens.logins)
        self.entrance = Entrance(tokens.sessions, self.passwords, guesses, decoys, tokens.logins)
        self.accounts = Accounts(tokens.sessions, self.passwords, guesses)

    def register(self, email: str = ADA) -> Registered:
        """Register."""
        return self.registration.register(email, PASSWORD, HOME, 30)

    def log_in(self, password: str = PASSWORD) -> None:
        """Log in from home."""
        self.entrance.log_in(ADA, password, HOME, 30)

    def change(self, made: Registered, **wishes: str) -> None:
        """Change an account from home."""
        self.accounts.change(Change(made.user.id, made.pair.login_id, HOME, 30, PASSWORD, **wishes))


@pytest.fixture
def people(tokens: Tokens) -> Iterator[People]:
    """Yield the use-cases on empty tables."""
    made = People(tokens)
    yield made
    made.passwords.close()


def at_once(*calls: Callable[[], object]) -> Counter[str]:
    """Make calls at the same moment, and count how they ended."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        """Wait for the others, then call."""
        together.wait()
        try:
            call()
        except ServiceError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def test_one_of_many_gets_an_address(people: People) -> None:
    """Six who register one address at once make one account, one login and one line of the trail."""
    assert at_once(*[people.register] * 6) == {"done": 1, EmailTaken.__name__: 5}
    for table in ("users", "logins", "refresh_tokens", "known_addresses", "audit"):
        assert people.tokens.row(f"SELECT count(*) FROM {table}") == (1,)  # noqa: S608 - our own names


def test_one_of_two_changes_a_password(people: People) -> None:
    """Two who know the current password: the first one's new password stands, the other is told that it was wrong."""
    made = people.register()
    told = at_once(*[lambda: people.change(made, password=NEW)] * 2)
    assert told == {"done": 1, PasswordWrong.__name__: 1}
    people.log_in(NEW)
    with pytest.raises(CredentialsWrong):
        people.log_in()


def test_one_of_two_moves_to_an_address(people: People) -> None:
    """Two accounts that want one address: one has it, the other is refused and stays whole."""
    both = [people.register(email) for email in (ADA, "bob@example.com")]
    wish = {"email": "new@example.com"}
    told = at_once(*[lambda made=made: people.change(made, **wish) for made in both])
    assert told == {"done": 1, EmailTaken.__name__: 1}
    row = "SELECT count(*) FILTER (WHERE email = 'new@example.com'), count(*) FROM users"
    assert people.tokens.row(row) == (1, 2)


def test_no_login_with_the_old_password_outlives_the_change(people: People) -> None:
    """However logins and the change fall together, what began with the old password has ended afterwards."""
    made = people.register()
    at_once(*[people.log_in] * 5, lambda: people.change(made, password=NEW))
    row = "SELECT count(*) FROM logins WHERE ended_at IS NULL AND id <> :mine"
    assert people.tokens.row(row, mine=made.pair.login_id) == (0,)


def test_no_login_outlives_a_deactivation(people: People) -> None:
    """However logins and the deactivation fall together, none is left."""
    people.register()
    at_once(*[people.log_in] * 5, lambda: operate.deactivate(people.tokens.sessions, ADA))
    assert people.tokens.row("SELECT count(*) FROM logins WHERE ended_at IS NULL") == (0,)
    with pytest.raises(CredentialsWrong):
        people.log_in()


def test_imported_users_log_in_at_once(people: People) -> None:
    """Several logins that upgrade the same bcrypt hash all get in, and none waits for another for ever."""
    people.tokens.user(ADA, password_hash=bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())
    assert at_once(*[people.log_in] * 5) == {"done": 5}
    (stored,) = people.tokens.row("SELECT password_hash FROM users")
    assert str(stored).startswith("$argon2id$")


def test_guesses_at_once_are_no_more_than_one_by_one(people: People) -> None:
    """Each is counted before it is looked at."""
    people.register()
    told = at_once(*[lambda: people.log_in("a wrong password")] * 30)
    assert told == {CredentialsWrong.__name__: 20, RateLimited.__name__: 10}


def test_the_trail_cannot_be_changed(people: People) -> None:
    """The serving role adds to it; whoever steals its password cannot wipe what they did."""
    people.register()
    for statement in ("DELETE FROM audit", "UPDATE audit SET event = 'nothing'", "TRUNCATE audit"):
        with pytest.raises(Exception, match="permission denied"), people.tokens.sessions() as session:
            session.execute(text(statement))


def test_kinds_of_hashes_are_counted(people: People) -> None:
    """The server learns what accounts have, so that addresses without one take as long."""
    people.register()
    for number, stored in enumerate(["$2b$12$" + "x" * 53, "$2b$12$" + "y" * 53, "$2y$10$" + "z" * 53, "none"]):
        people.tokens.user(f"user{number}@example.com", password_hash=stored)
    people.entrance.learn()
    kinds = [kind for _, kind in people.entrance.decoys._bounds]
    assert kinds == ["$2b$12$", "$2y$10$", "$argon2id$v=19$m=19456,t=2,p=1$"]
    assert [bound for bound, _ in people.entrance.decoys._bounds] == [2, 3, 4]
