"""CompanyService/Get: one company by its ticker of today."""

from typing import Any

import pytest
from sectracker.filings.v1.company_pb2 import Company
from sectracker.filings.v1.company_service_pb2 import CompanyServiceGetRequest

from tests.contract.filings.house import APPLE, BERKSHIRE, BERKSHIRE_A, COMPANIES, LISTED, MICROSOFT, Filings
from tests.contract.serving import INVALID, NO_MESSAGE, NO_UTF8, NOT_FOUND, refused

PATH = f"{COMPANIES}/Get"


def get(filings: Filings, ticker: str) -> Company:
    """Read a company."""
    return filings.anybody.Get(CompanyServiceGetRequest(ticker=ticker)).company


def test_says_ticker_cik_and_name(filings: Filings) -> None:
    """A company has its ticker in the SEC's spelling, its CIK and its name."""
    company = get(filings, "aapl")
    assert (company.ticker, company.cik, company.name) == APPLE


@pytest.mark.parametrize("spelling", ["BRK-B", "brk-b", "brk b", "BRK.B", "BRK/B", "BRK_B", " brk.b "])
def test_any_spelling_is_the_company(filings: Filings, spelling: str) -> None:
    """What people type for a class of shares is understood."""
    assert get(filings, spelling).ticker == BERKSHIRE[0]


def test_each_of_its_tickers_names_it(filings: Filings) -> None:
    """A company of several tickers answers to each, under the one that was asked for."""
    assert get(filings, "BRK-A") == Company(ticker=BERKSHIRE_A[0], cik=BERKSHIRE_A[1], name=BERKSHIRE_A[2])


def test_a_ticker_means_whom_it_means_today(filings: Filings) -> None:
    """When a ticker goes to another company it names that one; when it is gone, nobody."""
    filings.know([("AAPL", MICROSOFT[1], MICROSOFT[2]), *LISTED[2:]], "2")
    assert get(filings, "AAPL").cik == MICROSOFT[1]
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", ticker="MSFT"):
        get(filings, "MSFT")


def test_unknown_ticker_is_not_found(filings: Filings) -> None:
    """A ticker that the SEC's files do not name is NOT_FOUND, in its one spelling."""
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", ticker="ZZ-Z"):
        get(filings, "zz z")


def test_before_a_list_was_read_nobody_is_known(empty: Filings) -> None:
    """A service that has read no list knows nobody."""
    with refused(NOT_FOUND, "COMPANY_UNKNOWN", ticker="AAPL"):
        get(empty, "AAPL")


@pytest.mark.parametrize("ticker", ["", " ", "A" * 13, "A" * 17, "Ä", "AA\0PL", "A--B", "🚀"])
def test_bad_input_names_the_field(filings: Filings, ticker: Any) -> None:
    """What can be no ticker is refused by the name of the field."""
    with refused(INVALID, "FIELD_INVALID", field="ticker"):
        get(filings, ticker)


@pytest.mark.parametrize("data", [NO_MESSAGE, NO_UTF8])
def test_bytes_that_are_no_message_are_refused(filings: Filings, data: bytes) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, data, anonymous=True)
