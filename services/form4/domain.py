"""State the words and shapes of a parsed ownership document (Forms 3, 4, 5 and their amendments).

Shape: immutable throughout; a value that a filing does not state is None, never zero or false. Text is as
filed, without outer blanks; dates are kept twice, as filed (text) and as read (date).
Unit: money is US dollars, prices are dollars per share; both are Decimal, as exact as filed.
Source: the EDGAR Ownership XML Technical Specification; every field names its element.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

PARSER_VERSION: int = 1
"""Raised with every change that alters a figure, so that stored lines can be told apart and derived again."""


class Table(StrEnum):
    """Name the table that a line stands in; the table, never a title, decides what enters the headline."""

    NON_DERIVATIVE = "non_derivative"
    DERIVATIVE = "derivative"


class Kind(StrEnum):
    """Tell a change of ownership from a balance."""

    TRANSACTION = "transaction"
    HOLDING = "holding"


class Role(StrEnum):
    """Name what a reporting owner is to the issuer."""

    DIRECTOR = "director"
    OFFICER = "officer"
    TEN_PERCENT = "ten_percent"
    OTHER = "other"


class Ownership(StrEnum):
    """Name how a security is held (directOrIndirectOwnership D, I)."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class TransactionType(StrEnum):
    """Name a transaction code in a reader's word; `CODE_TYPES` holds which is which."""

    BUY = "buy"
    SELL = "sell"
    GRANT = "grant"
    DISPOSITION = "disposition"
    TAX = "tax"
    EXERCISE = "exercise"
    CONVERSION = "conversion"
    EXPIRY = "expiry"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    SMALL = "small"
    PLAN = "plan"
    OTHER = "other"


class Headline(StrEnum):
    """Name the side on which a line enters the headline amounts."""

    BUY = "buy"
    SELL = "sell"


class PlannedSource(StrEnum):
    """Name what says whether a line was traded under a Rule 10b5-1 plan."""

    BOX = "box"
    FOOTNOTE = "footnote"


class LineFlag(StrEnum):
    """Name what a reader of a line should know; the words are stable, stored and shown."""

    NUMBER_UNREADABLE = "number_unreadable"
    """A number is text, NaN, or in scientific notation: it is absent, its text is in `unread`."""
    NUMBER_NEGATIVE = "number_negative"
    """A number has a minus sign, which EDGAR forbids: it is absent, its text is in `unread`."""
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    """A number has more digits than can be kept: it is absent, its text is in `unread`."""
    NUMBER_ABOVE_LIMIT = "number_above_limit"
    """A number is above EDGAR's 999,999,999,999.9999: it is kept as filed."""
    NUMBER_WITH_COMMAS = "number_with_commas"
    """A number has thousands separators, which EDGAR forbids: it is read without them."""
    BOOLEAN_UNREADABLE = "boolean_unreadable"
    """equitySwapInvolved is neither 1, 0, true nor false: it is absent, its text is in `unread`."""
    DATE_ABSENT = "date_absent"
    """A transaction has no date: it is dated by the period of report."""
    DATE_UNREADABLE = "date_unreadable"
    """A date is no calendar day: it is kept as filed; a transaction is dated by the period of report."""
    DATE_WITH_ZONE = "date_with_zone"
    """A date carries a time zone ("2023-01-05-05:00"): it is kept as filed and read without it."""
    DATE_IMPLAUSIBLE = "date_implausible"
    """A transaction's date is absurd or after the filing: it is kept as filed, dated by the period of report."""
    CODE_ABSENT = "code_absent"
    """A transaction has no code: its type is other."""
    CODE_UNKNOWN = "code_unknown"
    """A transaction's code is none of the specification's: its type is other."""
    CODE_CONTRADICTS_DIRECTION = "code_contradicts_direction"
    """A purchase disposes or a sale acquires: the line is no headline buy or sell."""
    PRICE_IN_FOOTNOTE = "price_in_footnote"
    """The price is absent because a footnote explains it: it is unknown, not zero."""
    PRICE_OUTSIDE_RANGE = "price_outside_range"
    """The price does not lie within the range of prices that its own footnote states."""
    OWNERSHIP_UNREADABLE = "ownership_unreadable"
    """directOrIndirectOwnership is neither D nor I: it is absent, its text is in `unread`."""
    FOOTNOTE_MISSING = "footnote_missing"
    """The line refers to a footnote that the document does not have."""
    ELEMENT_REPEATED = "element_repeated"
    """A field occurs twice in the line: the first is kept."""
    UNKNOWN_ELEMENTS = "unknown_elements"
    """A field holds an element that the parser does not know: what that adds to the field is not read."""
    VALUE_INTERRUPTED = "value_interrupted"
    """An element stands amid the text of a value: the value is absent, its text is in `unread`."""
    TEXT_CUT = "text_cut"
    """A text of one line is longer than 1,000 characters, or the id of a footnote than 100: it is cut."""


