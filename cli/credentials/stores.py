"""Say what a place for logins does, and where the places are: a file, and the user's keyring where it answers."""

import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from cli.credentials import folder
from cli.credentials.login import Login
from cli.errors import CommandError, ExitCode
from cli.text import clean

FILE, FILE_LOCK = "credentials.json", "credentials.lock"
LOCK_SECONDS = 10.0
KEYRING_SERVICE = "sectracker"
# Finding a keyring asks the session's bus; a keyring that is locked asks its user, who has to type.
FIND_SECONDS, ANSWER_SECONDS = 3.0, 60.0
# From here on `keyring` recommends a backend; below are plain files of its own, at 0 and less those that keep nothing.
RECOMMENDED = 1.0
BACKEND = "PYTHON_KEYRING_BACKEND"

Answer = TypeVar("Answer")


class Store(Protocol):
    """Keep one login for each door.

    Raises: CommandError, from each of them.
    """

    @property
    def name(self) -> str:
        """Return what people call it."""

    def load(self, door: str) -> Login | None:
        """Return a door's login."""

    def save(self, door: str, login: Login) -> None:
        """Keep a door's login in place of the one before."""

    def forget(self, door: str) -> None:
        """Keep nothing for a door any more."""


class FileStore:
    """Keep logins in a file that only its user can read."""

    @property
    def name(self) -> str:
        """Return where the file is."""
        return str(folder.path() / FILE)

    def load(self, door: str) -> Login | None:
        """Return a door's login.

        Raises: CommandError.
        """
        kept = self._doors().get(door)
        return None if kept is None else parse(json.dumps(kept), self.name)

    def save(self, door: str, login: Login) -> None:
        """Keep a door's login in place of the one before.

        Raises: CommandError.
        """
        self._change(door, json.loads(login.to_text()))

    def forget(self, door: str) -> None:
        """Keep nothing for a door any more.

        Raises: CommandError.
        """
        if door in self._doors():
            self._change(door, None)

    def _change(self, door: str, kept: Any) -> None:
        """Write the file anew with one door's entry changed, or without it."""
        with folder.locked(FILE_LOCK, LOCK_SECONDS) as is_ours:
            if not is_ours:
                raise CommandError(f"{self.name} is held by another command.", ExitCode.UNAVAILABLE)
            doors = {**self._doors(), door: kept}
            folder.write(FILE, json.dumps({"doors": {key: one for key, one in doors.items() if one}}, indent=2) + "\n")

    def _doors(self) -> dict[str, Any]:
        """Return the entries of all doors."""
        text = folder.read(FILE)
        try:
            doors = json.loads(text)["doors"] if text is not None else {}
            return dict(doors)
        except (KeyError, TypeError, ValueError, RecursionError):
            sentence = f"{self.name} holds no credentials that can be read; remove it and log in again."
            raise CommandError(sentence, ExitCode.SOME_FAILED) from None


@dataclass(frozen=True, slots=True)
class KeyringStore:
    """Keep logins in the keyring of the user's desktop."""

    backend: Any

    @property
    def name(self) -> str:
        """Return what keeps them."""
        return f"the keyring ({clean(str(getattr(self.backend, 'name', type(self.backend).__name__)), 60)})"

    def load(self, door: str) -> Login | None:
        """Return a door's login.

        Raises: CommandError.
        """
        text = self._ask(self.backend.get_password, KEYRING_SERVICE, door)
        return None if text is None else parse(text, self.name)

    def save(self, door: str, login: Login) -> None:
        """Keep a door's login in place of the one before.

        Raises: CommandError.
        """
        self._ask(self.backend.set_password, KEYRING_SERVICE, door, login.to_text())

    def forget(self, door: str) -> None:
        """Keep nothing for a door any more.

        Raises: CommandError.
        """
        if self._ask(self.backend.get_password, KEYRING_SERVICE, door) is not None:
            self._ask(self.backend.delete_password, KEYRING_SERVICE, door)

    def _ask(self, operation: Any, *words: str) -> Any:
        """Return what the backend answers.

        Raises: CommandError.
        """
        try:
            return within(ANSWER_SECONDS, operation, *words)
        except Exception as failed:  # noqa: BLE001 - each backend raises errors of its own
            cause = (
                "no answer" if isinstance(failed, TimeoutError) else clean(str(failed), 100) or type(failed).__name__
            )
            sentence = f"{self.name} failed: {cause}. SECTRACKER_CREDENTIALS=file keeps credentials in a file."
            raise CommandError(sentence, ExitCode.SOME_FAILED) from None


def parse(text: str, where: str) -> Login:
    """Return the login that a store kept.

    Raises: CommandError.
    """
    try:
        return Login.from_text(text)
    except ValueError as wrong:
        raise CommandError(f"{where}: {wrong}; log in again.", ExitCode.SOME_FAILED) from None


def find_keyring(*, is_asked_for: bool) -> KeyringStore | None:
    """Return the user's keyring; None where there is none, or nobody to unlock it.

    Shape: when asked for, any backend will do that keeps what it is given.
    """
    if not is_asked_for and not has_desktop():
        return None
    try:
        backend = within(FIND_SECONDS, load_backend)
        priority = float(backend.priority)
    except Exception:  # noqa: BLE001 - a backend that is broken is none
        return None
    return KeyringStore(backend) if priority >= RECOMMENDED or (is_asked_for and priority > 0) else None


def has_desktop() -> bool:
    """Say whether a keyring can be there and ask its user: not over SSH, in a container, in a job of cron."""
    if BACKEND in os.environ:
        return True
    if sys.platform == "darwin":
        return "SSH_CONNECTION" not in os.environ
    has_bus = "DBUS_SESSION_BUS_ADDRESS" in os.environ or Path(os.environ.get("XDG_RUNTIME_DIR", "/"), "bus").exists()
    return has_bus and ("DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ)


def load_backend() -> Any:
    """Return the backend that the library chooses, without its log of those that it could not load."""
    logging.getLogger("keyring").disabled = True
    import keyring  # noqa: PLC0415 - it takes 0.2 s, which every command without a desktop is spared

    logging.getLogger("keyring.backend").disabled = True
    return keyring.get_keyring()


def within(seconds: float, operation: Any, *words: str) -> Any:
    """Return what an operation returns, in a thread of its own that is left behind when it takes too long.

    Raises: TimeoutError; and whatever the operation raises.
    """
    answers: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

    def work() -> None:
        """Put the operation's end into the queue."""
        try:
            answers.put((operation(*words), None))
        except Exception as failed:  # noqa: BLE001 - it is raised where it is waited for
            answers.put((None, failed))

    Thread(target=work, daemon=True).start()
    try:
        answer, failure = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if failure is not None:
        raise failure
    return answer
