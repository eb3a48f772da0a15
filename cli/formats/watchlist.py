"""Print the companies that somebody watches."""

from collections.abc import Sequence
from functools import partial

from rich.console import RenderableType
from rich.text import Text
from sectracker.watchlist.v1.watchlist_service_pb2 import Item

from cli.formats import csv_output, words
from cli.formats.csv_output import Value, field_of
from cli.formats.tables import Column, table
from cli.screen import Screen

FIELDS = ("ticker", "cik", "company_name", "added_at")
COLUMNS: Sequence[Column[Item]] = (
    Column("Ticker", lambda item: words.words(item.ticker)),
    Column("CIK", lambda item: words.words(item.cik), rank=1),
    Column("Company", lambda item: words.words(item.company_name), words=True),
    Column("Added", lambda item: Text(words.moment(item.added_at)), rank=2),
)


def report(items: Sequence[Item], screen: Screen) -> RenderableType:
    """Return what is printed of a list."""
    if not items:
        return Text("You watch no company yet; `sectracker watchlist add TICKER` begins.")
    return table(COLUMNS, items, screen)


def item_field(name: str, item: Item) -> Value:
    """Return a field of a company that is watched."""
    return field_of(item, name)


CSV_COLUMNS: Sequence[csv_output.Column[Item]] = tuple(
    csv_output.Column(name, partial(item_field, name)) for name in FIELDS
)
