"""Note which issuers a transaction changes, and find which ones have changed since somebody last looked.

Transactions are told apart by their number, which they get before they commit: one with a lower number may become
visible after one with a higher. Whoever looks therefore remembers the lowest number that was still under way, below
which nothing can appear any more, and asks from there.
"""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.form4.models import IssuerChange


class Changed(NamedTuple):
    """Hold what a look found.

    Shape: `horizon` is where the next look begins; `notes` are CIK and number of what was noted since the last one.
    While a long transaction holds the horizon back, the looks find the same notes again and again.
    """

    horizon: int
    notes: list[str]


def number(transaction: ColumnElement[object]) -> ColumnElement[int]:
    """Return a transaction's number; xid8 turns into text alone."""
    return cast(cast(transaction, Text), BigInteger)


SNAPSHOT = func.pg_current_snapshot()
NOTE = postgresql.insert(IssuerChange).values(cik=bindparam("cik"), transaction_id=number(func.pg_current_xact_id()))
NOTE = NOTE.on_conflict_do_update(
    index_elements=[IssuerChange.cik], set_={"transaction_id": NOTE.excluded.transaction_id}
)
# Numbers of the future come from a database that was restored from a dump.
SINCE = Prepared(
    select(
        number(func.pg_snapshot_xmin(SNAPSHOT)).label("horizon"),
        func.array(
            select(IssuerChange.cik + " " + cast(IssuerChange.transaction_id, Text))
            .where(
                IssuerChange.transaction_id >= bindparam("horizon"),
                IssuerChange.transaction_id < number(func.pg_snapshot_xmax(SNAPSHOT)),
            )
            .scalar_subquery()
        ).label("notes"),
    ),
    Changed,
)


def note(session: Session, ciks: AbstractSet[str]) -> None:
    """Say that this transaction changes issuers. Late in it, because others who change them wait for its end."""
    session.execute(NOTE, [{"cik": cik} for cik in sorted(ciks)])


def ciks(notes: AbstractSet[str]) -> set[str]:
    """Return the issuers that notes are about."""
    return {note.partition(" ")[0] for note in notes}


def since(session: Session, horizon: int) -> Changed:
    """Return what transactions noted that were not visible to the look that returned this horizon, and perhaps more."""
    return SINCE.rows(session, horizon=horizon)[0]