class DocumentFlag(StrEnum):
    """Name what a reader of a document should know; the words are stable, stored and shown."""

    RECOVERED = "recovered"
    """The file is not well-formed XML or lies about its encoding: what could be saved was read."""
    NAMESPACE_IGNORED = "namespace_ignored"
    """The document puts its elements into an XML namespace, which the specification does not know."""
    SCHEMA_VERSION_UNKNOWN = "schema_version_unknown"
    """schemaVersion is absent or none that this parser was made for."""
    UNKNOWN_ELEMENTS = "unknown_elements"
    """Elements occur that the parser does not know; `unknown_elements` counts them."""
    ELEMENT_REPEATED = "element_repeated"
    """A field of the document occurs twice: the first is kept."""
    FORM_TYPE_UNKNOWN = "form_type_unknown"
    """documentType is none of 3, 3/A, 4, 4/A, 5, 5/A."""
    DATE_UNREADABLE = "date_unreadable"
    """The period of report or the date of the original is no calendar day, or is absurd."""
    DATE_WITH_ZONE = "date_with_zone"
    """The period of report or the date of the original carries a time zone."""
    PERIOD_ABSENT = "period_absent"
    """periodOfReport is missing."""
    BOOLEAN_UNREADABLE = "boolean_unreadable"
    """A check box is neither 1, 0, true nor false: it is absent."""
    CIK_UNREADABLE = "cik_unreadable"
    """The CIK of an owner is missing or no number of at most ten digits: it is absent."""
    OWNER_ABSENT = "owner_absent"
    """No reporting owner is named."""
    FOOTNOTE_REPEATED = "footnote_repeated"
    """Two footnotes have one id: the first is kept."""
    FOOTNOTES_UNJUDGED = "footnotes_unjudged"
    """The footnotes that may name Rule 10b5-1 have more than 200,000 characters: what the last ones say is unknown."""
    VALUE_INTERRUPTED = "value_interrupted"
    """An element stands amid the text of a field or footnote: the field is absent, the footnote ends there."""
    TEXT_CUT = "text_cut"
    """A text of one line is longer than 1,000 characters, or the id of a footnote than 100: it is cut."""


CODE_TYPES: Mapping[str, TransactionType] = {
    "P": TransactionType.BUY,
    "S": TransactionType.SELL,
    "A": TransactionType.GRANT,
    "D": TransactionType.DISPOSITION,
    "F": TransactionType.TAX,
    "M": TransactionType.EXERCISE,
    "X": TransactionType.EXERCISE,
    "O": TransactionType.EXERCISE,
    "C": TransactionType.CONVERSION,
    "E": TransactionType.EXPIRY,
    "H": TransactionType.EXPIRY,
    "G": TransactionType.GIFT,
    "W": TransactionType.INHERITANCE,
    "L": TransactionType.SMALL,
    "I": TransactionType.PLAN,
    "Z": TransactionType.OTHER,
    "J": TransactionType.OTHER,
    "U": TransactionType.OTHER,
}
"""Source: transactionCode. V and K are no codes: V is a form-type-5 line on a Form 4, K is equitySwapInvolved."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Name the company whose securities were traded; the only one to attribute lines to."""

    cik: str
    """Ten digits (issuerCik); a document without it is refused."""
    name: str | None
    symbol: str | None
    """issuerTradingSymbol: free text as filed, evidence and no key."""
    foreign_symbol: str | None
    """issuerForeignTradingSymbol, since schema X0609."""


@dataclass(frozen=True, slots=True)
class ReportingOwner:
    """Name one person or entity that reports; a filing has one to ten."""

    cik: str | None
    """Ten digits (rptOwnerCik)."""
    name: str | None
    roles: tuple[Role, ...]
    """In the order of the form: director, officer, ten_percent, other."""
    title: str | None
    """officerTitle; "See Remarks" sends the reader to the document's remarks."""
    other_text: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """Say who signed, and when; the date is as filed and as read."""

    name: str | None
    date: str | None
    signed_on: dt.date | None


