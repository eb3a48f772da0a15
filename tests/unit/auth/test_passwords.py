"""Passwords: rules, hashes and the threads that make them."""

import threading

import bcrypt
import pytest

from services.auth import passwords
from services.auth.decoys import decoy, kind_of
from services.auth.errors import PasswordsBusy, PasswordTooCommon
from services.auth.passwords import Checked, Hasher, Passwords
from services.chassis.errors import DeadlineExceeded, InvalidField

HASHER = Hasher(19_456)
GOOD = "a difference engine"


@pytest.mark.parametrize("password", ["sunshine", "SUNSHINE", "trustno1", "ada@example.com", "Ada@Example.com"])
def test_the_commonest_are_refused(password: str) -> None:
    """In any case, and so is the address itself."""
    with pytest.raises(PasswordTooCommon):
        passwords.check(password, "ada@example.com")


@pytest.mark.parametrize("password", ["7 chars", "x" * 129, "nul \0 nul", "no UTF-8 \udcff"])
def test_bounds(password: str) -> None:
    """Eight to 128 characters without NUL, of UTF-8, also where no contract has looked before."""
    with pytest.raises(InvalidField):
        passwords.check(password, "ada@example.com")


def test_a_hash_is_salted_and_verified() -> None:
    """Two hashes of a password differ, and it is right for both; another one is not."""
    first, second = HASHER.hash(GOOD), HASHER.hash(GOOD)
    assert first != second
    assert HASHER.verify(GOOD, first) == HASHER.verify(GOOD, second) == Checked(is_right=True)
    assert not HASHER.verify(GOOD.upper(), first).is_right


def test_more_memory_makes_hashes_outdated() -> None:
    """When the setting is raised, old hashes are good and wait to be replaced."""
    assert Hasher(20_480).verify(GOOD, HASHER.hash(GOOD)) == Checked(is_right=True, is_outdated=True)


def test_bcrypt_is_outdated_and_reads_72_bytes() -> None:
    """A bcrypt hash is verified as it always was, in bytes, with a character that its end cuts in two."""
    long = "é" * 40
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    assert HASHER.verify(long, stored) == Checked(is_right=True, is_outdated=True)
    assert not HASHER.verify("è" * 40, stored).is_right


@pytest.mark.parametrize("kind", ["$2b$04$", kind_of(HASHER.hash(GOOD))])
@pytest.mark.parametrize("password", ["", GOOD, "\u00ff" * 128])
def test_no_password_has_a_decoy(kind: str, password: str) -> None:
    """A decoy is verified as any hash, and is nobody's."""
    assert not HASHER.verify(password, decoy(kind)).is_right


class Slow(Hasher):
    """Hash when told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.nice: list[int] = []

    def hash(self, password: str) -> str:
        """Wait, and note the priority."""
        import os  # noqa: PLC0415 - only here

        self.go.wait(10)
        self.nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return password


def test_what_does_not_fit_is_refused_at_once() -> None:
    """Two are looked at and one waits; the fourth is told to come back; all three are done, in low priority."""
    hasher = Slow()
    pool = Passwords(hasher, threads=2, waiting=1)
    done: list[str] = []
    threads = [threading.Thread(target=lambda: done.append(pool.hash("a", 10))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while pool._places._value:
        pass
    with pytest.raises(PasswordsBusy) as caught:
        pool.hash("b", 10)
    assert caught.value.retry_after == 1
    hasher.go.set()
    for thread in threads:
        thread.join()
    assert done == ["a"] * 3
    assert min(hasher.nice) >= 10
    assert pool.hash("c", float("inf")) == "c"
    pool.close()


def test_who_does_not_wait_leaves_a_free_place() -> None:
    """A caller's deadline ends the wait; what was not begun is dropped, and its place is free."""
    hasher = Slow()
    pool = Passwords(hasher, threads=1, waiting=1)
    for _ in range(2):
        with pytest.raises(DeadlineExceeded):
            pool.hash("late", 0.01)
    with pytest.raises(DeadlineExceeded):
        pool.hash("the place of the second", 0.01)
    hasher.go.set()
    assert pool.hash("on time", 10) == "on time"
    pool.close()


def test_an_error_in_the_work_frees_its_place() -> None:
    """A stored hash that nobody can read does not use the pool up."""
    pool = Passwords(HASHER, threads=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="hash could not be identified"):
            pool.verify(GOOD, "none", 10)
    pool.close()
