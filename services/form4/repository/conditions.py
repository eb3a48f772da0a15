"""Turn what a request filters by into conditions on transactions, with a bind parameter for every value.

The values stay out of the statement, so that one statement serves every request of the same shape.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Double, Integer, bindparam, cast, func
from sqlalchemy.sql.elements import SQLColumnExpression

from services.form4.domain import Headline
from services.form4.models import Transaction


class Shape(NamedTuple):
    """Say which filters a request uses, not with which values."""

    has_start: bool
    has_end: bool
    by_transaction_date: bool
    hide_planned: bool


def conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Return the conditions that current lines of a request of this shape meet; binds `start` and `end`."""
    day = Transaction.date_effective if shape.by_transaction_date else Transaction.filed_on
    wanted: list[ColumnElement[bool]] = [Transaction.superseded_by.is_(None)]
    if shape.has_start:
        wanted.append(day >= bindparam("start"))
    if shape.has_end:
        wanted.append(day <= bindparam("end"))
    if shape.hide_planned:
        wanted.append(Transaction.planned.is_not(True))
    return wanted


def count_of(side: Headline) -> ColumnElement[int]:
    """Count the lines of one side, those without a price included."""
    return func.count().filter(Transaction.headline == side)


def sum_of(side: Headline) -> ColumnElement[Decimal]:
    """Sum the amounts of the lines of one side, exactly; zero when there are none."""
    return func.coalesce(func.sum(Transaction.amount).filter(Transaction.headline == side), 0)


def as_double(value: SQLColumnExpression[Any]) -> ColumnElement[float]:
    """Round an exact figure to the double of the message, at the last step."""
    return cast(value, Double)


def total(value: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Sum counts of groups; zero when there are none."""
    return cast(func.coalesce(func.sum(value), 0), Integer)
