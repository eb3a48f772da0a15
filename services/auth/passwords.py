"""Say which passwords are good enough, and hash them where that starves nobody.

Hashing is meant to be slow: it has threads of its own, few and of low priority, and a short queue. What does not fit is
refused at once, so that calls which wait for a hash never hold all of the server's threads.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotReady
from contextlib import suppress
from typing import Final, NamedTuple, TypeVar

from passlib.context import CryptContext  # type: ignore[import-untyped] # libpass has no stubs
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped] # has no stubs

from services.auth.errors import PasswordsBusy, PasswordTooCommon
from services.chassis.errors import DeadlineExceeded, InvalidField

MIN_CHARACTERS: Final = 8
MAX_CHARACTERS: Final = 128
BCRYPT: Final = "$2"
BCRYPT_BYTES: Final = 72  # bcrypt has never looked further, and its library refuses more
NICE: Final = 10
COMMONEST: Final = frozenset(word.lower() for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_CHARACTERS)

T = TypeVar("T")


class Checked(NamedTuple):
    """Say whether a password is right, and whether it should be hashed anew: by another kind, or with more work."""

    is_right: bool
    is_outdated: bool = False


def check(password: str, email: str) -> None:
    """Let a new password pass.

    Raises: InvalidField, PasswordTooCommon.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidField("password", f"must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters")
    if "\0" in password:
        raise InvalidField("password", "must not contain NUL")
    if not is_text(password):
        raise InvalidField("password", "must be text in UTF-8")
    said = password.lower()
    if said in COMMONEST or said in {email, email.partition("@")[0]}:
        raise PasswordTooCommon


def is_text(password: str) -> bool:
    """Say whether a password can be hashed; bytes of a terminal that are no UTF-8 become what cannot."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


class Hasher:
    """Hash and verify, as slowly as is asked for.

    Unit: memory is KiB.
    """

    def __init__(self, memory: int) -> None:
        self._context = CryptContext(
            schemes=["argon2", "bcrypt"],
            deprecated=["bcrypt"],
            argon2__type="ID",
            argon2__memory_cost=memory,
            argon2__time_cost=2,  # with 19 MiB and one lane: OWASP's Password Storage Cheat Sheet
            argon2__parallelism=1,
        )

    def hash(self, password: str) -> str:
        """Return a password's hash."""
        return str(self._context.hash(password))

    def verify(self, password: str, stored: str) -> Checked:
        """Say whether a password is the one of a stored hash, which may be of an older kind."""
        secret = password.encode()[:BCRYPT_BYTES] if stored.startswith(BCRYPT) else password
        if not self._context.verify(secret, stored):
            return Checked(is_right=False)
        return Checked(is_right=True, is_outdated=self._context.needs_update(stored))


class Passwords:
    """Hash on threads of their own.

    Shape: at most so many wait beside those that are being looked at.
    """

    def __init__(self, hasher: Hasher, threads: int = 2, waiting: int = 8) -> None:
        self._hasher = hasher
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="password", initializer=step_back)

    def hash(self, password: str, seconds: float) -> str:
        """Return a password's hash, within so many seconds.

        Raises: PasswordsBusy, DeadlineExceeded.
        """
        return self._run(lambda: self._hasher.hash(password), seconds)

    def verify(self, password: str, stored: str, seconds: float) -> Checked:
        """Say whether a password is the one of a stored hash, within so many seconds.

        Raises: PasswordsBusy, DeadlineExceeded.
        """
        return self._run(lambda: self._hasher.verify(password, stored), seconds)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, work: Callable[[], T], seconds: float) -> T:
        """Have a thread do it; a place is free again when the work is done, or when nobody waits for it any more."""
        if not self._places.acquire(blocking=False):
            raise PasswordsBusy
        try:
            future: Future[T] = self._pool.submit(work)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _done: self._places.release())
        try:
            return future.result(min(seconds, threading.TIMEOUT_MAX))
        except NotReady:
            future.cancel()
            raise DeadlineExceeded from None


def step_back() -> None:
    """Give this thread a low priority: a call that needs no hash goes first. Linux has priorities by thread."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
