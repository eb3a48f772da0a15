"""Write and find filings, their documents, and what has become of each."""

import datetime as dt
import hashlib
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.filings.domain import OWNERSHIP_FORMS, Fate
from services.filings.edgar.acceptance import AcceptanceSource
from services.filings.edgar.submissions import FilingRow
from services.filings.models import Document, Filing, FilingCompany

SETTLING_DAYS = 30
"""A document that was missing, or came damaged, may turn up for so long after its filing date; then it is given up."""
ANOTHER_TRY = dt.timedelta(days=1)
"""What could not be had, though nobody said that it is not there, is tried again after so long, whatever its age."""

LIST = insert(Filing).on_conflict_do_nothing(index_elements=[Filing.accession_number])
LINK = insert(FilingCompany).on_conflict_do_nothing()
STORE = insert(Document).on_conflict_do_nothing()

OF_COMPANY = Filing.accession_number.in_(
    select(FilingCompany.accession_number).where(FilingCompany.cik == bindparam("cik"))
)
IN_REACH = Filing.filed_on >= bindparam("horizon")
MAY_TURN_UP = or_(
    Filing.filed_on > func.current_date() - SETTLING_DAYS,
    (Filing.tries > 0) & (Filing.fate_at < func.now() - ANOTHER_TRY),
)
WANTED = or_(
    Filing.fate == Fate.LISTED,
    Filing.fate.in_([Fate.MISSING, Fate.UNREADABLE]) & (Filing.fate_at < bindparam("since")) & MAY_TURN_UP,
)
PENDING = (
    select(
        Filing.accession_number,
        Filing.filed_on,
        Filing.accepted_raw,
        Filing.accepted_at,
        Filing.acceptance_source,
        Filing.fate,
    )
    .where(OF_COMPANY, IN_REACH, WANTED)
    .order_by(Filing.filed_on.desc(), Filing.accession_number.desc())
    .limit(bindparam("limit"))
)
COUNT_PENDING = select(func.count()).select_from(Filing).where(OF_COMPANY, IN_REACH, WANTED)
READ_DOCUMENT = (
    select(Document.content)
    .where(Document.accession_number == bindparam("accession"))
    .order_by(Document.stored_at.desc())
    .limit(1)
)
TRIED = (
    update(Filing)
    .where(Filing.accession_number == bindparam("accession"))
    .values(tries=Filing.tries + 1)
    .returning(Filing.tries)
)
SETTLE = (
    update(Filing)
    .where(Filing.accession_number == bindparam("accession"))
    .values(fate=bindparam("new_fate"), fate_at=func.now(), tries=case((bindparam("for_now"), Filing.tries), else_=0))
)


class PendingFiling(NamedTuple):
    """Hold a listed ownership filing whose document is not in form4 yet."""

    accession_number: str
    filed_on: dt.date
    accepted_raw: str
    accepted_at: dt.datetime | None
    acceptance_source: str | None
    fate: str


def list_filings(session: Session, cik: str, rows: Sequence[FilingRow], now: dt.datetime) -> None:
    """Note filings that the SEC lists under a company; what is known already stays as it is."""
    if not rows:
        return
    session.execute(LIST, [filing_values(row, now) for row in rows])
    session.execute(LINK, [{"cik": cik, "accession_number": row.accession_number} for row in rows])


def filing_values(row: FilingRow, now: dt.datetime) -> dict[str, object]:
    """Return the columns of a listed filing; an acceptance time that is only a guess from the date is none."""
    is_ownership = row.form in OWNERSHIP_FORMS
    is_timed = row.acceptance.source is not AcceptanceSource.FILING_DATE
    return {
        "accession_number": row.accession_number,
        "form_type": row.form,
        "filed_on": row.filing_date,
        "accepted_raw": row.acceptance.raw,
        "accepted_at": row.acceptance.at if is_timed else None,
        "acceptance_source": str(row.acceptance.source) if is_timed else None,
        "period_of_report": row.report_date,
        "primary_document": row.primary_document,
        "description": row.primary_document_description,
        "items": list(row.items),
        "size": row.size,
        "fate": Fate.LISTED if is_ownership else None,
        "fate_at": now if is_ownership else None,
    }


def pending(session: Session, cik: str, horizon: dt.date, since: dt.datetime, limit: int) -> list[PendingFiling]:
    """Return ownership filings of a company that are to be fetched, newest first.

    Shape: what was missing or unreadable after `since` is not asked for again.
    """
    values = {"cik": cik, "horizon": horizon, "since": since, "limit": limit}
    return [PendingFiling._make(row) for row in session.execute(PENDING, values)]


def count_pending(session: Session, cik: str, horizon: dt.date, since: dt.datetime) -> int:
    """Count the ownership filings of a company that are to be fetched."""
    return session.execute(COUNT_PENDING, {"cik": cik, "horizon": horizon, "since": since}).scalar_one()


def store(session: Session, accession: str, url: str, body: bytes) -> None:
    """Keep a submission's bytes, once by accession number and hash."""
    values = {
        "accession_number": accession,
        "sha256": hashlib.sha256(body).digest(),
        "content": zlib.compress(body, 6),
        "size": len(body),
        "url": url,
    }
    session.execute(STORE, [values])


def document(session: Session, accession: str) -> bytes | None:
    """Return the newest stored bytes of a submission, or None."""
    content = session.execute(READ_DOCUMENT, {"accession": accession}).scalar_one_or_none()
    return None if content is None else zlib.decompress(content)


def tried(session: Session, accession: str) -> int:
    """Note that a document could not be had, and return how often that was so."""
    return session.execute(TRIED, {"accession": accession}).scalar_one()


def settle(session: Session, accession: str, fate: Fate, *, for_now: bool = False) -> None:
    """Note what has become of an ownership document; for now, if it is only given up after its tries."""
    session.execute(SETTLE, {"accession": accession, "new_fate": fate, "for_now": for_now})
