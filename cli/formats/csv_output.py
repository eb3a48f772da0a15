"""Print rows as CSV: one header, one row a line or company, columns in a stable order, figures whole, dates in ISO.

A cell of text that a spreadsheet would take for a formula gets a leading apostrophe; figures do not, negative ones too.
"""

import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from cli.money import plain
from cli.text import clean

Row = TypeVar("Row")
Value = str | float | bool | None
# = + - @ and their full-width forms, which some spreadsheets read alike. Tabs and line ends are gone by then.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
SEPARATOR = "; "


class Column(NamedTuple, Generic[Row]):
    """Say how one column is filled; None is an empty cell."""

    name: str
    value: Callable[[Row], Value]


def write_header(columns: Sequence[Column[Row]]) -> None:
    """Print the names of the columns."""
    csv.writer(sys.stdout, lineterminator="\n").writerow([column.name for column in columns])


def write_rows(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
    """Print rows."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([cell(column.value(row)) for column in columns] for row in rows)


def cell(value: Value) -> str:
    """Return a cell: numbers with all their digits, true or false, nothing for what is absent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        line = clean(value)
        return f"'{line}" if line.startswith(FORMULA) else line
    return plain(value) if isinstance(value, float) else str(value)


def field_of(message: Message, name: str) -> Value:
    """Return a field as a cell takes it: absent is None, enums are words, lists are joined, times in RFC 3339."""
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.has_presence and not message.HasField(name):
        return None
    value: Any = getattr(message, name)
    if field.is_repeated:
        return SEPARATOR.join(value)
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    if field.enum_type is not None:
        word = field.enum_type.values_by_number.get(value)
        return word.name if word else str(value)
    return value  # type: ignore[no-any-return] # a scalar: str, float, int or bool
