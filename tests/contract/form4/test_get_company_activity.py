"""Form4Service/GetCompanyActivity: what it answers and what it refuses.

Its filters, sums and pages have files of their own.
"""

from typing import Any

import pytest
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityRequest,
    GetCompanyActivityResponse,
    GetMarketActivityRequest,
)
from sectracker.form4.v1.transaction_pb2 import Headline, Ownership, Planned, Table, Transaction

from tests.contract.form4.house import APPLE, BERKSHIRE, MICROSOFT, READERS, Form4, at, buy, sell
from tests.contract.serving import INVALID, NO_MESSAGE, NO_UTF8, NOT_FOUND, UNAVAILABLE, refused
from tests.factories.ownership import Terms, holding, owner, transaction

PATH = f"{READERS}/GetCompanyActivity"


def ask(form4: Form4, ticker: str = "AAPL", **fields: Any) -> GetCompanyActivityResponse:
    """Read a company's activity."""
    return form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker=ticker, **fields))


def test_answers_with_lines_insiders_and_sums(form4: Form4) -> None:
    """A company's lines come with everybody who traded and what they bought and sold."""
    number = form4.ingest(buy("10", "2"), sell("1", "5"), owners=[owner("0000067890", "Doe Jane", director="1")])
    answer = ask(form4)
    assert (answer.ticker, answer.cik, answer.company_name) == APPLE
    assert [(line.accession_number, line.line) for line in answer.transactions] == [(number, 1), (number, 2)]
    assert (answer.summary.buy_count, answer.summary.sell_count, answer.summary.transaction_count) == (1, 1, 2)
    assert (answer.summary.total_buys, answer.summary.total_sells, answer.summary.net) == (20, 5, 15)
    [insider] = answer.insiders
    assert (insider.cik, insider.name, insider.role) == ("0000067890", "Doe Jane", "Director")
    assert (insider.buy_count, insider.sell_count) == (1, 1)
    assert (insider.total_buys, insider.total_sells, insider.net, insider.last_date) == (20, 5, 15, "2024-01-15")
    assert answer.next_page_token == ""


FILED_IN_FULL = sell(
    "12.5",
    "10.01",
    title="Class A Common Stock",
    deemed="2024-01-14",
    form="5",
    timeliness="E",
    shares_after="99.5",
    ownership="I",
    nature="By Trust",
    notes={"transactionPricePerShare": ["F1"]},
)
PRICED_AS = "The price is a weighted average price. Shares were sold at prices ranging from $9.50 to $10.50."
SAID_IN_FULL = Transaction(
    date="2024-01-15",
    date_effective="2024-01-15",
    owner_name="Doe Jane",
    owner_cik="0000067890",
    role="Director, Chief Executive Officer",
    joint_owners=["Doe Family Trust"],
    type=Transaction.sell,
    headline=Headline.sell,
    is_planned=True,
    planned_source=Planned.box,
    shares=12.5,
    price=10.01,
    amount=125.125,
    price_low=9.5,
    price_high=10.5,
    price_is_average=True,
    form_type="4",
    filed_on="2024-01-17",
    accepted_at=at("2024-01-17T21:30:57+00:00"),
    table=Table.non_derivative,
    line=1,
    ordinal=1,
    security_title="Class A Common Stock",
    code="S",
    acquired_disposed="D",
    transaction_form_type="5",
    timeliness="E",
    equity_swap=False,
    shares_after=99.5,
    ownership=Ownership.indirect,
    nature="By Trust",
    deemed_execution_date="2024-01-14",
    footnote_ids=["F1"],
)


def test_says_a_line_as_filed_and_as_classified(form4: Form4) -> None:
    """Every column of a line of Table I arrives, with what the footnotes say of its price."""
    owners = [owner(officer="1", title="Chief Executive Officer"), owner("0000067891", "Doe Family Trust")]
    number = form4.ingest(FILED_IN_FULL, box="1", footnotes={"F1": PRICED_AS}, owners=owners, accepted="21:30:57")
    [line] = ask(form4).transactions
    assert line.accession_number == number
    line.ClearField("accession_number")
    assert line == SAID_IN_FULL


