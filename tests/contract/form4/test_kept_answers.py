"""Answers about one company stand until it changes, and everybody sees a change once it has been looked for."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from time import sleep

import psycopg
import pytest
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetSummaryRequest
from sqlalchemy import delete, func, select

from services.chassis.db import Sessions
from services.form4 import watch as room
from services.form4.directory import Company
from services.form4.models import Filing
from services.form4.refreshes import ASK_AGAIN_SECONDS, REFRESH_AGE
from services.form4.repository import changes
from services.form4.watch import Watch
from tests.contract.form4.house import APPLE, MICROSOFT, Form4, buy, running

LIFETIME_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Keeping:
    """A form4 that keeps its answers, and the watch over them, which looks when the test says so."""

    form4: Form4
    watch: Watch
    sessions: Sessions

    def count(self, company: Company = APPLE) -> int:
        """Ask how many transactions a company has."""
        request = GetCompanyActivityRequest(ticker=company.ticker)
        return self.form4.readers.GetCompanyActivity(request).summary.transaction_count

    def outlive(self) -> None:
        """Wait until no answer is kept for its lifetime's sake, then look."""
        sleep(LIFETIME_SECONDS + 0.05)
        self.watch.look()

    def vanish(self) -> None:
        """Take all filings away without a word to anybody, as no code of the house does."""
        with self.sessions() as session:
            session.execute(delete(Filing))


@pytest.fixture
def keeping(sessions: Sessions) -> Iterator[Keeping]:
    """Yield a form4 whose watch has looked twice, so that it knows what is new."""
    with running(sessions) as house:
        answers = house.served.server.answers
        answers.max_answers = 1_000
        watch = Watch(sessions, house.directory, answers)
        watch.look()
        watch.look()
        yield Keeping(house, watch, sessions)


def test_an_answer_stands_until_its_company_changes(keeping: Keeping) -> None:
    """It outlives its lifetime; a filing of another company leaves it alone, one of its own ends it."""
    keeping.form4.ingest(buy())
    keeping.watch.look()
    assert keeping.count() == 1
    keeping.vanish()
    keeping.form4.ingest(buy(), cik=MICROSOFT.cik)
    keeping.outlive()
    assert keeping.count() == 1, "nobody said that it changed"
    keeping.form4.ingest(buy(), buy())
    keeping.watch.look()
    assert keeping.count() == 2


def test_an_answer_dies_of_age_where_nobody_looks(keeping: Keeping) -> None:
    """While the database cannot be asked what changed, answers live as long as the contract says."""
    keeping.form4.ingest(buy())
    keeping.watch.look()
    assert keeping.count() == 1
    keeping.vanish()
    sleep(LIFETIME_SECONDS + 0.05)
    assert keeping.count() == 0


def test_a_new_coverage_changes_the_company(keeping: Keeping) -> None:
    """A reader who was told "loading" is told otherwise at the first look after the refresh."""
    ask = GetSummaryRequest(ticker="AAPL")
    assert not keeping.form4.readers.GetSummary(ask).HasField("last_updated")
    keeping.form4.cover(APPLE.cik, "2022-01-17", "2024-01-17T21:00:00+00:00")
    keeping.watch.look()
    assert keeping.form4.readers.GetSummary(ask).HasField("last_updated")


def test_a_filing_that_changes_its_issuer_changes_both(keeping: Keeping) -> None:
    """The company that loses the lines is told of as well as the one that gets them."""
    accession = keeping.form4.ingest(buy())
    keeping.watch.look()
    assert (keeping.count(), keeping.count(MICROSOFT)) == (1, 0)
    keeping.form4.ingest(buy(), cik=MICROSOFT.cik, accession=accession)
    keeping.watch.look()
    assert (keeping.count(), keeping.count(MICROSOFT)) == (0, 1)


def test_a_new_day_changes_everything(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows end today, so no answer of yesterday stands."""
    keeping.form4.ingest(buy())
    keeping.watch.look()
    assert keeping.count() == 1
    keeping.vanish()
    monkeypatch.setattr(room, "today", lambda: dt.date(2100, 1, 1))
    keeping.watch.look()
    assert keeping.count() == 0


def test_a_new_list_of_tickers_changes_everything(keeping: Keeping) -> None:
    """Answers tell a company's ticker and name."""
    keeping.count()
    keeping.vanish()
    keeping.form4.filings.version = "2"
    keeping.form4.directory.refresh()
    assert len(keeping.form4.served.server.answers) == 1
    keeping.watch.look()
    assert len(keeping.form4.served.server.answers) == 0


def test_another_database_changes_everything(keeping: Keeping) -> None:
    """Where transactions are counted from a lower number again, nothing that is known holds."""
    keeping.count()
    keeping.watch.horizon += 1_000_000
    keeping.watch.look()
    assert len(keeping.form4.served.server.answers) == 0


def test_a_look_that_fails_changes_everything(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that answers the next one may be a standby that counts some transactions a second time."""

    def fail(*_: object) -> changes.Changed:
        raise psycopg.OperationalError

    keeping.count()
    with monkeypatch.context() as patched:
        patched.setattr(changes, "since", fail)
        with pytest.raises(psycopg.OperationalError):
            keeping.watch.look()
    assert len(keeping.form4.served.server.answers) == 1
    keeping.watch.look()
    assert len(keeping.form4.served.server.answers) == 0


def test_a_change_is_one_however_often_it_is_found(keeping: Keeping) -> None:
    """While a long transaction holds the horizon back, answers stand all the same, until their company changes."""
    with keeping.sessions() as slow:
        slow.execute(select(func.pg_current_xact_id()))
        keeping.form4.ingest(buy())
        keeping.watch.look()
        assert keeping.count() == 1
        keeping.vanish()
        keeping.outlive()
        assert keeping.count() == 1
        keeping.form4.ingest(buy(), buy())
        keeping.watch.look()
        assert keeping.count() == 2


def test_a_look_misses_no_transaction_that_ends_late(sessions: Sessions) -> None:
    """One that began first and commits last has the lower number, and is found by the look after its commit."""

    def look(horizon: int) -> changes.Changed:
        with sessions.read() as session:
            return changes.since(session, horizon)

    def about(found: changes.Changed) -> set[str]:
        return changes.ciks(frozenset(found.notes))

    horizon = look(0).horizon
    with ExitStack() as early:
        slow = early.enter_context(sessions())
        changes.note(slow, {APPLE.cik})
        with sessions() as quick:
            changes.note(quick, {MICROSOFT.cik})
        seen = look(horizon)
        assert about(seen) == {MICROSOFT.cik}
    assert APPLE.cik in about(look(seen.horizon))
    assert look(look(seen.horizon).horizon).notes == []


def test_an_answer_stands_until_its_refresh_is_due(form4: Form4) -> None:
    """A company just read is left alone until it is old; one that is due is asked for again and again."""
    now, age = dt.datetime.now(dt.UTC), REFRESH_AGE.total_seconds()
    want = form4.refreshes.want
    assert want(APPLE.cik, now - REFRESH_AGE / 3) == pytest.approx(age * 2 / 3, abs=5)
    assert want(APPLE.cik, now + REFRESH_AGE) == age
    assert want(APPLE.cik, now - REFRESH_AGE) == want(APPLE.cik, None) == ASK_AGAIN_SECONDS
