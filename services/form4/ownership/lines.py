"""Turn the record of one row into a classified line.

Source: the rules of Section 16 reporting; the table and the code decide, never a word in a title.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.form4.domain import (
    CODE_TYPES,
    Headline,
    Kind,
    LineFlag,
    PlannedSource,
    Table,
    TransactionType,
)
from services.form4.ownership.errors import DocumentTooLargeError
from services.form4.ownership.plans import Plans
from services.form4.ownership.prices import PriceNote, price_note
from services.form4.ownership.reading import Record
from services.form4.ownership.values import EXACT, day_of, plausible

MAX_REFERENCES = 300
"""Footnote references of a line; EDGAR allows 99 a field, 9 is the most seen in 333 documents."""

_SIDES = {("P", "A"): Headline.BUY, ("S", "D"): Headline.SELL}
_CONTRADICTIONS = {("P", "D"), ("S", "A")}
_BY_BOX = (True, PlannedSource.BOX)  # constants, because an enum's member takes 100 ns to look up
_BY_FOOTNOTE = (True, PlannedSource.FOOTNOTE)
_NOT_BY_BOX = (False, PlannedSource.BOX)
_UNKNOWN = (None, None)
_TRANSACTION = Kind.TRANSACTION
_NON_DERIVATIVE = Table.NON_DERIVATIVE


@dataclass(slots=True)
class Surroundings:
    """Hold what a document says that matters to each of its lines."""

    box: bool | None
    footnotes: Mapping[str, str]
    plans: Plans
    """Which footnotes name a Rule 10b5-1 plan."""
    period: dt.date | None
    """The plausible period of report, or the day of filing in its place."""
    latest: dt.date | None
    """No trade is later than this: the day of filing, or of the last signature."""
    price_notes: dict[str, PriceNote] = field(default_factory=dict)

    def price_note(self, footnote_id: str) -> PriceNote:
        """Return what a footnote says of a price, read once however many lines refer to it."""
        note = self.price_notes.get(footnote_id)
        if note is None:
            note = self.price_notes[footnote_id] = price_note(self.footnotes.get(footnote_id, ""))
        return note


def complete(record: Record, around: Surroundings) -> None:
    """Add to a line's record what its footnotes and the rules say of it.

    Raises: DocumentTooLargeError.
    """
    if len(record.references) > MAX_REFERENCES:
        raise DocumentTooLargeError(f"a line has more than {MAX_REFERENCES:,} references to footnotes")
    values = record.values
    ids = tuple(dict.fromkeys([footnote_id for _, footnote_id in record.references]))
    if values["kind"] is _TRANSACTION:
        _classify(record, ids, around)
    else:
        values["date_effective"] = around.period
    if ids and not all(map(around.footnotes.__contains__, ids)):
        record.note(LineFlag.FOOTNOTE_MISSING)
    values["footnote_ids"] = ids
    values["field_footnotes"] = tuple(record.references)
    values["unread"] = record.unread
    values["flags"] = record.flags


def _classify(record: Record, ids: tuple[str, ...], around: Surroundings) -> None:
    """Add to a transaction what the rules say of it."""
    values = record.values
    values["type"] = _type(record)
    values["headline"] = _headline(record)
    values["amount"] = amount(values["shares"], values["price"])
    values["planned"], values["planned_source"] = _planned(ids, around)
    values["transaction_date"], values["date_effective"] = _dates(record, around)
    noted = [footnote_id for name, footnote_id in record.references if name == "price"]
    if noted:
        _add_price_notes(record, noted, around)


def _type(record: Record) -> TransactionType:
    """Return what a transaction is by its code alone."""
    code = record.values["code"]
    known = CODE_TYPES.get(code)
    if known is None:
        record.note(LineFlag.CODE_ABSENT if code is None else LineFlag.CODE_UNKNOWN)
        return TransactionType.OTHER
    return known


def _headline(record: Record) -> Headline | None:
    """Return the side on which a transaction enters the headline: open-market, in the table of shares, no swap."""
    values = record.values
    key = (values["code"], values["acquired_disposed"])
    if values["table"] is not _NON_DERIVATIVE:
        return None
    if key in _CONTRADICTIONS:
        record.note(LineFlag.CODE_CONTRADICTS_DIRECTION)
    return None if values["equity_swap"] else _SIDES.get(key)


def amount(shares: Decimal | None, price: Decimal | None) -> Decimal | None:
    """Return shares times price, unrounded, where both are stated."""
    return None if shares is None or price is None else EXACT.multiply(shares, price)


def _planned(ids: tuple[str, ...], around: Surroundings) -> tuple[bool | None, PlannedSource | None]:
    """Return whether a transaction was under a Rule 10b5-1 plan, and what says so.

    Shape: true by the box, else true by a footnote of this line, else unknown by one that was not judged, else false by
    the box, else unknown.
    """
    if around.box:
        return _BY_BOX
    named, unjudged = around.plans
    if named and not named.isdisjoint(ids):
        return _BY_FOOTNOTE
    if around.box is None or (unjudged and not unjudged.isdisjoint(ids)):
        return _UNKNOWN
    return _NOT_BY_BOX


def _add_price_notes(record: Record, noted: Sequence[str], around: Surroundings) -> None:
    """Add what the footnotes of the price say of it, and the range that it is an average of."""
    values = record.values
    price = values["price"]
    if price is None:
        record.note(LineFlag.PRICE_IN_FOOTNOTE)
        return
    ranges: list[tuple[Decimal, Decimal]] = []
    for footnote_id in dict.fromkeys(noted):
        note = around.price_note(footnote_id)
        values["price_is_average"] |= note.is_average
        ranges += note.ranges
    if ranges:
        fitting = [pair for pair in ranges if pair[0] <= price <= pair[1]]
        if not fitting:
            record.note(LineFlag.PRICE_OUTSIDE_RANGE)
        values["price_low"], values["price_high"] = (fitting or ranges)[0]


def _dates(record: Record, around: Surroundings) -> tuple[dt.date | None, dt.date | None]:
    """Return the day of a transaction as read, and the day on which it counts."""
    filed = record.values["date"]
    day = day_of(filed)
    if plausible(day, around.latest):
        return day, day
    if filed is None:
        record.note(LineFlag.DATE_ABSENT)
    elif day is not None:
        record.note(LineFlag.DATE_IMPLAUSIBLE)
    return day, around.period
