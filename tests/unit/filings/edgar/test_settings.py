"""Check who may be asked, by whom and how fast."""

import pytest

from services.filings.edgar.errors import UndeclaredUserAgent
from services.filings.edgar.settings import EdgarSettings, names_contact, require_declared

REDIS = "redis://127.0.0.1:6379/0"
DECLARED = "Example Research admin@example.com"


def settings(user_agent: str, data_url: str = "https://data.sec.gov", rate: int = 8) -> EdgarSettings:
    """Make settings that differ from the defaults in what a test is about."""
    return EdgarSettings(
        user_agent=user_agent, queue_redis_url=REDIS, cache_redis_url=REDIS, data_url=data_url, rate=rate
    )


@pytest.mark.parametrize("user_agent", ["", "Mozilla/5.0", "Example Research", "a@b", "@example.com", "x@.com\r\nA: b"])
def test_the_sec_is_not_asked_anonymously(user_agent: str) -> None:
    """A User-Agent without a contact e-mail is refused with the name of the variable to set."""
    with pytest.raises(UndeclaredUserAgent, match="SEC_USER_AGENT"):
        require_declared(settings(user_agent))


@pytest.mark.parametrize("user_agent", [DECLARED, "Example (admin@example.com)", "me@mail.example.org"])
def test_a_contact_is_enough(user_agent: str) -> None:
    """Any spelling that holds an e-mail address is accepted."""
    require_declared(settings(user_agent))
    assert names_contact(user_agent)


def test_a_double_may_be_asked_by_anybody() -> None:
    """Hosts other than the SEC's need no contact."""
    require_declared(
        EdgarSettings(
            user_agent="",
            queue_redis_url=REDIS,
            cache_redis_url=REDIS,
            data_url="http://127.0.0.1:1",
            www_url="http://sec.gov.example.com",
            rate=500,
        )
    )


def test_the_limit_of_the_sec_cannot_be_configured_away() -> None:
    """More than ten requests a second are refused where they would reach the SEC."""
    with pytest.raises(ValueError, match="SEC_RATE is 11"):
        require_declared(settings(DECLARED, rate=11))


def test_the_sec_is_not_asked_in_clear_text() -> None:
    """A plain http address of the SEC is refused."""
    with pytest.raises(ValueError, match="https"):
        require_declared(settings(DECLARED, data_url="http://data.sec.gov"))


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_below_one_is_refused(rate: int) -> None:
    """A rate that grants nothing is a mistake, and is said at once."""
    with pytest.raises(ValueError, match="positive"):
        settings(DECLARED, rate=rate)


def test_passwords_stay_out_of_the_repr() -> None:
    """Addresses of Redis, which may hold passwords, are not printed."""
    assert "6379" not in repr(settings(DECLARED))
