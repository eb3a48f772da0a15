"""Write and find ownership filings: a filing's rows come and go as one."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from services.form4.models import Coverage, Filing, Footnote, Holding, Owner, Transaction
from services.form4.repository import changes
from services.form4.rows import FilingRows

STAMP = select(Filing.document_sha256, Filing.parser_version, Filing.filed_on, Filing.accepted_at).where(
    Filing.accession_number == bindparam("accession")
)
LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("accession"), 4)))
FORGET = delete(Filing).where(Filing.accession_number == bindparam("accession")).returning(Filing.issuer_cik)
COVER = postgresql.insert(Coverage)
COVER = COVER.on_conflict_do_update(
    index_elements=[Coverage.cik],
    set_={
        "coverage_start": func.least(Coverage.coverage_start, COVER.excluded.coverage_start),
        "refreshed_at": func.greatest(Coverage.refreshed_at, COVER.excluded.refreshed_at),
    },
)


class Stamp(NamedTuple):
    """Tell one state of a stored filing from another."""

    document_sha256: bytes
    parser_version: int
    filed_on: dt.date
    accepted_at: dt.datetime | None


def lock(session: Session, accession: str) -> None:
    """Let nobody else write this filing until the transaction ends."""
    session.execute(LOCK, {"accession": accession})


def stamp(session: Session, accession: str) -> Stamp | None:
    """Return the state in which a filing is stored, or None."""
    row = session.execute(STAMP, {"accession": accession}).one_or_none()
    return Stamp._make(row) if row else None


def replace(session: Session, rows: FilingRows) -> None:
    """Write all rows of a filing in place of those that are there, which may be another issuer's."""
    issuers = set(session.scalars(FORGET, {"accession": rows.filing["accession_number"]}))
    session.execute(insert(Filing), [rows.filing])
    for model, values in (
        (Owner, rows.owners),
        (Footnote, rows.footnotes),
        (Transaction, rows.transactions),
        (Holding, rows.holdings),
    ):
        if values:
            session.execute(insert(model), values)
    changes.note(session, issuers | {rows.filing["issuer_cik"]})


def cover(session: Session, cik: str, start: dt.date, refreshed_at: dt.datetime) -> None:
    """Record how far a company has been read: coverage only grows, whatever the order of arrival."""
    session.execute(COVER, {"cik": cik, "coverage_start": start, "refreshed_at": refreshed_at})
    changes.note(session, {cik})
