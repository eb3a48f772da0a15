"""Keep small private files: in a folder and with modes that keep others out, written whole or not at all.

What others could have written or can read is refused, not mended: whoever reads the sentence finds out why.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from cli.errors import CommandError, ExitCode
from cli.text import clean

NAME = "sectracker"
MAX_BYTES = 1024 * 1024
LOCK_POLL_SECONDS = 0.05
OTHERS_READ, OTHERS_WRITE = 0o077, 0o022
# Neither a symbolic link is followed nor a pipe waited for.
SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def path() -> Path:
    """Return the folder: below XDG_CONFIG_HOME, else below ~/.config.

    Raises: CommandError for a user without a home.
    """
    named = os.environ.get("XDG_CONFIG_HOME", "")
    if named.startswith("/"):
        return Path(named) / NAME
    try:
        return Path.home() / ".config" / NAME
    except RuntimeError:
        sentence = "There is no home folder to keep credentials in; XDG_CONFIG_HOME may name another."
        raise CommandError(sentence, ExitCode.SOME_FAILED) from None


def exists() -> bool:
    """Say whether there is anything of that name."""
    with suppress(CommandError):
        return os.path.lexists(path())
    return False


@contextmanager
def opened() -> Iterator[int]:
    """Yield a descriptor of the folder, which is made when it is missing.

    Raises: CommandError when it is not the user's own.
    """
    where = path()
    with told(where):
        where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        where.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(where, SAFELY | os.O_DIRECTORY | os.O_RDONLY)
    try:
        check(os.fstat(folder), where, OTHERS_WRITE, "written by others: chmod 700 it")
        yield folder
    finally:
        os.close(folder)


def read(name: str) -> str | None:
    """Return a file's text; None when there is none.

    Raises: CommandError when others can read it, or somebody else made it.
    """
    if not exists():
        return None
    where = path() / name
    with opened() as folder, told(where):
        try:
            file = os.open(name, SAFELY | os.O_RDONLY, dir_fd=folder)
        except FileNotFoundError:
            return None
        with os.fdopen(file, encoding="utf-8", errors="replace") as opened_file:
            state = os.fstat(file)
            if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES:
                raise refusal(where, "no file of credentials")
            check(state, where, OTHERS_READ, "open to others: chmod 600 it, or remove it and log in again")
            return opened_file.read(MAX_BYTES)


def write(name: str, text: str) -> None:
    """Put a text in a file's place, at once and whole.

    Raises: CommandError.
    """
    with opened() as folder, told(path() / name):
        made = f".{name}.{token_hex(8)}"
        file = os.open(made, SAFELY | os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as opened_file:
                opened_file.write(text)
                opened_file.flush()
                os.fsync(file)
            os.replace(made, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(made, dir_fd=folder)
            raise


@contextmanager
def locked(name: str, seconds: float) -> Iterator[bool]:
    """Hold a lock while something is done; yield whether it was got in time.

    Unit: seconds is how long to wait for whoever holds it.
    Raises: CommandError.
    """
    with opened() as folder:
        with told(path() / name):
            file = os.open(name, SAFELY | os.O_RDWR | os.O_CREAT, 0o600, dir_fd=folder)
        try:
            yield acquired(file, time.monotonic() + seconds)
        finally:
            os.close(file)  # which gives the lock back


def acquired(file: int, until: float) -> bool:
    """Take a file's lock, and say whether that came about in time."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return True


def check(state: os.stat_result, where: Path, kept_out: int, cause: str) -> None:
    """Refuse what is not the user's own, or not kept from others.

    Raises: CommandError.
    """
    if state.st_uid != os.geteuid():
        raise refusal(where, "not yours")
    if state.st_mode & kept_out:
        raise refusal(where, cause)


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Turn what the system refuses into a sentence.

    Raises: CommandError.
    """
    try:
        yield
    except OSError as failed:
        cause = "a symbolic link" if where.is_symlink() else (failed.strerror or type(failed).__name__).lower()
        raise refusal(where, cause) from None


def refusal(where: Path, cause: str) -> CommandError:
    """Return the error that names a file and what is wrong with it."""
    return CommandError(f"{clean(str(where))} cannot be used for credentials: {cause}.", ExitCode.SOME_FAILED)
