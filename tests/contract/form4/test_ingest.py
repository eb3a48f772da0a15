"""OwnershipService/Ingest: one document, one transaction, once."""

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest
from sectracker.form4.v1.ownership_service_pb2 import IngestRequest, IngestResponse
from sqlalchemy import event
from structlog.testing import capture_logs

from services.chassis.db import Sessions
from services.form4.domain import PARSER_VERSION
from services.form4.models import Filing, Footnote, Holding, Owner, Transaction
from services.limits import MAX_DOCUMENT_BYTES
from tests.contract.form4.house import APPLE, FILED, MICROSOFT, OWNERSHIP, Form4, at, buy, sell
from tests.contract.form4.stored import TABLES, counts, everything, rows, writing
from tests.contract.serving import INTERNAL, INVALID, NO_MESSAGE, UNAUTHENTICATED, refused
from tests.factories.ownership import Terms, document, holding, owner, transaction

PATH = f"{OWNERSHIP}/Ingest"
ACCESSION = "0000320193-24-000007"
NOTHING = dict.fromkeys((table.__tablename__ for table in TABLES), 0)


def request(**fields: Any) -> IngestRequest:
    """Return a request that is well, but for what a test changes."""
    well = {"accession_number": ACCESSION, "document": document(buy()), "filed_on": FILED, "accepted_raw": ""}
    return IngestRequest(**well | fields)


NOTES = {"F1": "By a trust.", "F2": "Not referred to."}
PEOPLE = (
    owner("0000000001", "Doe Jane", officer="1", title="See Remarks"),
    owner("0000000002", "Doe Trust", director="false", ten_percent="true", other="1", other_text="Trustee"),
)
FULL = document(
    holding(shares_after="7.5", ownership="I", nature="By Trust", notes={"natureOfOwnership": ["F1"]}),
    buy("3.25", "0.1"),
    transaction(table="derivative", code="M", shares="x", terms=Terms(underlying="Common", underlying_shares="5")),
    owners=PEOPLE,
    footnotes=NOTES,
    remarks="President and CFO",
    box="0",
    issuer_cik=APPLE.cik,
)


def test_stores_the_filing(form4: Form4, form4_sessions: Sessions) -> None:
    """What a document says of itself, and what EDGAR says of its filing, is stored, and the caller is told how much."""
    answer = form4.take(FULL, ACCESSION)
    assert answer.outcome == IngestResponse.created
    assert (answer.issuer_cik, answer.transaction_count, answer.holding_count) == (APPLE.cik, 2, 1)
    [filing] = rows(form4_sessions, Filing)
    assert (filing["form_type"], filing["issuer_cik"], filing["issuer_symbol"]) == ("4", APPLE.cik, "EXMP")
    assert (filing["rule_10b5_1"], filing["remarks"]) == (False, "President and CFO")
    assert (filing["period_of_report"], filing["period_date"]) == ("2024-01-15", dt.date(2024, 1, 15))
    assert filing["document_sha256"] == hashlib.sha256(FULL).digest()
    assert (filing["parser_version"], filing["acceptance_source"]) == (PARSER_VERSION, "header")
    assert filing["accepted_at"] == filing["known_at"] == dt.datetime(2024, 1, 17, 20, tzinfo=dt.UTC)


def test_stores_owners_and_footnotes(form4: Form4, form4_sessions: Sessions) -> None:
    """All reporting owners are stored in the document's order, and all footnotes, referred to or not."""
    form4.take(FULL, ACCESSION)
    stored = [
        (one["position"], one["cik"], one["roles"], one["title"], one["other_text"])
        for one in rows(form4_sessions, Owner)
    ]
    assert stored == [
        (1, "0000000001", ["director", "officer"], "See Remarks", None),
        (2, "0000000002", ["ten_percent", "other"], None, "Trustee"),
    ]
    assert {one["id"]: one["body"] for one in rows(form4_sessions, Footnote)} == NOTES


def test_stores_lines(form4: Form4, form4_sessions: Sessions) -> None:
    """Transactions and holdings are stored as they were read, with what the filing puts on each of them."""
    form4.take(FULL, ACCESSION)
    [balance] = rows(form4_sessions, Holding)
    assert (balance["line"], balance["shares_after"], balance["ownership"]) == (1, Decimal("7.5"), "indirect")
    assert (balance["nature"], balance["field_footnotes"]) == ("By Trust", [["nature", "F1"]])
    derivative, share = rows(form4_sessions, Transaction)
    assert (share["line"], share["ordinal"], share["amount"]) == (2, 1, Decimal("0.325"))
    assert (share["owner_role"], share["joint_owners"]) == ("Director, See Remarks", ["Doe Trust"])
    assert (derivative["shares"], derivative["unread"]) == (None, [["shares", "x"]])
    assert derivative["flags"] == ["number_unreadable"]
    assert derivative["underlying_shares"] == Decimal(5)


