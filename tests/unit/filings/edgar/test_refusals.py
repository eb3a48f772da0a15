"""Check that the SEC's refusals are told apart."""

from datetime import date

import pytest

from services.filings.edgar.errors import (
    EdgarError,
    Forbidden,
    MissingIndex,
    NotFound,
    Unavailable,
    UndeclaredUserAgent,
)
from services.filings.edgar.refusals import is_block, is_throttle, refusal
from services.filings.edgar.settings import EdgarSettings
from services.filings.edgar.urls import Urls
from services.identifiers import Cik
from tests.unit.filings.edgar.real import REAL, needs_real

URLS = Urls(EdgarSettings(user_agent="", queue_redis_url="", cache_redis_url=""))
INDEX = URLS.daily_index(date(2024, 12, 25), "form")
SUBMISSIONS = URLS.submissions(Cik("1"))
DENIED = b"<Error><Code>AccessDenied</Code></Error>"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, b"", NotFound),
        (410, b"", NotFound),
        (500, b"", Unavailable),
        (503, b"<title>SEC.gov | File Unavailable</title>", Unavailable),
        (403, b"", Forbidden),
        (403, b"<h1>Something new</h1>", Forbidden),
        (403, DENIED, Forbidden),
        (401, b"", Forbidden),
        (418, b"", Forbidden),
    ],
)
def test_a_status_and_a_body_say_what_happened(status: int, body: bytes, expected: type[EdgarError]) -> None:
    """Each answer becomes one error, and what is not known becomes Forbidden."""
    error = refusal(SUBMISSIONS, status, body)
    assert type(error) is expected
    assert (error.url, error.status) == (SUBMISSIONS.url, status)


def test_access_denied_means_a_missing_index_only_for_an_index() -> None:
    """The same XML is a holiday under the index and an unknown refusal elsewhere."""
    assert isinstance(refusal(INDEX, 403, DENIED), MissingIndex)
    assert isinstance(refusal(INDEX, 403, b"<html>blocked</html>"), Forbidden)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, b"<h1>Something new</h1>", True),
        (403, b"an Undeclared Automated Tool", True),
        (403, DENIED, False),
        (404, b"", False),
        (400, b"", False),
        (451, b"<h1>Withdrawn</h1>", False),
    ],
)
def test_only_what_may_be_meant_for_all_we_ask_stops_the_fleet(status: int, body: bytes, expected: bool) -> None:
    """A refusal of one document or one request is no block, or a single bad document would stop everything for ever."""
    assert is_block(refusal(SUBMISSIONS, status, body), body) is expected


def test_too_many_requests_is_a_throttle_without_any_page() -> None:
    """The status 429 alone is enough."""
    assert is_throttle(429, b"")
    assert not is_throttle(403, DENIED)


@needs_real
def test_the_secs_own_answers_are_told_apart() -> None:
    """The five real pages become five different outcomes."""
    pages = {path.name: path.read_bytes() for path in (REAL / "errors").glob("[45]*") if path.suffix != ".json"}
    throttled = {name for name, body in pages.items() if is_throttle(int(name[:3]), body)}
    assert throttled == {"403-request-rate-threshold-exceeded.html"}
    outcomes = {
        name: type(refusal(INDEX if "index" in name else SUBMISSIONS, int(name[:3]), body))
        for name, body in pages.items()
        if name not in throttled
    }
    assert outcomes == {
        "403-missing-index-access-denied.xml": MissingIndex,
        "403-undeclared-automated-tool.html": UndeclaredUserAgent,
        "404-submissions-no-such-key.xml": NotFound,
        "503-getcurrent-past-the-end.html": Unavailable,
    }
