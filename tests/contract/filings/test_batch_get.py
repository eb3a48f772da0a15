"""CompanyService/BatchGet: many companies by ticker or CIK, for other services."""

from typing import Any

import grpc
import pytest
from sectracker.filings.v1.company_service_pb2 import BatchGetRequest

from tests.contract.chassis.trial import refusal_of
from tests.contract.filings.house import APPLE, BERKSHIRE, COMPANIES, MICROSOFT, Filings
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused

PATH = f"{COMPANIES}/BatchGet"


def get(
    filings: Filings, tickers: list[str] | None = None, ciks: list[str] | None = None
) -> list[tuple[str, str, str]]:
    """Read companies."""
    answer = filings.companies.BatchGet(BatchGetRequest(tickers=tickers or [], ciks=ciks or []))
    return [(company.ticker, company.cik, company.name) for company in answer.companies]


def test_answers_in_the_order_of_the_request(filings: Filings) -> None:
    """Companies by ticker come first, then those by CIK, each in the order in which it was asked for."""
    found = get(filings, ["brk.b", "AAPL"], [MICROSOFT[1]])
    assert found == [BERKSHIRE, APPLE, MICROSOFT]


def test_a_company_is_there_once(filings: Filings) -> None:
    """A company that is asked for again, by ticker or CIK, is not repeated; by CIK it has its first ticker."""
    assert get(filings, ["AAPL", "aapl"], [APPLE[1], BERKSHIRE[1], BERKSHIRE[1]]) == [APPLE, BERKSHIRE]
    assert [company[0] for company in get(filings, ["BRK-A", "BRK-B"])] == ["BRK-A"]


def test_what_is_unknown_is_left_out(filings: Filings) -> None:
    """An unknown ticker or CIK costs nobody else's answer."""
    assert get(filings, ["ZZZZ", "AAPL"], ["9999999999"]) == [APPLE]
    assert get(filings, ["ZZZZ"]) == []


def test_five_hundred_are_answered(filings: Filings) -> None:
    """The largest request is answered."""
    assert get(filings, ["AAPL"], [f"{number:010}" for number in range(499)]) == [
        APPLE,
        *[("PURE", "0000000100", "100% Pure Water Inc"), ("UNDR", "0000000101", "Under_score Corp")],
        *[("UNDX", "0000000102", "UnderXscore Corp"), ("BACK", "0000000103", "Back\\slash Ltd")],
        ("MLLR", "0000000104", "Müller Straße AG"),
    ]


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"tickers": ["A"] * 501}, "tickers"),
    ({"ciks": ["0000000001"] * 501}, "ciks"),
    ({"tickers": ["AAPL", ""]}, "tickers[1]"),
    ({"tickers": ["A" * 17]}, "tickers[0]"),
    ({"tickers": ["AA\0"]}, "tickers[0]"),
    ({"tickers": ["?"]}, "ticker"),
    ({"ciks": ["320193"]}, "ciks[0]"),
    ({"ciks": [APPLE[1], "AAPL"]}, "ciks[1]"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(filings: Filings, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        get(filings, **fields)


@pytest.mark.parametrize(("tickers", "ciks"), [(0, 0), (1, 500), (500, 500)])
def test_a_bad_number_of_both_together_names_both_fields(filings: Filings, tickers: int, ciks: int) -> None:
    """None at all, or more than 500 tickers and CIKs together, is refused by the names of both fields."""
    with pytest.raises(grpc.RpcError) as error:
        get(filings, ["A"] * tickers, ["0000000001"] * ciks)
    told = refusal_of(error.value)
    said = "name 1 to 500 tickers and CIKs together"
    assert (told.code, told.info.reason) == (INVALID, "FIELD_INVALID")
    assert told.fields == [("tickers", said), ("ciks", said)]


def test_only_services_may_ask(filings: Filings) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        filings.served.bytes(PATH, BatchGetRequest(tickers=["AAPL"]).SerializeToString(), anonymous=True)


def test_bytes_that_are_no_message_are_refused(filings: Filings) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, NO_MESSAGE)