class FieldFootnote(NamedTuple):
    """Join one field of a line to one footnote."""

    field: str
    """The name of the field in `Line`, or of the element where the reference stands outside any field."""
    footnote_id: str


class UnreadValue(NamedTuple):
    """Keep the text of a value that could not be read, cut to 100 characters."""

    field: str
    text: str


class Line(NamedTuple):
    """Hold one row of a table as filed, with what classification adds to it.

    A NamedTuple where the others are dataclasses: filling 37 fields of a frozen one was a tenth of all parsing.

    Shape: keyed in its document by (table, line); `line` counts all rows of a table from 1, `ordinal` its transactions.
    """

    table: Table
    kind: Kind
    line: int
    ordinal: int | None
    """None for a holding."""
    security_title: str | None
    date: str | None
    """transactionDate as filed."""
    deemed_execution_date: str | None
    """As filed."""
    form_type: str | None
    """transactionFormType: 3, 4 or 5; a 4 on a Form 5 is late, a 5 on a Form 4 early."""
    code: str | None
    equity_swap: bool | None
    timeliness: str | None
    """E (early), L (late), or None (on time)."""
    acquired_disposed: str | None
    """A or D."""
    shares: Decimal | None
    price: Decimal | None
    """Dollars a share; zero and absent differ."""
    total_value: Decimal | None
    """Dollars; a derivative line gives shares or this."""
    shares_after: Decimal | None
    value_after: Decimal | None
    """Dollars; a balance is shares or this."""
    ownership: Ownership | None
    nature: str | None
    conversion_price: Decimal | None
    exercise_date: str | None
    """As filed."""
    expiration_date: str | None
    """As filed."""
    underlying_title: str | None
    underlying_shares: Decimal | None
    underlying_value: Decimal | None
    footnote_ids: tuple[str, ...]
    """Each once, in the order of first reference."""
    field_footnotes: tuple[FieldFootnote, ...]
    """Which field refers to which footnote, in document order."""
    unread: tuple[UnreadValue, ...]
    type: TransactionType | None
    """From the code alone; None for a holding."""
    headline: Headline | None
    """Non-derivative P acquired or S disposed, no equity swap; None for all else."""
    amount: Decimal | None
    """Dollars: shares times price, unrounded, where a transaction states both."""
    planned: bool | None
    """Whether the transaction was under a Rule 10b5-1 plan; None is unknown, and for a holding."""
    planned_source: PlannedSource | None
    """What says so; None where `planned` is None."""
    price_low: Decimal | None
    """The least price of the range that a price's footnote states."""
    price_high: Decimal | None
    price_is_average: bool
    """Whether a footnote of the price says that it is an average of several fills."""
    transaction_date: dt.date | None
    """`date` as read, even if implausible; None where it is no calendar day."""
    date_effective: dt.date | None
    """The day on which the line counts: its own date, or the period of report where that cannot be; a holding's is the
    period of report."""
    related_group: int | None
    """One number for the exercises of a day and the sales and withholdings of that day; None for lines without such."""
    flags: tuple[LineFlag, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Sum the headline lines of one document; a line without a price counts and adds nothing."""

    buy_count: int
    sell_count: int
    total_buys: Decimal
    total_sells: Decimal


@dataclass(frozen=True, slots=True)
class OwnershipDocument:
    """Hold one parsed and classified ownership document."""

    form_type: str | None
    """documentType: 3, 3/A, 4, 4/A, 5 or 5/A."""
    schema_version: str | None
    period_of_report: str | None
    """As filed."""
    period_date: dt.date | None
    """`period_of_report` as read; None where it is no plausible calendar day."""
    date_of_original_submission: str | None
    """As filed; an amendment names its original by this alone."""
    original_date: dt.date | None
    not_subject_to_section16: bool | None
    no_securities_owned: bool | None
    form3_holdings_reported: bool | None
    form4_transactions_reported: bool | None
    issuer: Issuer
    owners: tuple[ReportingOwner, ...]
    rule_10b5_1: bool | None
    """The check box alone (aff10b5One); None is unknown, as in every filing before April 2023."""
    lines: tuple[Line, ...]
    """Non-derivative table first, then derivative, each in filed order."""
    footnotes: Mapping[str, str]
    """Text by footnote id, in filed order."""
    remarks: str | None
    signatures: tuple[Signature, ...]
    summary: Summary
    flags: tuple[DocumentFlag, ...]
    unknown_elements: Mapping[str, int]
    """How often each element that the parser does not know occurs, by `parent/name`; beyond 50 names as `others`."""
    parser_version: int = PARSER_VERSION
