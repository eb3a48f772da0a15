"""Lay rows out as an aligned table that fits a width: the least important columns go first, then long words are cut."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from cli.screen import Screen

Row = TypeVar("Row")
GAP = 2
# A column of words is cut down to SHORT before a column is left out, to SHORTEST when none is left to go.
LONGEST, SHORT, SHORTEST = 36, 14, 10


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """Say how one column is filled.

    Shape: of the columns with a `rank` above 0 the highest goes first where the width does not do. Only columns of
    `words` are ever cut; a figure is shown whole or not at all.
    """

    title: str
    cell: Callable[[Row], Text]
    rank: int = 0
    words: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Laid(Generic[Row]):
    """Hold a column with its cells and its width."""

    column: Column[Row]
    cells: list[Text]
    width: int

    def cut_to(self, floor: int) -> int:
        """Return the width when the column is cut down to a floor."""
        return min(self.width, floor) if self.column.words else self.width


def table(columns: Sequence[Column[Row]], rows: Sequence[Row], screen: Screen) -> Table:
    """Return a table of the columns that fit; on a terminal with a rule under its head."""
    laid = fit([lay(column, rows) for column in columns], screen.width)
    rule = box.SIMPLE_HEAD if screen.is_terminal else None
    # The rule's box puts a space of its own between columns.
    gap = GAP - 1 if screen.is_terminal else GAP
    drawn = Table(box=rule, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for one in laid:
        drawn.add_column(
            one.column.title,
            justify="right" if one.column.right else "left",
            width=one.width,
            no_wrap=True,
            overflow="ellipsis",
        )
    for number in range(len(rows)):
        drawn.add_row(*(one.cells[number] for one in laid))
    return drawn


def lay(column: Column[Row], rows: Sequence[Row]) -> Laid[Row]:
    """Return a column with its cells, as wide as its widest, words up to a limit."""
    cells = [column.cell(row) for row in rows]
    widest = max((cell_len(cell.plain) for cell in cells), default=0)
    width = max(cell_len(column.title), min(widest, LONGEST) if column.words else widest)
    return Laid(column, cells, width)


def fit(laid: list[Laid[Row]], width: int) -> list[Laid[Row]]:
    """Return the columns that fit, cut where they must be."""
    while total(laid, SHORT) > width:
        least = max(laid, key=lambda one: one.column.rank)
        if least.column.rank == 0:
            break
        laid = [one for one in laid if one is not least]
    floor = SHORT if total(laid, SHORT) <= width else SHORTEST
    excess = total(laid, LONGEST) - width
    slack = sum(one.width - one.cut_to(floor) for one in laid)
    return laid if excess <= 0 or slack == 0 else [cut(one, floor, min(excess / slack, 1)) for one in laid]


def total(laid: Sequence[Laid[Row]], floor: int) -> int:
    """Return the width of all columns when words are cut down to a floor."""
    return sum(one.cut_to(floor) + GAP for one in laid) - GAP


def cut(one: Laid[Row], floor: int, share: float) -> Laid[Row]:
    """Return a column narrowed by its share of what all are too wide by."""
    return Laid(one.column, one.cells, one.width - math.ceil((one.width - one.cut_to(floor)) * share))
