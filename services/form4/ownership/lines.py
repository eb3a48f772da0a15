"""Turn the record of one row into a classified line.

Source: the rules of Section 16 reporting; the table and the code decide, never a word in a title.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.form4.domain import (
    CODE_TYPES,
    FieldFootnote,
    Headline,
    Kind,
    Line,
    LineFlag,
    PlannedSource,
    Table,
    TransactionType,
)
from services.form4.ownership.prices import NOTHING, PriceNote, price_note
from services.form4.ownership.reading import Record, Row
from services.form4.ownership.values import EXACT, day_of, plausible

_SIDES = {("P", "A"): Headline.BUY, ("S", "D"): Headline.SELL}
_CONTRADICTIONS = {("P", "D"), ("S", "A")}
_UNCLASSIFIED: Mapping[str, Any] = {
    "type": None,
    "headline": None,
    "amount": None,
    "planned": None,
    "planned_source": None,
    "price_low": None,
    "price_high": None,
    "price_is_average": False,
    "transaction_date": None,
    "related_group": None,
}


@dataclass(slots=True)
class Surroundings:
    """Hold what a document says that matters to each of its lines."""

    box: bool | None
    footnotes: Mapping[str, str]
    plans: frozenset[str]
    """The ids of the footnotes that name a Rule 10b5-1 plan."""
    period: dt.date | None
    """The plausible period of report, or the day of filing in its place."""
    latest: dt.date | None
    """No trade is later than this: the day of filing, or the last day that the document names."""


def build(row: Row, line: int, ordinal: int | None, around: Surroundings) -> Line:
    """Return a row as a line of its document."""
    record = row.record
    ids = tuple(dict.fromkeys([footnote_id for _, footnote_id in record.references]))
    if row.kind is Kind.TRANSACTION:
        judged = _classify(row, ids, around)
    else:
        judged = {**_UNCLASSIFIED, "date_effective": around.period}
    if not around.footnotes.keys() >= set(ids):
        record.flags.append(LineFlag.FOOTNOTE_MISSING)
    return Line(
        table=row.table,
        kind=row.kind,
        line=line,
        ordinal=ordinal,
        footnote_ids=ids,
        field_footnotes=tuple([FieldFootnote(*reference) for reference in record.references]),
        unread=tuple(record.unread),
        flags=tuple(dict.fromkeys(LineFlag(flag) for flag in record.flags)) if record.flags else (),
        **record.values,
        **judged,
    )


def _classify(row: Row, ids: tuple[str, ...], around: Surroundings) -> dict[str, Any]:
    """Return what the rules say of a transaction."""
    values = row.record.values
    planned, planned_source = _planned(ids, around)
    note, low, high = _price_range(row.record, around)
    day, effective = _dates(row.record, around)
    return {
        "type": _type(row.record),
        "headline": _headline(row),
        "amount": amount(values["shares"], values["price"]),
        "planned": planned,
        "planned_source": planned_source,
        "price_low": low,
        "price_high": high,
        "price_is_average": note.is_average,
        "transaction_date": day,
        "date_effective": effective,
        "related_group": None,  # `relate` knows all lines
    }


def _type(record: Record) -> TransactionType:
    """Return what a transaction is by its code alone."""
    code = record.values["code"]
    known = CODE_TYPES.get(code)
    if known is None:
        record.flags.append(LineFlag.CODE_ABSENT if code is None else LineFlag.CODE_UNKNOWN)
        return TransactionType.OTHER
    return known


def _headline(row: Row) -> Headline | None:
    """Return the side on which a transaction enters the headline: open-market, in the table of shares, no swap."""
    values = row.record.values
    key = (values["code"], values["acquired_disposed"])
    if row.table is Table.DERIVATIVE:
        return None
    if key in _CONTRADICTIONS:
        row.record.flags.append(LineFlag.CODE_CONTRADICTS_DIRECTION)
    return None if values["equity_swap"] else _SIDES.get(key)


def amount(shares: Decimal | None, price: Decimal | None) -> Decimal | None:
    """Return shares times price, unrounded, where both are stated."""
    return None if shares is None or price is None else EXACT.multiply(shares, price)


def _planned(ids: tuple[str, ...], around: Surroundings) -> tuple[bool | None, PlannedSource | None]:
    """Return whether a transaction was under a Rule 10b5-1 plan, and what says so.

    Shape: true by the box, else true by a footnote of this line, else false by the box, else unknown.
    """
    if around.box:
        return True, PlannedSource.BOX
    if around.plans and not around.plans.isdisjoint(ids):
        return True, PlannedSource.FOOTNOTE
    return (None, None) if around.box is None else (False, PlannedSource.BOX)


def _price_range(record: Record, around: Surroundings) -> tuple[PriceNote, Decimal | None, Decimal | None]:
    """Return what the footnotes of the price say of it, and the range that it is an average of."""
    noted = [footnote_id for name, footnote_id in record.references if name == "price"]
    if not noted:
        return NOTHING, None, None
    price = record.values["price"]
    if price is None:
        record.flags.append(LineFlag.PRICE_IN_FOOTNOTE)
        return NOTHING, None, None
    notes = [price_note(around.footnotes.get(footnote_id, "")) for footnote_id in noted]
    ranges = [pair for note in notes for pair in note.ranges]
    note = PriceNote(any(note.is_average for note in notes), ())
    if not ranges:
        return note, None, None
    around_price = [pair for pair in ranges if pair[0] <= price <= pair[1]]
    if not around_price:
        record.flags.append(LineFlag.PRICE_OUTSIDE_RANGE)
    return note, *(around_price or ranges)[0]


def _dates(record: Record, around: Surroundings) -> tuple[dt.date | None, dt.date | None]:
    """Return the day of a transaction as read, and the day on which it counts."""
    filed = record.values["date"]
    day = day_of(filed)
    if plausible(day, around.latest):
        return day, day
    if filed is None:
        record.flags.append(LineFlag.DATE_ABSENT)
    elif day is not None:
        record.flags.append(LineFlag.DATE_IMPLAUSIBLE)
    return day, around.period
