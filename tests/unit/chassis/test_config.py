"""Settings: prefixed and shared variables, and a sentence for each one that is missing or wrong."""

import pytest

from services.chassis import config
from services.chassis.config import DatabaseSettings, MigrateSettings, ServiceSettings

URL = "postgresql://form4_serve:secret@127.0.0.1:5432/sectracker"


class Settings(ServiceSettings, DatabaseSettings, env_prefix="TRIAL_"):
    """What a service says of itself."""

    window_days: int = 30


class Migration(MigrateSettings, env_prefix="TRIAL_"):
    """What its migrator says."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment that says nothing."""
    for name in ("LISTEN_PORT", "LOG_LEVEL", "TRIAL_DATABASE_URL", "TRIAL_MIGRATE_DATABASE_URL", "PAGE_TOKEN_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_own_variables_have_a_prefix_and_shared_ones_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's database has the service's name in it, its port has not."""
    monkeypatch.setenv("TRIAL_DATABASE_URL", URL)
    monkeypatch.setenv("TRIAL_WINDOW_DAYS", "7")
    monkeypatch.setenv("LISTEN_PORT", "50052")
    settings = config.load(Settings)
    assert (settings.database_url, settings.window_days, settings.listen_port) == (URL, 7, 50052)


def test_defaults_are_for_one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word nothing listens beyond loopback, and no metrics are told."""
    monkeypatch.setenv("TRIAL_DATABASE_URL", URL)
    settings = config.load(Settings)
    assert (settings.listen_host, settings.metrics_port, settings.threads) == ("127.0.0.1", 0, 4)


def test_each_problem_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All that is missing or wrong is told at once, by the variable's name, without its value; the exit code is 2."""
    monkeypatch.setenv("LISTEN_PORT", "secret")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(SystemExit) as ended:
        config.load(Settings)
    said = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert [line.split()[0] for line in sorted(said)] == ["LISTEN_PORT", "LOG_LEVEL", "TRIAL_DATABASE_URL"]
    assert "TRIAL_DATABASE_URL is not set." in said
    assert not any("secret" in line for line in said)


def test_a_migrator_needs_its_own_url_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that migrates has another URL than the one that serves."""
    monkeypatch.setenv("TRIAL_MIGRATE_DATABASE_URL", URL)
    assert config.load(Migration).migrate_database_url == URL


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the database's password nor the page tokens' key is in the settings' text."""
    monkeypatch.setenv("TRIAL_DATABASE_URL", URL)
    monkeypatch.setenv("PAGE_TOKEN_KEY", "very secret page token key")
    assert "secret" not in repr(config.load(Settings))
