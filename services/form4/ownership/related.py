"""Relate the exercises of a day to the sales and withholdings that followed them on that day.

An exercise is no purchase, and what is sold after it is a sale: related, a reader can hide both.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from services.form4.domain import Line, Table, TransactionType

_EXERCISES = {TransactionType.EXERCISE}
_OUTCOMES = {TransactionType.SELL, TransactionType.TAX}


def relate(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines with one `related_group` for each day on which something was both exercised and disposed of.

    Shape: groups count from 1 by day; a document's owners report jointly, so they are one.
    """
    exercised = {line.date_effective for line in lines if line.type in _EXERCISES}
    if not exercised:
        return tuple(lines)
    disposed = {line.date_effective for line in lines if _is_outcome(line)}
    days = sorted(day for day in exercised & disposed if day is not None)
    groups = {day: number for number, day in enumerate(days, start=1)}
    return tuple(_grouped(line, groups) for line in lines)


def _is_outcome(line: Line) -> bool:
    """Tell whether a line disposes of shares as one does after an exercise."""
    return line.table is Table.NON_DERIVATIVE and line.type in _OUTCOMES and line.acquired_disposed == "D"


def _grouped(line: Line, groups: dict[dt.date, int]) -> Line:
    """Return a line with its group, if it has part in one."""
    if line.date_effective not in groups or not (line.type in _EXERCISES or _is_outcome(line)):
        return line
    return dataclasses.replace(line, related_group=groups[line.date_effective])
