"""What readers miss is asked of filings beside the answer, never before it; and how form4 learns of tickers."""

import datetime as dt
from time import monotonic

import pytest
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetMarketActivityRequest,
    GetSummaryRequest,
)

from services.form4 import refreshes as room
from services.form4.refreshes import MAX_WAITING, REFRESH_AGE, Refreshes
from tests.contract.form4.house import APPLE, MICROSOFT, Filings, Form4, buy
from tests.contract.serving import NOT_FOUND, refused


def read(form4: Form4, ticker: str = "AAPL") -> GetCompanyActivityResponse:
    """Read a company's activity."""
    return form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker=ticker))


def minutes_ago(minutes: float) -> str:
    """Return a moment of the recent past."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)).isoformat()


def test_a_company_without_coverage_is_wanted(form4: Form4) -> None:
    """Reading a company that was never refreshed asks for it once, after the answer."""
    assert read(form4).status == GetCompanyActivityResponse.loading
    assert form4.filings.asked == []
    form4.refreshes.send()
    assert form4.filings.asked == [APPLE.cik]
    read(form4)
    form4.refreshes.send()
    assert form4.filings.asked == [APPLE.cik], "however often it is read, it is asked for once in a while"


def test_the_summary_wants_it_too(form4: Form4) -> None:
    """Whoever asks for the sums alone causes the refresh as well."""
    form4.readers.GetSummary(GetSummaryRequest(ticker="MSFT"))
    form4.refreshes.send()
    assert form4.filings.asked == [MICROSOFT.cik]


def test_the_market_wants_nothing(form4: Form4) -> None:
    """A reading of the market spends nobody's budget."""
    form4.ingest(buy())
    form4.readers.GetMarketActivity(GetMarketActivityRequest(start_date="2000-01-01"))
    form4.refreshes.send()
    assert form4.filings.asked == []


@pytest.mark.parametrize(("minutes", "asked"), [(0, []), (14, []), (16, [APPLE.cik])])
def test_an_old_coverage_is_wanted_a_young_one_is_not(form4: Form4, minutes: float, asked: list[str]) -> None:
    """A company that was brought up to date within a quarter of an hour is left alone."""
    assert dt.timedelta(minutes=15) == REFRESH_AGE
    form4.cover(APPLE.cik, "2022-01-17", minutes_ago(minutes))
    assert read(form4).status == GetCompanyActivityResponse.ready
    form4.refreshes.send()
    assert form4.filings.asked == asked


def test_filings_that_do_not_answer_delay_no_reader(form4: Form4) -> None:
    """With filings away readers get their answers; what could not be asked for, the next reader asks for again."""
    form4.filings.down = True
    for ticker in ("AAPL", "MSFT"):
        assert read(form4, ticker).status == GetCompanyActivityResponse.loading
    form4.refreshes.send()
    form4.filings.down = False
    read(form4, "AAPL")
    form4.refreshes.send()
    assert form4.filings.asked == [MICROSOFT.cik, APPLE.cik]


def test_an_unknown_ticker_wants_nothing(form4: Form4) -> None:
    """Nobody can spend the SEC's patience on companies that do not exist."""
    with refused(NOT_FOUND, "TICKER_UNKNOWN", ticker="ZZZZ"):
        read(form4, "ZZZZ")
    form4.refreshes.send()
    assert form4.filings.asked == []


def test_a_crowd_of_companies_is_bounded() -> None:
    """Not more than a thousand companies wait; the others are noted when they are read again."""
    filings = Filings()
    refreshes = Refreshes(filings)  # type: ignore[arg-type] # stands in for the stub
    ciks = [f"{number:010}" for number in range(MAX_WAITING + 5)]
    for cik in ciks:
        refreshes.want(cik, None)
    refreshes.send()
    assert filings.asked == ciks[:MAX_WAITING]
    refreshes.want(ciks[-1], None)
    refreshes.send()
    assert filings.asked == [*ciks[:MAX_WAITING], ciks[-1]]


@pytest.mark.parametrize("up_for", [0.1, 30.0, 1e6])
def test_a_company_is_asked_for_again_after_a_minute(monkeypatch: pytest.MonkeyPatch, up_for: float) -> None:
    """The first reader is served however young the machine's clock is, the next one after 60 seconds."""
    now = up_for
    monkeypatch.setattr(room, "monotonic", lambda: now)
    filings = Filings()
    refreshes = Refreshes(filings)  # type: ignore[arg-type] # stands in for the stub
    asked = []
    for seconds in (0, 30, 29.9, 0.1):
        now += seconds
        refreshes.want(APPLE.cik, None)
        refreshes.send()
        asked.append(len(filings.asked))
    assert asked == [1, 1, 1, 2]


def test_tickers_are_read_again_only_when_they_changed(form4: Form4) -> None:
    """A list of the same version leaves the one in memory; a new one replaces it whole."""
    before = form4.directory.listing
    form4.directory.refresh()
    assert form4.directory.listing is before
    form4.filings.version = "2"
    form4.directory.refresh()
    assert form4.directory.listing.version == "2"
    assert form4.directory.named(APPLE.cik) == APPLE


def test_readers_keep_the_tickers_while_filings_are_away(form4: Form4) -> None:
    """form4 answers by ticker without asking anyone."""
    form4.filings.down = True
    began = monotonic()
    assert read(form4).cik == APPLE.cik
    assert monotonic() - began < 1
