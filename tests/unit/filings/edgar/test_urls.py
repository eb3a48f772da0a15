"""Check the shapes of EDGAR's addresses and the tests of what stands behind them."""

from datetime import date

import pytest

from services.filings.edgar.errors import Malformed
from services.filings.edgar.settings import EdgarSettings
from services.filings.edgar.urls import Urls, is_index, is_whole_json, is_whole_sgml
from services.identifiers import AccessionNumber, Cik
from tests.unit.filings.edgar.real import needs_real, real_files

APPLE = Cik("320193")
URLS = Urls(EdgarSettings(user_agent="", queue_redis_url="", cache_redis_url="", www_url="https://www.sec.gov/"))


def test_addresses_are_those_of_the_sec() -> None:
    """Each address has the SEC's shape: ten-digit CIKs in submissions, short ones in the archive."""
    accession = AccessionNumber("0000320193-22-000061")
    assert URLS.tickers_exchange().url == "https://www.sec.gov/files/company_tickers_exchange.json"
    assert URLS.submissions(APPLE).url == "https://data.sec.gov/submissions/CIK0000320193.json"
    assert (
        URLS.submission_text(APPLE, accession).url
        == "https://www.sec.gov/Archives/edgar/data/320193/000032019322000061/0000320193-22-000061.txt"
    )
    assert (
        URLS.daily_index(date(2022, 10, 3), "form").url
        == "https://www.sec.gov/Archives/edgar/daily-index/2022/QTR4/form.20221003.idx"
    )


def test_an_older_page_is_named_by_the_newest() -> None:
    """The name of an older page is used as it is listed."""
    page = URLS.submissions_page(APPLE, "CIK0000320193-submissions-001.json")
    assert page.url == "https://data.sec.gov/submissions/CIK0000320193-submissions-001.json"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../CIK0000320193.json",
        "CIK0000789019-submissions-001.json",
        "CIK0000320193-submissions-001.json?x",
        "x" * 999,
    ],
)
def test_no_path_is_made_from_a_foreign_name(name: str) -> None:
    """A listed name that is no page of this CIK is refused."""
    with pytest.raises(Malformed):
        URLS.submissions_page(APPLE, name)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1', b"<html></html>", b'{"a": [1]', b'"text"'])
def test_json_that_is_cut_short_is_seen(body: bytes) -> None:
    """Bytes that do not begin and end as one object or array are not whole."""
    assert not is_whole_json(body)
    assert is_whole_json(b' {"a": 1}\n')


def test_an_index_is_no_page() -> None:
    """A text index is told from an HTML page, from gzip and from nothing."""
    assert is_index(b"Description:           Daily Index\n")
    assert not any(map(is_index, (b"", b"<html>", b"\x1f\x8b\x08")))


@needs_real
@pytest.mark.parametrize("folder", ["submissions", "tickers"])
def test_real_json_is_whole(folder: str) -> None:
    """Every real JSON file passes, and none passes without its last byte but one."""
    for path in real_files(folder):
        body = path.read_bytes().rstrip()
        assert is_whole_json(body), path.name
        assert not is_whole_json(body[: len(body) // 2].rstrip(b" \n{}[]")), path.name


@needs_real
def test_real_submissions_are_whole() -> None:
    """Every real submission passes, of any year and form, and none passes when it is cut in the middle."""
    for path in real_files("sgml"):
        body = path.read_bytes()
        assert is_whole_sgml(body), path.name
        assert not is_whole_sgml(body[: len(body) // 2]), path.name
