"""Select transaction lines as the contract prints them.

Dates leave as text and figures as doubles, converted by PostgreSQL: in Python the same costs 3.5 times as much.
"""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, Text, and_, bindparam, cast, extract, or_
from sqlalchemy.sql.elements import SQLColumnExpression

from services.form4.models import Transaction
from services.form4.repository.conditions import as_double

T = Transaction


class Position(NamedTuple):
    """Point behind the last line of a page, in the page's order."""

    known_at: dt.datetime
    accession_number: str
    table_kind: str
    line: int


class LineRow(NamedTuple):
    """Hold one transaction line, ready for its message; the fields are `COLUMNS` in their order."""

    accession_number: str
    table_kind: str
    line: int
    ordinal: int
    form_type: str
    filed_on: str
    known_at: dt.datetime
    accepted_seconds: int | None
    date: str | None
    date_effective: str
    owner_name: str
    owner_cik: str
    owner_role: str
    joint_owners: list[str]
    type: str
    headline: str | None
    planned: bool | None
    planned_source: str | None
    shares: float | None
    price: float | None
    amount: float | None
    price_low: float | None
    price_high: float | None
    price_is_average: bool
    security_title: str
    code: str | None
    acquired_disposed: str | None
    transaction_form_type: str | None
    timeliness: str | None
    equity_swap: bool | None
    shares_after: float | None
    value_after: float | None
    total_value: float | None
    ownership: str | None
    nature: str | None
    deemed_execution_date: str | None
    conversion_price: float | None
    exercise_date: str | None
    expiration_date: str | None
    underlying_title: str | None
    underlying_shares: float | None
    underlying_value: float | None
    footnote_ids: list[str]
    flags: list[str]
    superseded_by: str | None
    related_group: int | None


FIGURES = {
    "shares", "price", "amount", "price_low", "price_high", "shares_after", "value_after", "total_value",
    "conversion_price", "underlying_shares", "underlying_value",
}  # fmt: skip
DAYS = {"filed_on", "date_effective"}


def column(name: str) -> SQLColumnExpression[object]:
    """Return the column of a field of `LineRow`, in the form in which it leaves the database."""
    if name == "accepted_seconds":
        return cast(extract("epoch", T.accepted_at), BigInteger).label(name)
    field: SQLColumnExpression[object] = getattr(T, name)
    if name in FIGURES:
        return as_double(field).label(name)
    return cast(field, Text).label(name) if name in DAYS else field


COLUMNS = [column(name) for name in LineRow._fields]

NEWEST_FIRST = (
    T.known_at.desc(),
    T.accession_number.desc(),
    T.table_kind.desc(),  # non_derivative before derivative
    T.line,
)


def behind() -> ColumnElement[bool]:
    """Hold lines that come after a `Position`, whose fields are bound as `after_…`.

    Shape: the first condition alone finds the place in the index; the others settle ties of one moment.
    """
    known_at = bindparam("after_known_at", type_=T.known_at.type)
    accession = bindparam("after_accession_number", type_=Text)
    table, line = bindparam("after_table_kind", type_=Text), bindparam("after_line", type_=Integer)
    same_table = and_(T.table_kind == table, T.line > line)
    same_filing = and_(T.accession_number == accession, or_(T.table_kind < table, same_table))
    return and_(T.known_at <= known_at, or_(T.known_at < known_at, T.accession_number < accession, same_filing))


def binds(after: Position | None) -> dict[str, object]:
    """Return the values that `behind` needs."""
    return {f"after_{name}": value for name, value in after._asdict().items()} if after else {}


def position(row: LineRow) -> Position:
    """Return the place behind a line."""
    return Position(row.known_at, row.accession_number, row.table_kind, row.line)
