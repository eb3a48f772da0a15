"""FilingsService/ListByIssuers: the filings of many companies, for other services."""

import datetime as dt
from typing import Any

import pytest
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest, ListByIssuersResponse

from services.filings.domain import Fate
from services.filings.edgar.acceptance import Acceptance, AcceptanceSource
from services.filings.edgar.submissions import FilingRow
from services.filings.repository import filings as stored
from services.identifiers import AccessionNumber
from tests.contract.filings.house import APPLE, BERKSHIRE, FILINGS, LISTED, MICROSOFT, Filings
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused

PATH = f"{FILINGS}/ListByIssuers"
BOTH = [APPLE[1], MICROSOFT[1]]
OWNER = "0001214156"
"""A person, whom no ticker names."""
DAY = dt.date(2024, 2, 1)


def listed(
    filings: Filings, number: int, *ciks: str, day: dt.date = DAY, accepted: str | None = "20:00", **columns: Any
) -> str:
    """List a filing under companies, and return its accession number.

    Unit: accepted is a time of the filing day in UTC; None where only the date is known.
    """
    at = dt.datetime.combine(day, dt.time.fromisoformat(accepted or "00:00"), dt.UTC)
    source = AcceptanceSource.HEADER if accepted else AcceptanceSource.FILING_DATE
    words: dict[str, Any] = {
        "accession_number": AccessionNumber(f"0000000001-24-{number:06}"),
        "form": "4",
        "filing_date": day,
        "report_date": None,
        "acceptance": Acceptance("", at, source),
        "primary_document": "form4.xml",
        "primary_document_description": "",
        "items": (),
        "size": None,
    }
    row = FilingRow(**(words | columns))
    for cik in ciks:
        with filings.sessions() as session:
            stored.list_filings(session, cik, [row], at)
    return row.accession_number


def ask(filings: Filings, ciks: list[str] | None = None, **fields: Any) -> ListByIssuersResponse:
    """Read the filings of Apple and Microsoft, or of the companies that are named."""
    return filings.filings.ListByIssuers(ListByIssuersRequest(ciks=BOTH if ciks is None else ciks, **fields))


def numbers(answer: ListByIssuersResponse) -> list[str]:
    """Return the accession numbers of a page."""
    return [filing.accession_number for filing in answer.filings]


def test_says_a_filing_whole(filings: Filings) -> None:
    """A filing has everything that its list says, the company's name and ticker today, and its address at the SEC."""
    columns: dict[str, Any] = {
        "form": "8-K",
        "report_date": dt.date(2024, 1, 31),
        "items": ("2.02", "9.01"),
        "primary_document": "xslF345X05/a b.htm",
        "primary_document_description": "CURRENT REPORT",
    }
    number = listed(filings, 7, BERKSHIRE[1], **columns)
    [filing] = ask(filings, [BERKSHIRE[1]]).filings
    assert (filing.id, filing.accession_number, filing.cik) == (number, number, BERKSHIRE[1])
    assert (filing.ticker, filing.company_name, filing.form_type) == ("BRK-B", BERKSHIRE[2], "8-K")
    assert (filing.filed_on, filing.period_of_report, filing.description) == (
        "2024-02-01",
        "2024-01-31",
        "CURRENT REPORT",
    )
    assert filing.accepted_at.ToDatetime(dt.UTC) == dt.datetime(2024, 2, 1, 20, tzinfo=dt.UTC)
    assert (list(filing.items), filing.is_stored) == (["2.02", "9.01"], False)
    folder = "https://www.sec.gov/Archives/edgar/data/1067983/000000000124000007"
    assert filing.document_url == f"{folder}/xslF345X05/a%20b.htm"


def test_what_is_not_known_is_absent(filings: Filings) -> None:
    """A person has no ticker and no name here; a list may know no time, no period and no document's name."""
    number = listed(filings, 8, OWNER, accepted=None, primary_document="")
    [filing] = ask(filings, [OWNER]).filings
    for field in ("ticker", "accepted_at", "period_of_report"):
        assert not filing.HasField(field)
    assert filing.company_name == ""
    assert filing.document_url.endswith(f"/1214156/000000000124000008/{number}.txt")


def test_says_whether_the_document_is_here(filings: Filings) -> None:
    """A filing whose submission is stored can be read without the SEC."""
    number = listed(filings, 1, APPLE[1])
    with filings.sessions() as session:
        stored.store(session, number, "https://www.sec.gov/x.txt", b"<SEC-DOCUMENT>")
        stored.settle(session, number, Fate.INGESTED)
    assert [filing.is_stored for filing in ask(filings).filings] == [True]


