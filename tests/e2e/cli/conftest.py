"""What the command's tests through the real door share: the command as a process, and settings of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SECONDS = 180
Ended = subprocess.CompletedProcess[str]
Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that XDG_CONFIG_HOME names: no test sees or touches what the person who runs it has."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("SECTRACKER_CREDENTIALS", "file")
    monkeypatch.delenv("SECTRACKER_API_KEY", raising=False)
    return folder


@pytest.fixture
def command(stack_url: str) -> Command:
    """Return a function that runs the command on its words, with lines for its standard input and more variables."""

    def run(*words: str, said: str = "", **variables: str) -> Ended:
        """Run the command as in a pipe."""
        return subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "cli", *words, "--url", stack_url],
            input=said,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    return run
