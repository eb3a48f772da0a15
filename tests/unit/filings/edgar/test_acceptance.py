"""Check that times of acceptance are understood, and that doubt is said."""

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest

from services.filings.edgar.acceptance import (
    AcceptanceSource,
    Clock,
    Stamp,
    clock_of,
    from_filing_date,
    from_header,
    from_listing,
)
from services.filings.edgar.sgml import parse_submission
from services.filings.edgar.submissions import FilingPage, parse_older_page, parse_submissions
from tests.unit.filings.edgar.real import REAL, needs_real, real_files

DAY = date(2023, 8, 8)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("20220506183057", datetime(2022, 5, 6, 22, 30, 57, tzinfo=UTC)),
        ("20250110160730", datetime(2025, 1, 10, 21, 7, 30, tzinfo=UTC)),
        ("20231105013000", datetime(2023, 11, 5, 6, 30, tzinfo=UTC)),
        ("20230312023000", datetime(2023, 3, 12, 6, 30, tzinfo=UTC)),
    ],
    ids=["summer", "winter", "the hour that occurs twice", "the hour that is left out"],
)
def test_a_header_is_in_eastern_time(raw: str, at: datetime) -> None:
    """Fourteen digits become UTC with the daylight saving of their day."""
    acceptance = from_header(raw + "\n")
    assert acceptance is not None
    assert (acceptance.at, acceptance.raw, acceptance.source) == (at, raw, AcceptanceSource.HEADER)


@pytest.mark.parametrize("raw", ["", "2022", "20221301000000", "99991231235959", "00010101000000", "\uff12" * 14])
def test_a_header_that_says_no_time_gives_none(raw: str) -> None:
    """Anything but a possible time is nothing, and never an error."""
    assert from_header(raw) is None


def test_a_page_of_eastern_times_is_recognised() -> None:
    """A time that would be before EDGAR opens, if it were UTC, decides for the rows beside it."""
    early, late = Stamp("4", DAY, "2023-08-08T06:50:55.000Z"), Stamp("4", DAY, "2023-08-08T18:30:28.000Z")
    assert clock_of([early, late]) is Clock.EASTERN
    acceptance = from_listing(late, Clock.EASTERN)
    assert acceptance.at == datetime(2023, 8, 8, 22, 30, 28, tzinfo=UTC)
    assert acceptance.source is AcceptanceSource.LISTING_EASTERN


def test_a_page_of_utc_times_is_recognised() -> None:
    """A time after midnight UTC, filed the day before, decides for the rows beside it."""
    night, late = Stamp("4", DAY, "2023-08-09T00:10:00.000Z"), Stamp("4", DAY, "2023-08-08T18:30:28.000Z")
    assert clock_of([night, late]) is Clock.UTC
    acceptance = from_listing(late, Clock.UTC)
    assert acceptance.at == datetime(2023, 8, 8, 18, 30, 28, tzinfo=UTC)
    assert acceptance.source is AcceptanceSource.LISTING_UTC


def test_doubt_is_said_and_takes_the_later_reading() -> None:
    """Where nothing decides, a filing is not said to have been known earlier than it surely was."""
    stamp = Stamp("4", DAY, "2023-08-08T18:30:28.000Z")
    assert clock_of([stamp]) is Clock.UNSURE
    acceptance = from_listing(stamp, Clock.UNSURE)
    assert acceptance.at == datetime(2023, 8, 8, 22, 30, 28, tzinfo=UTC)
    assert acceptance.source is AcceptanceSource.LISTING_UNSURE


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "soon",
        "2023-08-08T00:00:00.000Z",
        "2023-08-08T10:00:00-04:00",
        "0001-01-01T10:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_no_time_becomes_the_end_of_the_filing_date(raw: str) -> None:
    """A midnight, a foreign zone, an absurd year or no time at all leaves the date, which is enough to be safe."""
    stamp = Stamp("4", DAY, raw)
    acceptance = from_listing(stamp, clock_of([stamp]))
    assert acceptance == from_filing_date(DAY, raw)
    assert acceptance.at == datetime(2023, 8, 9, 2, 0, tzinfo=UTC)
    assert acceptance.source is AcceptanceSource.FILING_DATE


def real_pages() -> list[FilingPage]:
    """Read every real page of submissions."""
    pages = []
    for path in real_files("submissions"):
        body = path.read_bytes()
        pages.append(parse_older_page(body) if "submissions-" in path.name else parse_submissions(body).page)
    return pages


@needs_real
def test_pages_of_different_clocks_agree_once_resolved() -> None:
    """A filing listed by its issuer in Eastern and by its owner in UTC has one time of acceptance."""
    written, resolved = defaultdict(set), defaultdict(set)
    for page in real_pages():
        for row in page.rows:
            written[row.accession_number].add(row.acceptance.raw)
            resolved[row.accession_number].add(row.acceptance.at)
    disagreeing = [number for number, raws in written.items() if len(raws) > 1]
    assert len(disagreeing) == 435
    assert [number for number in disagreeing if len(resolved[number]) > 1] == []


@needs_real
def test_listings_agree_with_the_header() -> None:
    """A time of the listing, once resolved, is that of the submission itself."""
    listed = {row.accession_number: row.acceptance.at for page in real_pages() for row in page.rows}
    both = 0
    for path in real_files("sgml"):
        submission = parse_submission(path.read_bytes())
        if submission.accession_number in listed and submission.acceptance is not None:
            both += 1
            assert listed[submission.accession_number] == submission.acceptance.at, path.name
    assert both == 2, REAL
