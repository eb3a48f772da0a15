"""Form4Service/GetCompanyActivity: pages give every line exactly once, in order, whatever happens meanwhile."""

from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import Table

from tests.contract.form4.house import Form4, buy, sell
from tests.factories.ownership import transaction

Key = tuple[str, int, int]


def ask(form4: Form4, **fields: Any) -> GetCompanyActivityResponse:
    """Read Apple's activity."""
    return form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL", **fields))


def keys(answer: GetCompanyActivityResponse) -> list[Key]:
    """Return what each line of a page is known by."""
    return [(line.accession_number, line.table, line.line) for line in answer.transactions]


def read_all(form4: Form4, **fields: Any) -> list[Key]:
    """Read page after page to the end, which is to come before there are more pages than lines."""
    read: list[Key] = []
    token = ""
    for _ in range(100):
        answer = ask(form4, page_token=token, **fields)
        read += keys(answer)
        token = answer.next_page_token
        if not token:
            return read
        assert answer.transactions, "a page that promises another one is not empty"
    raise AssertionError("the pages have no end")


def fill(form4: Form4) -> list[Key]:
    """Store filings with ties of time, day and accession number, and return the keys of their lines in order.

    Shape: three filings of one moment, each with lines in both tables; an older and a newer one; two of which only
    the day is known, which counts as its last moment.
    """
    rows = (buy(), transaction(table="derivative", code="M"), sell(), transaction(table="derivative", code="A"))
    tied = [form4.ingest(*rows) for _ in range(3)]
    older = form4.ingest(*rows, accepted="19:59:59")
    newer = form4.ingest(*rows, accepted="20:00:01")
    undated = [form4.ingest(*rows, accepted=None) for _ in range(2)]
    yesterday = form4.ingest(*rows, filed_on="2024-01-16", accepted=None)
    order = [*undated[::-1], newer, *tied[::-1], older, yesterday]
    places = [(Table.non_derivative, 1), (Table.non_derivative, 2), (Table.derivative, 1), (Table.derivative, 2)]
    return [(accession, table, line) for accession in order for table, line in places]


def test_order_is_acceptance_accession_table_line(form4: Form4) -> None:
    """Newest acceptance first, then accession number from above, then Table I before II, then the lines as filed."""
    expected = fill(form4)
    assert keys(ask(form4, count=100)) == expected


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 31, 32, 33])
def test_pages_give_every_line_once_in_order(form4: Form4, count: int) -> None:
    """Reading to the end gives the same lines in the same order with any size of page, ties across pages included."""
    expected = fill(form4)
    assert read_all(form4, count=count) == expected


def test_the_size_of_the_page_may_change_on_the_way(form4: Form4) -> None:
    """A token is good for pages of any size."""
    expected = fill(form4)
    read: list[Key] = []
    token = ""
    for count in (1, 10, 2, 100):
        answer = ask(form4, count=count, page_token=token)
        read += keys(answer)
        token = answer.next_page_token
    assert read == expected
    assert token == ""


def test_filings_that_arrive_meanwhile_disturb_no_page(form4: Form4) -> None:
    """Lines that were there at the start are read once each, while newer, older and tied filings come in."""
    expected = fill(form4)
    read: list[Key] = []
    token = ""
    for number in range(100):
        answer = ask(form4, count=3, page_token=token)
        read += keys(answer)
        token = answer.next_page_token
        if not token:
            break
        form4.ingest(buy(), filed_on="2024-01-18")
        form4.ingest(buy(), accession=f"0000000000-24-{number:06}")
        form4.ingest(buy(), filed_on="2023-01-17")
    there = set(expected)
    assert [key for key in read if key in there] == expected
    assert len(read) == len(set(read))


def test_pages_with_filters(form4: Form4) -> None:
    """Pages of a filtered reading hold what the filters leave, in the same order."""
    hidden = {form4.ingest(sell(), box="1") for _ in range(3)}
    fill(form4)
    hidden |= {form4.ingest(sell(), box="1") for _ in range(3)}
    everything = read_all(form4, count=100)
    by_trade = {"start_date": "2024-01-15", "date_basis": GetCompanyActivityRequest.transaction}
    expected = [key for key in everything if key[0] not in hidden]
    assert len(expected) == len(everything) - 6
    assert read_all(form4, count=5, hide_planned=True) == expected
    assert read_all(form4, count=5, hide_planned=True, **by_trade) == expected


def test_the_last_full_page_promises_nothing(form4: Form4) -> None:
    """A page that ends with the last line has no token."""
    form4.ingest(buy(), buy())
    assert ask(form4, count=2).next_page_token == ""
    assert ask(form4, count=1).next_page_token != ""


def test_a_token_behind_lines_that_are_gone_still_leads_on(form4: Form4) -> None:
    """When the filing at the end of a page is replaced meanwhile, the next page begins behind its place."""
    last = form4.ingest(buy(), filed_on="2024-01-15")
    middle = form4.ingest(buy(), filed_on="2024-01-16")
    form4.ingest(buy())
    token = ask(form4, count=2).next_page_token
    form4.ingest(sell(), filed_on="2024-01-16", accession=middle, accepted="20:00:05")
    assert [key[0] for key in keys(ask(form4, count=2, page_token=token))] == [last]
