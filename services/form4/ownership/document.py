"""Turn the bytes of an ownership document into a parsed and classified document: the door of this room."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from services.form4.domain import (
    DocumentFlag,
    Headline,
    Issuer,
    Kind,
    Line,
    OwnershipDocument,
    ReportingOwner,
    Role,
    Signature,
    Summary,
)
from services.form4.ownership.errors import IssuerMissingError
from services.form4.ownership.lines import Surroundings, complete
from services.form4.ownership.markup import load
from services.form4.ownership.plans import plan_footnotes
from services.form4.ownership.reading import Reading, Record, read
from services.form4.ownership.related import relate
from services.form4.ownership.values import EXACT, day_of, plausible

FORM_TYPES = {"3", "3/A", "4", "4/A", "5", "5/A"}
NEWEST_SCHEMA = "X0609"
"""The newest schema that this parser was made for (March 2026)."""

_FIRST_SCHEMA = "X0101"
_BUY, _SELL = Headline.BUY, Headline.SELL
_TRANSACTION = Kind.TRANSACTION
_ROLES = tuple((role, role.value) for role in Role)


def parse(data: bytes, *, filed_on: dt.date | None = None) -> OwnershipDocument:
    """Parse and classify one ownership document.

    `filed_on` is the day on which the SEC received it: no trade can be later. Without it the day of the last signature
    takes its place, unless that is mistyped.

    Shape: pure and deterministic; whatever the bytes are, it returns a document or raises `OwnershipError`, quickly.
    Raises: OwnershipError.
    """
    root, flags = load(data)
    reading = read(root)
    values = reading.document.values
    signatures = tuple([_signature(record) for record in reading.signatures])
    latest = filed_on or _last_day(values["period_of_report"], signatures)
    period = _plausible_day(values["period_of_report"], latest)
    plans = plan_footnotes(reading.footnotes)
    if plans.unjudged:
        reading.document.note(DocumentFlag.FOOTNOTES_UNJUDGED)
    around = Surroundings(
        box=values["rule_10b5_1"],
        footnotes=reading.footnotes,
        plans=plans,
        period=period or latest,
        latest=latest,
    )
    lines = _lines(reading, around)
    return OwnershipDocument(
        **values,
        period_date=period,
        original_date=_plausible_day(values["date_of_original_submission"], latest),
        issuer=_issuer(reading.issuer),
        owners=tuple([_owner(record) for record in reading.owners]),
        lines=lines,
        footnotes=reading.footnotes,
        signatures=signatures,
        summary=_summary(lines),
        flags=tuple(dict.fromkeys([*flags, *_flags(reading, period)])),
        unknown_elements=reading.unknown,
    )


def _issuer(record: Record) -> Issuer:
    """Return the issuer, to whom all lines belong.

    Raises: IssuerMissingError.
    """
    if record.values["cik"] is None:
        raise IssuerMissingError("the document does not name its issuer by a CIK")
    return Issuer(**record.values)


def _owner(record: Record) -> ReportingOwner:
    """Return one reporting owner."""
    values = record.values
    if values["cik"] is None:
        record.note(DocumentFlag.CIK_UNREADABLE)
    return ReportingOwner(
        cik=values["cik"],
        name=values["name"],
        roles=tuple([role for role, name in _ROLES if values[name]]),
        title=values["title"],
        other_text=values["other_text"],
    )


def _signature(record: Record) -> Signature:
    """Return one signature."""
    return Signature(**record.values, signed_on=day_of(record.values["date"]))


def _last_day(period_of_report: str | None, signatures: Iterable[Signature]) -> dt.date | None:
    """Return the day of the last signature, or None if it comes before the first trade, the period of report."""
    signed = max((signature.signed_on for signature in signatures if signature.signed_on), default=None)
    reported = day_of(period_of_report)
    return None if signed is None or (reported is not None and signed < reported) else signed


def _plausible_day(filed: str | None, latest: dt.date | None) -> dt.date | None:
    """Return the day that a filed date names, if it can be one."""
    day = day_of(filed)
    return day if plausible(day, latest) else None


def _lines(reading: Reading, around: Surroundings) -> tuple[Line, ...]:
    """Return the lines of both tables, classified and related."""
    for records in reading.lines.values():
        _number(records)
    records = [record for table in reading.lines.values() for record in table]
    for record in records:
        complete(record, around)
    relate(records)
    return tuple([Line._make(record.values.values()) for record in records])  # blanks have its order


def _number(records: Sequence[Record]) -> None:
    """Number the rows of one table: `line` counts them all from 1, `ordinal` the transactions among them."""
    ordinal = 0
    for line, record in enumerate(records, start=1):
        record.values["line"] = line
        if record.values["kind"] is _TRANSACTION:
            ordinal += 1
            record.values["ordinal"] = ordinal


def _summary(lines: Sequence[Line]) -> Summary:
    """Count and sum the headline lines; one without a price counts and adds nothing."""
    buys = [line.amount for line in lines if line.headline is _BUY]
    sells = [line.amount for line in lines if line.headline is _SELL]
    return Summary(len(buys), len(sells), _total(buys), _total(sells))


def _total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Add up, without rounding, what is there."""
    total = Decimal(0)
    for amount in amounts:
        if amount is not None:
            total = EXACT.add(total, amount)
    return total


def _flags(reading: Reading, period: dt.date | None) -> Iterator[DocumentFlag]:
    """Tell what is odd about the document, its issuer, its owners and its signatures."""
    values = reading.document.values
    for record in (reading.document, reading.issuer, *reading.owners):
        yield from (DocumentFlag(flag) for flag in record.flags)
    if values["form_type"] not in FORM_TYPES:
        yield DocumentFlag.FORM_TYPE_UNKNOWN
    if not _FIRST_SCHEMA <= (values["schema_version"] or "") <= NEWEST_SCHEMA:
        yield DocumentFlag.SCHEMA_VERSION_UNKNOWN
    if values["period_of_report"] is None:
        yield DocumentFlag.PERIOD_ABSENT
    elif period is None:
        yield DocumentFlag.DATE_UNREADABLE
    if not reading.owners:
        yield DocumentFlag.OWNER_ABSENT
    if reading.unknown:
        yield DocumentFlag.UNKNOWN_ELEMENTS