def test_says_a_derivative_line(form4: Form4) -> None:
    """A line of Table II has its further columns, and no place in the headline."""
    row = transaction(
        table="derivative",
        code="M",
        acquired="D",
        shares=None,
        price=None,
        total="5000",
        shares_after=None,
        value_after="7",
        terms=Terms("1.5", "2023-01-01", "2030-01-01", "Common Stock", "100", "200"),
    )
    form4.ingest(holding(), row)
    [line] = ask(form4).transactions
    assert (line.table, line.line, line.ordinal, line.type) == (Table.derivative, 1, 1, Transaction.exercise)
    assert (line.total_value, line.value_after) == (5000, 7)
    terms = line.derivative
    assert (terms.conversion_price, terms.exercise_date, terms.expiration_date) == (1.5, "2023-01-01", "2030-01-01")
    assert (terms.underlying_title, terms.underlying_shares, terms.underlying_value) == ("Common Stock", 100, 200)
    assert not line.HasField("headline")


def test_an_exercise_and_what_followed_it_are_related(form4: Form4) -> None:
    """An exercise, its sale and its withholding of one day share a number of their filing's own (pitfall 19)."""
    exercise, tax = transaction(code="M"), transaction(code="F", acquired="D")
    option = transaction(table="derivative", code="M", acquired="D")
    form4.ingest(exercise, sell(), tax, sell(date="2024-01-16"), buy(), option)
    form4.ingest(transaction(code="M", date="2024-01-11"), sell(date="2024-01-11"), exercise, sell())
    lines = ask(form4).transactions
    related = [line.related_group if line.HasField("related_group") else None for line in lines]
    assert related == [1, 1, 2, 2, 1, 1, 1, None, None, 1]


def test_what_a_filing_does_not_state_is_absent(form4: Form4) -> None:
    """Absent is neither zero nor empty: what the document leaves out has no field, and a zero is there as zero."""
    bare = transaction(date=None, code=None, acquired=None, shares=None, price=None, shares_after=None, ownership=None)
    form4.ingest(bare, transaction(code="G", price="0", shares="3"))
    absent, zero = ask(form4).transactions
    named = {field.name for field, _ in absent.ListFields()}
    assert not named & {
        "date", "code", "acquired_disposed", "shares", "price", "amount", "shares_after", "ownership", "headline",
        "is_planned", "planned_source", "price_low", "price_high", "value_after", "total_value", "nature",
        "deemed_execution_date", "derivative", "superseded_by", "timeliness", "related_group",
    }  # fmt: skip
    assert absent.date_effective == "2024-01-15"  # the period of report
    assert zero.HasField("price")
    assert (zero.price, zero.amount) == (0, 0)


def test_holdings_are_no_transactions(form4: Form4) -> None:
    """A balance that is reported without a trade is not among the lines, but counts in their numbering."""
    form4.ingest(holding(), buy(), holding())
    answer = ask(form4)
    assert [(line.line, line.ordinal) for line in answer.transactions] == [(2, 1)]
    assert answer.summary.transaction_count == 1


def test_a_company_without_lines_has_empty_sums(form4: Form4) -> None:
    """A known company of which nothing is stored answers with zeros and no lines."""
    answer = ask(form4)
    assert not answer.transactions
    assert not answer.insiders
    assert answer.HasField("summary")
    assert answer.summary.transaction_count == 0


@pytest.mark.parametrize("spelling", ["BRK-B", "brk-b", "brk b", "BRK.B", "BRK/B", "brk_b", " BRK.B "])
def test_any_spelling_of_a_ticker_is_the_company(form4: Form4, spelling: str) -> None:
    """What people type for a class of shares is answered in the SEC's spelling."""
    answer = ask(form4, spelling)
    assert (answer.ticker, answer.cik) == ("BRK-B", BERKSHIRE.cik)


def test_lines_belong_to_the_issuer_in_the_document(form4: Form4) -> None:
    """A trade of one company in another's shares is the other's: attribution is by issuerCik alone (pitfall 2)."""
    bank = owner(APPLE.cik, APPLE.name, director=None, ten_percent="1")
    number = form4.ingest(buy(), cik=MICROSOFT.cik, owners=[bank])
    assert not ask(form4, "AAPL").transactions
    [line] = ask(form4, "MSFT").transactions
    assert (line.accession_number, line.owner_cik, line.role) == (number, APPLE.cik, "10% Owner")


def test_unknown_ticker_is_not_found(form4: Form4) -> None:
    """A ticker that the SEC's files do not name is NOT_FOUND, in its one spelling."""
    with refused(NOT_FOUND, "TICKER_UNKNOWN", ticker="ZZ-ZZ"):
        ask(form4, "zz zz")


