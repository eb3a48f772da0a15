"""Answers are the same whatever a database or a role is set to write dates, moments and figures as."""

from collections.abc import Iterator

import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest
from sqlalchemy import text

from services.chassis.db import Sessions
from tests.conftest import Database
from tests.contract.form4.house import APPLE, FILED, at, buy, running
from tests.contract.serving import Limits

ODD = {"datestyle": "German, DMY", "timezone": "Asia/Tokyo", "extra_float_digits": "-9"}


@pytest.fixture
def sessions(database: Database) -> Iterator[Sessions]:
    """Yield sessions on a database with settings of its own, and with a role that has the same there."""
    for name, value in ODD.items():
        for whose in (f"DATABASE {database.name}", f"ROLE form4_serve IN DATABASE {database.name}"):
            database.cluster.psql(f"ALTER {whose} SET {name} = '{value}'")
    made = Sessions(Limits(database.url("form4_serve", "psycopg2"), connections=1))
    yield made
    made.close()


def test_reads_write_dates_and_figures_as_the_contract_has_them(sessions: Sessions) -> None:
    """Dates are YYYY-MM-DD, moments are what they were, and a double has all its digits."""
    with running(sessions) as form4:
        form4.ingest(buy("123456789.1234", "98.7654"), accepted="20:15:00")
        form4.cover(APPLE.cik, "2022-01-17", "2024-01-18T21:00:00+00:00")
        answer = form4.readers.GetCompanyActivity(GetCompanyActivityRequest(ticker="AAPL"))
    [line] = answer.transactions
    assert (line.filed_on, line.date_effective, answer.coverage_start) == (FILED, "2024-01-15", "2022-01-17")
    assert (line.accepted_at, answer.last_updated) == (at(f"{FILED}T20:15:00"), at("2024-01-18T21:00:00"))
    [insider] = answer.insiders
    assert (insider.last_date, insider.net) == ("2024-01-15", 12193259160.48825)
    assert insider.net == line.amount


@pytest.mark.parametrize("is_read", [False, True])
def test_no_session_has_the_settings_of_its_database(sessions: Sessions, is_read: bool) -> None:
    """Sessions for reading and for writing write alike."""
    with sessions.read() if is_read else sessions() as session:
        said = [session.scalar(text(f"SHOW {name}")) for name in ODD]
    assert [said[0].partition(",")[0], *said[1:]] == ["ISO", "UTC", "1"]
