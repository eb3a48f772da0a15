"""Find and keep the login of a door, wherever it is kept."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from cli.credentials import folder
from cli.credentials.login import Login
from cli.credentials.stores import FileStore, Store, find_keyring
from cli.errors import CommandError, ExitCode
from cli.screen import say

CHOICE = "SECTRACKER_CREDENTIALS"
# Longer than another command's renewal takes; who waited in vain goes on: the service grants a renewal twice.
RENEWAL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Wallet:
    """Hold the places for logins, the preferred one first."""

    stores: Sequence[Store]

    @classmethod
    def of_user(cls) -> Self:
        """Return the places that SECTRACKER_CREDENTIALS names: keyring, file, or the keyring if there is one.

        Raises: CommandError.
        """
        choice = os.environ.get(CHOICE, "")
        if choice not in {"", "file", "keyring"}:
            raise CommandError(f"{CHOICE} is neither file nor keyring.", ExitCode.USAGE)
        keyring = None if choice == "file" else find_keyring(is_asked_for=choice == "keyring")
        if choice == "keyring":
            if keyring is None:
                raise CommandError(f"{CHOICE} asks for a keyring, and none is there.", ExitCode.SOME_FAILED)
            return cls((keyring,))
        return cls((keyring, FileStore()) if keyring else (FileStore(),))

    def load(self, door: str) -> Login | None:
        """Return a door's login; the newest where two places keep one.

        Raises: CommandError when none is found and a place failed.
        """
        found, failures = [], []
        for store in self.stores:
            try:
                found.append(store.load(door))
            except CommandError as failure:
                failures.append(failure)
        logins = [login for login in found if login is not None]
        if failures and not logins:
            raise failures[0]
        return max(logins, key=lambda login: login.expires_at, default=None)

    def save(self, door: str, login: Login) -> str:
        """Keep a door's login in the first place that takes it and in no other; return its name.

        Raises: CommandError when no place takes it.
        """
        *preferred, last = self.stores
        for store in preferred:
            try:
                store.save(door, login)
            except CommandError as failure:
                say(str(failure))
                continue
            with suppress(CommandError):  # an older one elsewhere is not used any more
                last.forget(door)
            return store.name
        last.save(door, login)
        return last.name

    def forget(self, door: str) -> None:
        """Keep nothing for a door any more, anywhere.

        Raises: CommandError after all places were told.
        """
        failures = []
        for store in self.stores:
            try:
                store.forget(door)
            except CommandError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    @contextmanager
    def renewing(self, door: str) -> Iterator[None]:
        """Keep other commands from renewing a door's login at the same time, where a lock can be had."""
        name = f"renewal-{hashlib.sha256(door.encode()).hexdigest()[:16]}.lock"
        with ExitStack() as held:
            with suppress(CommandError):  # a keyring needs no folder, and the service grants a renewal twice
                held.enter_context(folder.locked(name, RENEWAL_SECONDS))
            yield