def test_newest_acceptance_comes_first(filings: Filings) -> None:
    """Filings of all companies come by acceptance; without a time a filing stands at 22:00 Eastern; ties by number."""
    by_date = listed(filings, 1, APPLE[1], accepted=None)
    early = listed(filings, 4, APPLE[1], accepted="14:00")
    tied = [listed(filings, number, cik, accepted="15:00") for number, cik in ((2, MICROSOFT[1]), (3, APPLE[1]))]
    newest = listed(filings, 5, MICROSOFT[1], day=DAY + dt.timedelta(days=1), accepted="04:00")
    listed(filings, 6, BERKSHIRE[1])
    answer = ask(filings)
    assert numbers(answer) == [newest, by_date, *reversed(tied), early]
    assert answer.total == 5


def test_a_shared_filing_is_told_once_under_the_first_company(filings: Filings) -> None:
    """A filing under issuer and owner is there once and counts once, under whichever the request names first."""
    number = listed(filings, 1, APPLE[1], BERKSHIRE[1], OWNER)
    for ciks in ([APPLE[1], BERKSHIRE[1]], [BERKSHIRE[1], APPLE[1]], [OWNER, BERKSHIRE[1], APPLE[1]]):
        answer = ask(filings, ciks)
        assert [(filing.accession_number, filing.cik) for filing in answer.filings] == [(number, ciks[0])]
        assert answer.total == 1


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ({}, [3, 2, 1]),
        ({"start_date": "2024-02-02"}, [3, 2]),
        ({"end_date": "2024-02-02"}, [2, 1]),
        ({"start_date": "2024-02-02", "end_date": "2024-02-02"}, [2]),
        ({"start_date": "2024-02-04"}, []),
    ],
)
def test_the_window_is_of_filing_dates(filings: Filings, window: dict[str, Any], days: list[int]) -> None:
    """Both ends belong to the window, and either may be absent; the number is of the window."""
    filed = {listed(filings, day, APPLE[1], day=dt.date(2024, 2, day)): day for day in (1, 2, 3)}
    answer = ask(filings, **window)
    assert [filed[number] for number in numbers(answer)] == days
    assert answer.total == len(days)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_pages_give_every_filing_once_in_order(filings: Filings, limit: int) -> None:
    """Reading to the end gives all filings once, ties across companies and pages and shared ones included."""
    for number in range(6):
        listed(filings, number, BOTH[number % 2], accepted="15:00")
    listed(filings, 9, *BOTH, accepted=None)
    everything = numbers(ask(filings))
    assert len(everything) == 7
    read: list[str] = []
    token = ""
    while len(read) < 7:
        page = ask(filings, limit=limit, page_token=token)
        assert page.total == 7
        read += numbers(page)
        token = page.next_page_token
    assert (read, token) == (everything, "")


def test_companies_of_which_nothing_is_known_are_empty(filings: Filings) -> None:
    """No company is unknown here."""
    answer = ask(filings, ["0000999999"])
    assert (list(answer.filings), answer.total, answer.next_page_token) == ([], 0, "")


def test_a_page_has_a_hundred_filings_unless_told(filings: Filings) -> None:
    """The default page has 100 filings."""
    for number in range(101):
        listed(filings, number, APPLE[1])
    answer = ask(filings)
    assert (len(answer.filings), answer.total, bool(answer.next_page_token)) == (100, 101, True)


def test_a_token_is_good_for_its_own_request(filings: Filings) -> None:
    """A token goes with its companies, their order and the window."""
    listed(filings, 1, APPLE[1])
    listed(filings, 2, APPLE[1])
    token = ask(filings, limit=1).next_page_token
    for fields in ({"start_date": "2020-01-01"}, {"ciks": [APPLE[1]]}, {"ciks": BOTH[::-1]}):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(filings, limit=1, page_token=token, **fields)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"ciks": []}, "ciks"),
    ({"ciks": [APPLE[1], APPLE[1]]}, "ciks"),
    ({"ciks": [f"{number:010}" for number in range(501)]}, "ciks"),
    ({"ciks": ["320193"]}, "ciks[0]"),
    ({"ciks": [APPLE[1], "000032019\0"]}, "ciks[1]"),
    ({"limit": 0}, "limit"),
    ({"limit": 501}, "limit"),
    ({"start_date": "2025-02-30"}, "start_date"),
    ({"end_date": "never"}, "end_date"),
    ({"start_date": "2025-01-02", "end_date": "2025-01-01"}, "end_date"),
    ({"page_token": "x" * 1025}, "page_token"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(filings: Filings, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(filings, **fields)


def test_five_hundred_companies_are_one_question(filings: Filings) -> None:
    """The largest list is answered."""
    filings.know(LISTED)
    number = listed(filings, 1, "0000000499")
    assert numbers(ask(filings, [f"{cik:010}" for cik in range(500)])) == [number]


def test_only_services_may_ask(filings: Filings) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        filings.served.bytes(PATH, ListByIssuersRequest(ciks=BOTH).SerializeToString(), anonymous=True)


def test_bytes_that_are_no_message_are_refused(filings: Filings) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, NO_MESSAGE)
