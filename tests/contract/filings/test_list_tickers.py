"""CompanyService/ListTickers: every ticker in bulk, unless the caller has them."""

from sectracker.filings.v1.company_service_pb2 import ListTickersRequest, ListTickersResponse

from tests.contract.filings.house import APPLE, COMPANIES, LISTED, MICROSOFT, Filings
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused

PATH = f"{COMPANIES}/ListTickers"


def ask(filings: Filings, known: str = "") -> ListTickersResponse:
    """Read the list."""
    return filings.companies.ListTickers(ListTickersRequest(known_version=known))


def test_answers_with_every_ticker(filings: Filings) -> None:
    """All tickers come in the SEC's order, a company's first ticker before its others, under a version."""
    answer = ask(filings)
    assert [(row.ticker, row.cik, row.name) for row in answer.tickers] == list(LISTED)
    assert answer.version == "1"


def test_a_list_that_the_caller_has_is_not_sent(filings: Filings) -> None:
    """Whoever names the current version gets it back, and no rows."""
    answer = ask(filings, "1")
    assert (answer.version, len(answer.tickers)) == ("1", 0)


def test_a_new_list_is_sent_whole(filings: Filings) -> None:
    """After a change the caller gets all that is current; tickers of the past are not among it."""
    filings.know([APPLE, MICROSOFT, *LISTED[3:]], "2")
    answer = ask(filings, "1")
    assert answer.version == "2"
    assert [row.ticker for row in answer.tickers] == ["AAPL", "MSFT", *(row[0] for row in LISTED[3:])]


def test_before_a_list_was_read_there_is_none(empty: Filings) -> None:
    """A service that has read no list has neither rows nor a version; the caller keeps what it has."""
    for known in ("", "7"):
        answer = ask(empty, known)
        assert (answer.version, len(answer.tickers)) == (known, 0)


def test_bad_input_names_the_field(filings: Filings) -> None:
    """A version that is longer than any, or holds NUL, is refused by the name of its field."""
    for known in ("x" * 65, "1\0"):
        with refused(INVALID, "FIELD_INVALID", field="known_version"):
            ask(filings, known)


def test_only_services_may_ask(filings: Filings) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        filings.served.bytes(PATH, b"", anonymous=True)


def test_bytes_that_are_no_message_are_refused(filings: Filings) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        filings.served.bytes(PATH, NO_MESSAGE)
