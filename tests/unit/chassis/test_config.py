"""Settings: prefixed and shared variables, and a sentence for each one that is missing or wrong."""

import pytest

from services.chassis import config
from services.chassis.config import DatabaseSettings, IdentitySettings, MigrateSettings, ServiceSettings

URL = "postgresql://form4_serve:secret@127.0.0.1:5432/sectracker"


class Settings(ServiceSettings, DatabaseSettings, env_prefix="TRIAL_"):
    """What a service says of itself."""

    window_days: int = 30


class Migration(MigrateSettings, env_prefix="TRIAL_"):
    """What its migrator says."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment that says nothing."""
    own = ("TRIAL_DATABASE_URL", "TRIAL_MIGRATE_DATABASE_URL", "TRIAL_SERVICE_SECRET", "AUTH_ADDRESS")
    for name in ("LISTEN_PORT", "LOG_LEVEL", "PAGE_TOKEN_KEY", "DEPLOYMENT", *own):
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


class Known(ServiceSettings, IdentitySettings, env_prefix="TRIAL_"):
    """What a service says that others know."""


RANDOM = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Say that this is production, and all that it needs."""
    told = {"DEPLOYMENT": "production", "AUTH_ADDRESS": "auth:50051"}
    for name, value in (told | {"TRIAL_SERVICE_SECRET": RANDOM, "PAGE_TOKEN_KEY": RANDOM}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("production")
def test_production_starts_with_real_secrets() -> None:
    """32 random hexadecimal digits are enough."""
    assert config.load(Known).service_secret == RANDOM


@pytest.mark.parametrize("name", ["PAGE_TOKEN_KEY", "TRIAL_SERVICE_SECRET"])
@pytest.mark.parametrize(
    ("secret", "wrong"),
    [
        ("ChangeMe-ChangeMe-ChangeMe-ChangeMe", "is an example"),
        ("an example of sixteen", "is an example"),
        ("9f86d081884c7d659a2feaa0c55ad01", "is shorter than 32 characters"),
        ("abababababababababababababababababab", "is easily guessed"),
    ],
)
def test_production_refuses_secrets_that_are_none(
    production: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, secret: str, wrong: str
) -> None:
    """The sentence names the variable and says what to set, and does not tell what was set."""
    production.setenv(name, secret)
    with pytest.raises(SystemExit) as ended:
        config.load(Known)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith(f"{name} {wrong}. ")
    assert f"set {name} to a random secret" in line
    assert secret not in line


def test_production_refuses_the_defaults(production: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What everybody can read in the source is no secret."""
    production.delenv("PAGE_TOKEN_KEY")
    with pytest.raises(SystemExit):
        config.load(Known)
    assert capsys.readouterr().err.startswith("PAGE_TOKEN_KEY is not set. ")


def test_a_missing_service_secret_is_told_everywhere(
    production: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no default, on no machine."""
    production.setenv("DEPLOYMENT", "development")
    production.delenv("TRIAL_SERVICE_SECRET")
    with pytest.raises(SystemExit):
        config.load(Known)
    assert capsys.readouterr().err == "TRIAL_SERVICE_SECRET is not set.\n"


def test_a_developers_secrets_may_be_simple(production: pytest.MonkeyPatch) -> None:
    """On one machine nobody else calls."""
    production.setenv("DEPLOYMENT", "development")
    production.setenv("TRIAL_SERVICE_SECRET", "changeme")
    assert config.load(Known).service_secret == "changeme"
    assert "changeme" not in repr(config.load(Known))
