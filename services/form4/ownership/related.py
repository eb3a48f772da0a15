"""Relate the exercises of a day to the sales and withholdings that followed them on that day.

An exercise is no purchase, and what is sold after it is a sale: related, a reader can hide both.
"""

from collections.abc import Sequence

from services.form4.domain import Table, TransactionType
from services.form4.ownership.reading import Record

_EXERCISE = TransactionType.EXERCISE
_OUTCOMES = {TransactionType.SELL, TransactionType.TAX}


def relate(records: Sequence[Record]) -> None:
    """Give one `related_group` to the exercises and disposals of each day that has both.

    Shape: groups count from 1 by day; the owners of a document report jointly, so they are one.
    """
    exercised = [record for record in records if record.values["type"] is _EXERCISE]
    if not exercised:
        return
    disposed = [record for record in records if _is_outcome(record)]
    days = {record.values["date_effective"] for record in exercised}
    days &= {record.values["date_effective"] for record in disposed}
    groups = {day: number for number, day in enumerate(sorted(days - {None}), start=1)}
    for record in (*exercised, *disposed):
        record.values["related_group"] = groups.get(record.values["date_effective"])


def _is_outcome(record: Record) -> bool:
    """Tell whether a transaction disposes of shares as one does after an exercise."""
    values = record.values
    return (
        values["table"] is Table.NON_DERIVATIVE and values["acquired_disposed"] == "D" and values["type"] in _OUTCOMES
    )
