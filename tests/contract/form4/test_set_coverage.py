"""OwnershipService/SetCoverage: how far a company has been read only grows."""

import datetime as dt
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.ownership_service_pb2 import SetCoverageRequest

from services.chassis.db import Sessions
from services.form4.models import Coverage
from tests.contract.form4.house import APPLE, OWNERSHIP, Form4, at
from tests.contract.form4.stored import rows
from tests.contract.serving import INVALID, NO_MESSAGE, UNAUTHENTICATED, refused

PATH = f"{OWNERSHIP}/SetCoverage"
NOON = "2024-01-17T12:00:00.123456+00:00"


def request(**fields: Any) -> SetCoverageRequest:
    """Return a request that is well, but for what a test changes."""
    well: dict[str, Any] = {"cik": APPLE.cik, "coverage_start": "2022-01-17", "refreshed_at": at(NOON)}
    return SetCoverageRequest(**well | fields)


def test_stores_the_coverage_once(form4: Form4, form4_sessions: Sessions) -> None:
    """The first call makes a row, an equal one changes nothing."""
    for _ in range(2):
        form4.ownership.SetCoverage(request())
        assert rows(form4_sessions, Coverage) == [
            {
                "cik": APPLE.cik,
                "coverage_start": dt.date(2022, 1, 17),
                "refreshed_at": dt.datetime.fromisoformat(NOON),
            }
        ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_only_grows_in_any_order(form4: Form4, form4_sessions: Sessions, order: tuple[int, ...]) -> None:
    """The earlier start and the later refresh are kept, whichever arrives first."""
    deep = request(coverage_start="2015-01-01")
    late = request(refreshed_at=at("2024-02-01T00:00:00+00:00"))
    for number in order:
        form4.ownership.SetCoverage((deep, late)[number])
    [row] = rows(form4_sessions, Coverage)
    assert row["coverage_start"] == dt.date(2015, 1, 1)
    assert row["refreshed_at"] == dt.datetime(2024, 2, 1, tzinfo=dt.UTC)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"cik": ""}, "cik"),
    ({"cik": "320193"}, "cik"),
    ({"cik": "000032019\0"}, "cik"),
    ({"coverage_start": ""}, "coverage_start"),
    ({"coverage_start": "2023-02-29"}, "coverage_start"),
    ({"coverage_start": "2023"}, "coverage_start"),
    ({"refreshed_at": None}, "refreshed_at"),
    ({"refreshed_at": Timestamp(seconds=253_402_300_800)}, "refreshed_at"),
    ({"refreshed_at": Timestamp(nanos=-1)}, "refreshed_at"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_FIELDS)
def test_bad_input_names_the_field(form4: Form4, form4_sessions: Sessions, fields: dict[str, Any], named: str) -> None:
    """A value outside what the contract allows is refused by the name of its field, and nothing is written."""
    with refused(INVALID, "FIELD_INVALID", field=named):
        form4.ownership.SetCoverage(request(**fields))
    assert rows(form4_sessions, Coverage) == []


def test_only_services_may_tell(form4: Form4, form4_sessions: Sessions) -> None:
    """Whoever is not a service of the house has no credentials for it."""
    with refused(UNAUTHENTICATED, "CREDENTIALS_MISSING"):
        form4.served.bytes(PATH, request().SerializeToString(), anonymous=True)
    assert rows(form4_sessions, Coverage) == []


def test_bytes_that_are_no_message_are_refused(form4: Form4) -> None:
    """Bytes that are no request are the caller's mistake."""
    with refused(INVALID, "MESSAGE_MALFORMED"):
        form4.served.bytes(PATH, NO_MESSAGE)