def test_the_same_bytes_change_nothing(form4: Form4, form4_sessions: Sessions) -> None:
    """A document that is there already is read, compared and left as it is."""
    data = document(buy(), holding())
    assert form4.take(data, ACCESSION).outcome == IngestResponse.created
    before = everything(form4_sessions)
    again = form4.take(data, ACCESSION)
    assert again.outcome == IngestResponse.unchanged
    assert (again.transaction_count, again.holding_count) == (1, 1)
    assert everything(form4_sessions) == before


def test_other_bytes_replace_all_rows(form4: Form4, form4_sessions: Sessions) -> None:
    """Under the same accession number a document takes the place of the one before, whole, whatever its issuer."""
    people = [owner("0000000001", "A"), owner("0000000002", "B")]
    form4.take(document(*[buy()] * 3, holding(), owners=people, footnotes={"F1": "x"}), ACCESSION)
    assert form4.take(document(sell(), issuer_cik=MICROSOFT.cik), ACCESSION).outcome == IngestResponse.replaced
    assert counts(form4_sessions) == NOTHING | {"ownership_filings": 1, "reporting_owners": 1, "transactions": 1}
    [line] = rows(form4_sessions, Transaction)
    assert (line["issuer_cik"], line["headline"]) == (MICROSOFT.cik, "sell")


@pytest.mark.parametrize(("filed_on", "accepted"), [("2024-01-18", "20:00:00"), (FILED, "21:00:00"), (FILED, None)])
def test_other_dates_replace_too(form4: Form4, form4_sessions: Sessions, filed_on: str, accepted: str | None) -> None:
    """A better known day or time of filing is written to every row, though the bytes are the same."""
    data = document(buy(), holding())
    form4.take(data, ACCESSION)
    assert form4.take(data, ACCESSION, filed_on, accepted).outcome == IngestResponse.replaced
    [filing] = rows(form4_sessions, Filing)
    for line in (*rows(form4_sessions, Transaction), *rows(form4_sessions, Holding)):
        assert (line["filed_on"], line["known_at"]) == (filing["filed_on"], filing["known_at"])
    assert filing["filed_on"] == dt.date.fromisoformat(filed_on)


def test_without_an_acceptance_time_the_day_ends_it(form4: Form4, form4_sessions: Sessions) -> None:
    """A filing of which only the day is known counts as known from its last moment, 22:00 in New York."""
    form4.take(document(buy()), ACCESSION, accepted=None)
    [filing] = rows(form4_sessions, Filing)
    assert (filing["accepted_at"], filing["acceptance_source"]) == (None, None)
    assert filing["known_at"] == dt.datetime(2024, 1, 18, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("date", "words", "effective"),
    [
        ("2035-01-10", {"period": "2024-01-10", "signed": "2024-01-12"}, "2024-01-10"),
        ("0022-01-10", {"period": "2024-01-10", "signed": "2024-01-12"}, "2024-01-10"),
        ("2024-01-18", {"period": "2024-01-10", "signed": "2024-01-12"}, "2024-01-10"),
        ("2024-01-18", {"period": "2024-01-10", "signed": "2024-02-12"}, "2024-01-10"),
        ("2035-01-10", {"period": "2035-01-10", "signed": "2035-01-12"}, FILED),
        ("2035-01-10", {"period": None, "signed": None}, FILED),
    ],
)
def test_an_impossible_date_falls_back(
    form4: Form4, form4_sessions: Sessions, date: str, words: dict[str, Any], effective: str
) -> None:
    """A trade cannot be after its filing: it is kept as filed, flagged, and counts under the period of report.

    Where the period cannot be either, the day of filing stands in (pitfall 7).
    """
    form4.take(document(buy(date=date), **words), ACCESSION)
    [line] = rows(form4_sessions, Transaction)
    assert (line["date"], line["transaction_date"]) == (date, dt.date.fromisoformat(date))
    assert line["date_effective"] == dt.date.fromisoformat(effective)
    assert line["flags"] == ["date_implausible"]


def test_the_day_of_filing_decides_what_is_possible(form4: Form4, form4_sessions: Sessions) -> None:
    """A trade after the day that stands beside the signature, but before the filing, is possible and no slip."""
    form4.take(document(buy(date="2024-01-16"), period="2024-01-12", signed="2024-01-12"), ACCESSION)
    [line] = rows(form4_sessions, Transaction)
    assert (line["date_effective"], line["flags"]) == (dt.date(2024, 1, 16), [])


