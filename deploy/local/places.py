"""Where the native stack keeps things: what may be deleted at any time, and what must survive."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.refusal import Refusal

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_STATE = Path("/var/tmp")  # noqa: S108 - survives a reboot; what is below it is checked to be ours alone


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one stack.

    Shape: `run` holds the state file, the logs and rendered configuration; `data` the servers' data and passwords.
    """

    run: Path
    data: Path

    @property
    def state(self) -> Path:
        """Return the file that says which processes run, and where."""
        return self.run / "stack.json"

    @property
    def lock(self) -> Path:
        """Return the file that a running supervisor holds locked."""
        return self.run / "supervisor.lock"

    @property
    def logs(self) -> Path:
        """Return the folder with one log a process."""
        return self.run / "logs"

    @property
    def passwords(self) -> Path:
        """Return the file with the passwords of the servers in `data`."""
        return self.data / "passwords.json"

    def make(self) -> None:
        """Make the folders.

        Raises: Refusal when the data folder belongs to somebody else.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True, mode=0o755)
        found = self.data.lstat()
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise Refusal(f"{self.data} belongs to somebody else or is open to others; remove it and try again.")
        if os.geteuid() == 0:
            self.data.chmod(0o755)  # PostgreSQL's user has to pass through, whatever the umask


def places(folder: Path = CHECKOUT / ".run") -> Places:
    """Return the places of the stack whose state is in a folder.

    PostgreSQL refuses to run as root, and an ordinary user may be unable to enter root's folders; so for root the data
    are below /var/tmp, in a folder named after the state's own.
    """
    run = folder.resolve()
    if os.geteuid() != 0:
        return Places(run=run, data=run / "data")
    digest = hashlib.sha256(str(run).encode()).hexdigest()[:12]
    return Places(run=run, data=SYSTEM_STATE / f"sectracker-{digest}")


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file at once, so that a reader sees the old text or the new one and never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
