"""Settings of limits: their defaults, none at all, and a sentence for a text that is no limit."""

import pytest

from services.chassis import config
from services.chassis.config import LimitSettings
from services.chassis.windows import Window


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment that says where Redis is, and no more."""
    for name in ("LIMITS", "LIMIT_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QUEUE_REDIS_URL", "redis://127.0.0.1:6379/0")


def test_everybodys_limits_are_the_documented_ones() -> None:
    """Ten a second, sixty a minute and a thousand an hour, unless a setting says something else."""
    assert config.load(LimitSettings).limits == (Window(10, 1), Window(60, 60), Window(1000, 3600))


def test_an_empty_setting_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants no limit says so by an empty text."""
    monkeypatch.setenv("LIMITS", "")
    monkeypatch.setenv("LIMIT_LOGIN", "3/1m")
    settings = config.load(LimitSettings)
    assert (settings.limits, settings.limit_login) == ((), (Window(3, 60),))


def test_a_wrong_limit_is_refused_at_start_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A process does not start with other limits than somebody meant."""
    monkeypatch.setenv("LIMIT_LOGIN", "20 a minute")
    with pytest.raises(SystemExit) as ended:
        config.load(LimitSettings)
    assert ended.value.code == 2
    assert capsys.readouterr().err == 'LIMIT_LOGIN is wrong: say how many in how long, as in "10/1s,60/1m,1000/1h".\n'
