"""A page of activity: what is asked, and where the next one begins."""

import datetime as dt
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sectracker.filings.v1.filing_pb2 import Filing
from sectracker.filings.v1.filings_service_pb2 import ListByIssuersResponse
from sectracker.form4.v1.ownership_service_pb2 import IssuerTransaction, ListTransactionsByIssuersResponse
from sectracker.form4.v1.transaction_pb2 import Summary

from services.chassis.errors import InvalidPageToken
from services.watchlist.domain import MOST_ITEMS, Item
from services.watchlist.read_activity import Place, Question, page, question

ADA, BOB = UUID(int=1), UUID(int=2)
FIRST_DAY = dt.date(2024, 1, 8)
BEGAN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def item(cik: int, minutes: int) -> Item:
    """Return a company that was added so many minutes after the beginning."""
    return Item(f"{cik:010}", f"T{cik}", "", BEGAN + dt.timedelta(minutes=minutes))


ITEMS = [item(1, 3), item(3, 2), item(2, 2)]


def first(user_id: UUID = ADA, items: list[Item] = ITEMS) -> Question:
    """Return what is asked for a first page."""
    asked = question(user_id, items, None, FIRST_DAY, 10)
    assert asked is not None
    return asked


def test_the_first_page_is_about_all_companies() -> None:
    """The company watched longest comes first, then by CIK; both lists begin at their beginning."""
    asked = first()
    assert list(asked.ciks) == ["0000000002", "0000000003", "0000000001"]
    for request in (asked.of_filings(), asked.of_transactions()):
        assert (list(request.ciks), request.start_date, request.limit) == (asked.ciks, "2024-01-08", 10)
        assert (request.page_token, request.HasField("end_date")) == ("", False)


def test_nothing_watched_is_no_question() -> None:
    """An empty list has nothing to ask for."""
    assert question(ADA, [], None, FIRST_DAY, 10) is None


def test_a_further_page_keeps_what_the_first_fixed() -> None:
    """The window and the companies are those of the first page, whatever day it is and whatever was added."""
    place = first().place._replace(filings="next", transactions="other")
    asked = question(ADA, [item(9, 4), *ITEMS], place, FIRST_DAY + dt.timedelta(days=1), 20)
    assert asked is not None
    assert list(asked.ciks) == first().ciks
    assert (asked.of_filings().start_date, asked.of_filings().page_token) == ("2024-01-08", "next")
    assert (asked.of_transactions().limit, asked.of_transactions().page_token) == (20, "other")


@pytest.mark.parametrize(
    ("user_id", "items"), [(BOB, ITEMS), (ADA, ITEMS[1:]), (ADA, []), (ADA, [item(1, 9), *ITEMS[1:]])]
)
def test_a_place_is_good_for_its_user_and_companies(user_id: UUID, items: list[Item]) -> None:
    """Another user with the same companies, and a list that has lost one, or has it anew, are refused."""
    with pytest.raises(InvalidPageToken):
        question(user_id, items, first().place, FIRST_DAY, 10)


def answers(filings: str, transactions: str) -> tuple[ListByIssuersResponse, ListTransactionsByIssuersResponse]:
    """Return an answer of each service, with these tokens of its next page."""
    return (
        ListByIssuersResponse(filings=[Filing(id="a")], total=7, next_page_token=filings),
        ListTransactionsByIssuersResponse(
            transactions=[IssuerTransaction(cik="1")], summary=Summary(net=1), total=9, next_page_token=transactions
        ),
    )


@pytest.mark.parametrize(("filings", "transactions"), [("f", "t"), ("f", ""), ("", "t")])
def test_there_is_a_next_page_while_either_goes_on(filings: str, transactions: str) -> None:
    """The place behind a page holds the tokens of both lists."""
    found = page(first(), *answers(filings, transactions))
    assert found.next == first().place._replace(filings=filings, transactions=transactions)
    assert (len(found.filings.filings), len(found.transactions.transactions)) == (1, 1)


def test_the_last_page_has_none() -> None:
    """Where both lists have ended, so has the reading."""
    assert page(first(), *answers("", "")).next is None


def test_a_list_that_has_ended_tells_its_totals_alone() -> None:
    """One row is asked for to hear the totals, and is on no page a second time."""
    only_filings = question(ADA, ITEMS, first().place._replace(filings="f"), FIRST_DAY, 10)
    only_trades = question(ADA, ITEMS, first().place._replace(transactions="t"), FIRST_DAY, 10)
    assert only_filings is not None
    assert only_trades is not None
    assert (only_filings.of_filings().limit, only_filings.of_transactions().limit) == (10, 1)
    assert (only_trades.of_filings().limit, only_trades.of_transactions().limit) == (1, 10)
    # Whatever a service says behind the row that was asked for, a list that has ended does not begin again.
    found = page(only_filings, *answers("", "again"))
    told: Message = found.transactions
    assert told == ListTransactionsByIssuersResponse(summary=Summary(net=1), total=9)
    assert found.next is None
    found = page(only_trades, *answers("again", ""))
    assert (found.filings, found.next) == (ListByIssuersResponse(total=7), None)


def test_the_largest_list_fits_into_a_token() -> None:
    """A place names 500 companies by a digest: it is as long as for one."""
    many = first(items=[item(number, number) for number in range(MOST_ITEMS)])
    assert len(many.place.companies) == len(first().place.companies) == 32
    assert isinstance(many.place, Place)
