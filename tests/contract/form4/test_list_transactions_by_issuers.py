"""OwnershipService/ListTransactionsByIssuers: the lines and sums of many companies, for other services."""

from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest
from sectracker.form4.v1.ownership_service_pb2 import (
    ListTransactionsByIssuersRequest,
    ListTransactionsByIssuersResponse,
)

from tests.contract.form4.house import APPLE, BERKSHIRE, MICROSOFT, NOBODYS_CIK, OWNERSHIP, Form4, buy, sell
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused
from tests.factories.ownership import transaction

PATH = f"{OWNERSHIP}/ListTransactionsByIssuers"
BOTH = [APPLE.cik, MICROSOFT.cik]

Key = tuple[str, str, int, int]


def ask(form4: Form4, ciks: list[str] | None = None, **fields: Any) -> ListTransactionsByIssuersResponse:
    """Read the lines of Apple and Microsoft, or of the companies that are named."""
    request = ListTransactionsByIssuersRequest(ciks=BOTH if ciks is None else ciks, **fields)
    return form4.ownership.ListTransactionsByIssuers(request)


def keys(answer: ListTransactionsByIssuersResponse) -> list[Key]:
    """Return what each line of a page is known by, after its company."""
    lines = [(row.cik, row.transaction) for row in answer.transactions]
    return [(cik, line.accession_number, line.table, line.line) for cik, line in lines]


def test_answers_with_the_lines_of_all_companies(form4: Form4) -> None:
    """Lines come newest first over all companies that are named, each with its company; sums are over all of them."""
    first = form4.ingest(buy("3", "0.1"), transaction(table="derivative", code="M"), cik=APPLE.cik)
    second = form4.ingest(sell("1", "0.1"), cik=MICROSOFT.cik)
    third = form4.ingest(buy("1", "7"), cik=NOBODYS_CIK)
    form4.ingest(buy("1", "1000"), cik=BERKSHIRE.cik)
    answer = ask(form4, [*BOTH, NOBODYS_CIK])
    assert [(cik, accession) for cik, accession, *_ in keys(answer)] == [
        (NOBODYS_CIK, third),
        (MICROSOFT.cik, second),
        (APPLE.cik, first),
        (APPLE.cik, first),
    ]
    told = answer.summary
    assert (told.buy_count, told.sell_count, told.transaction_count, answer.total) == (2, 1, 4, 4)
    assert (told.total_buys, told.total_sells, told.net) == (7.3, 0.1, 7.2)


def test_says_lines_as_readers_get_them(form4: Form4) -> None:
    """A line is the same message here and in the activity of its company."""
    form4.ingest(
        sell(notes={"transactionPricePerShare": ["F1"]}), box="0", footnotes={"F1": "A weighted average price."}
    )
    [row] = ask(form4).transactions
    [line] = form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL")).transactions
    assert row.transaction == line


def test_companies_of_which_nothing_is_known_are_empty(form4: Form4) -> None:
    """Without lines there are sums of zero; no company is unknown here."""
    answer = ask(form4)
    assert not answer.transactions
    assert answer.HasField("summary")
    assert (answer.summary.transaction_count, answer.total) == (0, 0)


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ({}, [1, 2, 3]),
        ({"start_date": "2024-02-02"}, [2, 3]),
        ({"end_date": "2024-02-02"}, [1, 2]),
        ({"start_date": "2024-02-02", "end_date": "2024-02-02"}, [2]),
    ],
)
def test_the_window_is_of_filing_dates(form4: Form4, window: dict[str, Any], days: list[int]) -> None:
    """Both ends belong to the window, and either may be absent; sums are of the window."""
    filed = {form4.ingest(buy("1", "1"), filed_on=f"2024-02-0{day}"): day for day in (1, 2, 3)}
    answer = ask(form4, **window)
    assert sorted(filed[key[1]] for key in keys(answer)) == days
    assert answer.summary.total_buys == len(days)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_pages_give_every_line_once_in_order(form4: Form4, limit: int) -> None:
    """Reading to the end gives all lines of both companies once, ties across companies and pages included."""
    rows = (buy(), transaction(table="derivative", code="M"), sell())
    for number in range(4):
        form4.ingest(*rows, cik=BOTH[number % 2])
    form4.ingest(*rows, cik=NOBODYS_CIK)
    everything = ask(form4)
    assert len(everything.transactions) == 12
    read: list[Key] = []
    token = ""
    while len(read) < 12:
        page = ask(form4, limit=limit, page_token=token)
        assert (page.summary, page.total) == (everything.summary, 12)
        read += keys(page)
        token = page.next_page_token
    assert read == keys(everything)
    assert token == ""
    assert [key[1] for key in read] == sorted((key[1] for key in read), reverse=True)


def test_a_page_has_a_hundred_lines_unless_told(form4: Form4) -> None:
    """The default page has 100 lines."""
    form4.ingest(*[buy()] * 101)
    answer = ask(form4)
    assert len(answer.transactions) == 100
    assert answer.next_page_token


def test_a_token_is_good_for_its_own_request(form4: Form4) -> None:
    """A token goes with its companies and window, and no other RPC's is taken."""
    form4.ingest(buy(), buy())
    token = ask(form4, limit=1).next_page_token
    for fields in ({"start_date": "2020-01-01"}, {"ciks": [APPLE.cik]}, {"ciks": BOTH[::-1]}):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(form4, limit=1, page_token=token, **fields)
    activity = form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL", count=1))
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(form4, page_token=activity.next_page_token)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"ciks": []}, "ciks"),
    ({"ciks": [APPLE.cik, APPLE.cik]}, "ciks"),
    ({"ciks": [f"{number:010}" for number in range(501)]}, "ciks"),
    ({"ciks": ["320193"]}, "ciks[0]"),
    ({"ciks": [APPLE.cik, "AAPL"]}, "ciks[1]"),
    ({"ciks": ["000032019\0"]}, "ciks[0]"),
    ({"limit": 0}, "limit"),
    ({"limit": 501}, "limit"),
    ({"start_date": "2025-02-30"}, "start_date"),
    ({"end_date": "never"}, "end_date"),
    ({"start_date": "2025-01-02", "end_date": "2025-01-01"}, "end_date"),
    ({"page_token": "x" * 1025}, "page_token"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(form4, **fields)


def test_five_hundred_companies_are_one_question(form4: Form4) -> None:
    """The largest list is answered."""
    number = form4.ingest(buy(), cik="0000000499")
    assert [key[1] for key in keys(ask(form4, [f"{cik:010}" for cik in range(500)]))] == [number]


def test_only_services_may_ask(form4: Form4) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    data = ListTransactionsByIssuersRequest(ciks=BOTH).SerializeToString()
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        form4.served.bytes(PATH, data, anonymous=True)


def test_bytes_that_are_no_message_are_refused(form4: Form4) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    for data in (NO_MESSAGE, b"\x0a\x02\xff\xfe"):
        with refused(INVALID, "MESSAGE_MALFORMED"):
            form4.served.bytes(PATH, data)
