"""Print an account."""

from collections.abc import Sequence
from functools import partial

from rich.table import Table
from rich.text import Text
from sectracker.auth.v1.user_pb2 import User

from cli.formats import csv_output, words
from cli.formats.csv_output import Value, field_of
from cli.formats.tables import Column, table
from cli.screen import Screen

FIELDS = ("id", "email", "is_active", "has_api_key", "created_at", "updated_at")
COLUMNS: Sequence[Column[tuple[str, str]]] = (
    Column("Account", lambda row: Text(row[0])),
    Column("", lambda row: words.words(row[1])),
)


def report(user: User, sent: str, screen: Screen) -> Table:
    """Return what is printed of an account, and by what it is known."""
    rows = [
        ("e-mail", user.email),
        ("id", user.id),
        ("active", "yes" if user.is_active else "no"),
        ("registered", words.moment(user.created_at)),
        ("API key", "yes" if user.has_api_key else "none"),
        ("known by", sent),
    ]
    return table(COLUMNS, rows, screen)


def user_field(name: str, user: User) -> Value:
    """Return a field of the account."""
    return field_of(user, name)


CSV_COLUMNS: Sequence[csv_output.Column[User]] = tuple(
    csv_output.Column(name, partial(user_field, name)) for name in FIELDS
)
