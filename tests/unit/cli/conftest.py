"""What the command's tests ask for: a server of canned answers, and the command run against it in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import company_reading
from cli.main import app
from tests.unit.cli.canned import Canned, serving

Run = Callable[..., Result]


@pytest.fixture
def canned() -> Iterator[Canned]:
    """Yield a server of canned answers on a port of its own."""
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that XDG_CONFIG_HOME names: no test sees or touches what the person who runs it has."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("SECTRACKER_CREDENTIALS", "file")
    for name in ("SECTRACKER_API_KEY", "SECTRACKER_INSECURE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def run(canned: Canned, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command on its words, against the canned server, as in a pipe."""
    monkeypatch.setattr(company_reading, "POLL_SECONDS", 0.05)
    return lambda *words, **settings: CliRunner(env={"SECTRACKER_URL": canned.url}).invoke(app, [*words], **settings)