def test_a_document_without_lines_or_owners_is_stored(form4: Form4, form4_sessions: Sessions) -> None:
    """A filing that reports nothing is one filing, and says what it lacks."""
    answer = form4.take(document(owners=[]), ACCESSION)
    assert (answer.outcome, answer.transaction_count, answer.holding_count) == (IngestResponse.created, 0, 0)
    assert list(answer.flags) == ["owner_absent"]
    assert counts(form4_sessions) == NOTHING | {"ownership_filings": 1}


UNREADABLE = {
    "empty": b" \n\t ",
    "not_xml": b"\x00\x01\x02 this is no document",
    "wrong_root": b"<html><body>Request Rate Threshold Exceeded</body></html>",
    "unsafe": b'<!DOCTYPE x [<!ENTITY a "b">]>' + document(buy()).partition(b"\n")[2],
    "no_issuer": document(buy(), issuer_cik=None),
    "too_large": document(buy()) + b" " * MAX_DOCUMENT_BYTES,
}


@pytest.mark.parametrize("cause", UNREADABLE)
def test_an_unreadable_document_writes_nothing(form4: Form4, form4_sessions: Sessions, cause: str) -> None:
    """What cannot be read is refused with its cause, and what is there under its number stays."""
    with refused(INVALID, "DOCUMENT_UNREADABLE", accession_number=ACCESSION, cause=cause):
        form4.take(UNREADABLE[cause], ACCESSION)
    assert counts(form4_sessions) == NOTHING
    form4.take(document(buy()), ACCESSION)
    before = everything(form4_sessions)
    with refused(INVALID, "DOCUMENT_UNREADABLE", accession_number=ACCESSION, cause=cause):
        form4.take(UNREADABLE[cause], ACCESSION)
    assert everything(form4_sessions) == before


def test_a_failure_in_the_middle_leaves_nothing_half_done(form4: Form4, form4_sessions: Sessions) -> None:
    """When the last of the tables cannot be written, the filing is as it was before the call."""
    form4.take(document(buy(), holding()), ACCESSION)
    before = everything(form4_sessions)

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO holdings"):
            raise RuntimeError("the disk is on fire")

    event.listen(writing(form4_sessions), "before_cursor_execute", fail)
    with capture_logs() as logged:
        for number in (ACCESSION, "0000320193-24-000008"):
            with refused(INTERNAL, "INTERNAL"):
                form4.take(document(sell(), holding()), number)
    event.remove(writing(form4_sessions), "before_cursor_execute", fail)
    assert [str(line["exc_info"]) for line in logged if "exc_info" in line] == ["the disk is on fire"] * 2
    assert everything(form4_sessions) == before
    assert form4.take(document(sell(), holding()), ACCESSION).outcome == IngestResponse.replaced


def test_readers_see_it_at_once(form4: Form4) -> None:
    """What was ingested is in the next answer."""
    number = form4.ingest(buy())
    answer = form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL"))
    assert [line.accession_number for line in answer.transactions] == [number]


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"accession_number": ""}, "accession_number"),
    ({"accession_number": "000032019324000007"}, "accession_number"),
    ({"accession_number": "0000320193-24-00000x"}, "accession_number"),
    ({"document": b""}, "document"),
    ({"filed_on": ""}, "filed_on"),
    ({"filed_on": "2024-02-30"}, "filed_on"),
    ({"filed_on": "17 January 2024"}, "filed_on"),
    ({"accepted_raw": "x" * 65}, "accepted_raw"),
    ({"accepted_raw": "2024\0"}, "accepted_raw"),
    ({"acceptance_source": 9}, "acceptance_source"),
    ({"accepted_at": Timestamp(seconds=253_402_300_800)}, "accepted_at"),
    ({"accepted_at": Timestamp(seconds=-62_135_596_801)}, "accepted_at"),
    ({"accepted_at": Timestamp(seconds=2**62)}, "accepted_at"),
    ({"accepted_at": Timestamp(seconds=1, nanos=2_000_000_000)}, "accepted_at"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, form4_sessions: Sessions, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, and nothing is written."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        form4.ownership.Ingest(request(**fields))
    assert counts(form4_sessions) == NOTHING


def test_a_request_that_is_well_is_taken(form4: Form4) -> None:
    """The request that the refusals change one field of is itself in order."""
    assert (
        form4.ownership.Ingest(request(accepted_at=at("2024-01-17T20:00:00+00:00"))).outcome == IngestResponse.created
    )


def test_only_services_may_ingest(form4: Form4, form4_sessions: Sessions) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        form4.served.bytes(PATH, request().SerializeToString(), anonymous=True)
    assert counts(form4_sessions) == NOTHING


def test_bytes_that_are_no_message_are_refused(form4: Form4) -> None:
    """Bytes that are no request are the caller's mistake, and they are looked at after the caller."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        form4.served.bytes(PATH, NO_MESSAGE)
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        form4.served.bytes(PATH, NO_MESSAGE, anonymous=True)