def test_before_the_tickers_are_read_it_says_so(form4: Form4) -> None:
    """A process that does not know the tickers yet is unavailable; it does not call every ticker unknown."""
    form4.directory.listing = form4.directory.listing._replace(version="")
    with refused(UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", dependency="filings"):
        ask(form4)


def test_status_follows_the_coverage(form4: Form4) -> None:
    """A company is loading until its first refresh ends; then its coverage and the time of the refresh are told."""
    before = ask(form4)
    assert before.status == GetCompanyActivityResponse.loading
    assert not before.HasField("coverage_start")
    assert not before.HasField("last_updated")
    form4.cover(APPLE.cik, "2022-01-17", "2024-01-17T21:00:00+00:00")
    after = ask(form4)
    assert after.status == GetCompanyActivityResponse.ready
    assert after.coverage_start == "2022-01-17"
    assert after.last_updated == at("2024-01-17T21:00:00+00:00")
    assert ask(form4, "MSFT").status == GetCompanyActivityResponse.loading


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"ticker": ""}, "ticker"),
    ({"ticker": "A" * 17}, "ticker"),
    ({"ticker": "A" * 13}, "ticker"),
    ({"ticker": "A--B"}, "ticker"),
    ({"ticker": "ÄPL"}, "ticker"),
    ({"ticker": "AAPL;DROP"}, "ticker"),
    ({"count": 0}, "count"),
    ({"count": -1}, "count"),
    ({"count": 101}, "count"),
    ({"days": 0}, "days"),
    ({"days": 36_501}, "days"),
    ({"start_date": ""}, "start_date"),
    ({"start_date": "2025-02-30"}, "start_date"),
    ({"start_date": "0000-01-01"}, "start_date"),
    ({"start_date": "2025-1-1"}, "start_date"),
    ({"start_date": "20250101"}, "start_date"),
    ({"start_date": "２０２５-01-01"}, "start_date"),  # noqa: RUF001 - digits, but not ours
    ({"end_date": "2025-13-01"}, "end_date"),
    ({"end_date": "2025-01-01\n"}, "end_date"),
    ({"end_date": "today"}, "end_date"),
    ({"start_date": "2025-01-02", "end_date": "2025-01-01"}, "end_date"),
    ({"date_basis": 3}, "date_basis"),
    ({"as_of": "x" * 65}, "as_of"),
    ({"page_token": "x" * 1025}, "page_token"),
    ({"ticker": "AA\0PL"}, "ticker"),
    ({"start_date": "2025-01-0\0"}, "start_date"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, never clamped."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        ask(form4, **fields)


@pytest.mark.parametrize("as_of", ["2024-01-01T00:00:00Z", "yesterday", ""])
def test_as_of_is_refused_not_ignored(form4: Form4, as_of: str) -> None:
    """What comes later is refused with its own reason, whatever its value."""
    with refused(INVALID, "FIELD_NOT_SUPPORTED", field="as_of"):
        ask(form4, as_of=as_of)


@pytest.mark.parametrize("token", ["x", "AAAA", "AQ" * 40, "é", "../../etc/passwd", "'; DROP TABLE transactions; --"])
def test_forged_page_tokens_are_refused(form4: Form4, token: str) -> None:
    """A token that this service did not make is refused before it means anything."""
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(form4, page_token=token)


def test_a_token_is_good_for_its_own_request(form4: Form4) -> None:
    """A token goes with one RPC, ticker and set of filters; only the size of the page may change."""
    for _ in range(3):
        form4.ingest(buy(), cik=APPLE.cik)
        form4.ingest(buy(), cik=MICROSOFT.cik)
    token = ask(form4, count=1).next_page_token
    assert len(ask(form4, count=2, page_token=token).transactions) == 2
    for fields in ({"ticker": "MSFT"}, {"hide_planned": True}, {"start_date": "2020-01-01"}, {"days": 36_500}):
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(form4, count=1, page_token=token, **fields)
    market = {"count": 1, "start_date": "2020-01-01"}
    other = form4.readers.GetMarketActivity(GetMarketActivityRequest(**market)).next_page_token  # type: ignore[arg-type]
    with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
        ask(form4, count=1, page_token=other)


def test_a_changed_token_is_refused(form4: Form4) -> None:
    """Not one character of a token can be changed."""
    for _ in range(2):
        form4.ingest(buy())
    token = ask(form4, count=1).next_page_token
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with refused(INVALID, "PAGE_TOKEN_INVALID", field="page_token"):
            ask(form4, count=1, page_token=changed)


@pytest.mark.parametrize("data", [NO_MESSAGE, NO_UTF8, b"\xff" * 40])
def test_bytes_that_are_no_message_are_refused(form4: Form4, data: bytes) -> None:
    """Bytes that are no request, and text that is no UTF-8, are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        form4.served.bytes(PATH, data)
