"""Say a parsed ownership document in the columns of the tables. Pure: no I/O."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from services.eastern import EASTERN
from services.form4.domain import Kind, Line, OwnershipDocument, ReportingOwner, Role, TransactionType

Row = dict[str, Any]

LATEST_ACCEPTANCE = dt.time(22, 0)
"""EDGAR takes Forms 3, 4 and 5 as filed on a day until 22:00 Eastern."""

ROLE_WORDS = {Role.DIRECTOR: "Director", Role.OFFICER: "Officer", Role.TEN_PERCENT: "10% Owner", Role.OTHER: "Other"}

AS_READ = (
    "security_title",
    "shares_after",
    "value_after",
    "nature",
    "conversion_price",
    "exercise_date",
    "expiration_date",
    "underlying_title",
    "underlying_shares",
    "underlying_value",
)
"""Fields of a line that holdings and transactions store under the name that the domain gives them."""

AS_READ_OF_TRANSACTIONS = (
    "ordinal",
    "date",
    "transaction_date",
    "deemed_execution_date",
    "code",
    "equity_swap",
    "timeliness",
    "acquired_disposed",
    "shares",
    "price",
    "total_value",
    "amount",
    "planned",
    "price_low",
    "price_high",
    "price_is_average",
    "related_group",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """Hold an ownership document's bytes and what EDGAR says about its filing."""

    accession_number: str
    document: bytes
    filed_on: dt.date
    accepted_at: dt.datetime | None
    accepted_raw: str
    acceptance_source: str | None

    @property
    def sha256(self) -> bytes:
        """Return the digest by which the same bytes are known."""
        return hashlib.sha256(self.document).digest()

    @property
    def known_at(self) -> dt.datetime:
        """Return when the filing was public: its acceptance, or the latest moment that its date allows."""
        return self.accepted_at or dt.datetime.combine(self.filed_on, LATEST_ACCEPTANCE, EASTERN)


@dataclass(frozen=True, slots=True)
class FilingRows:
    """Hold every row that a filing has, table by table."""

    filing: Row
    owners: list[Row]
    footnotes: list[Row]
    transactions: list[Row]
    holdings: list[Row]


def role_words(owner: ReportingOwner) -> str:
    """Say an owner's part in the issuer: the officer's title as filed, else the roles in words.

    Source: officerTitle, otherText, isDirector, isOfficer, isTenPercentOwner, isOther.
    """
    words = [ROLE_WORDS[role] for role in owner.roles]
    if Role.OFFICER in owner.roles and owner.title:
        words[words.index("Officer")] = owner.title
    if Role.OTHER in owner.roles and owner.other_text:
        words[words.index("Other")] = owner.other_text
    return ", ".join(words)


def rows(submission: Submission, document: OwnershipDocument) -> FilingRows:
    """Return every row of a filing."""
    shared = shared_by_lines(submission, document)
    lines = [(line, line_row(line, document, submission, shared)) for line in document.lines]
    key = {"accession_number": submission.accession_number}
    return FilingRows(
        filing=filing_row(submission, document),
        owners=[owner_row(owner, position, key) for position, owner in enumerate(document.owners, 1)],
        footnotes=[{**key, "id": name, "body": body} for name, body in document.footnotes.items()],
        transactions=[row for line, row in lines if line.kind is Kind.TRANSACTION],
        holdings=[row for line, row in lines if line.kind is Kind.HOLDING],
    )


def filing_row(submission: Submission, document: OwnershipDocument) -> Row:
    """Return the row of the filing itself."""
    return {
        "accession_number": submission.accession_number,
        "form_type": document.form_type or "",
        "issuer_cik": document.issuer.cik,
        "issuer_name": document.issuer.name or "",
        "issuer_symbol": document.issuer.symbol,
        "schema_version": document.schema_version,
        "period_of_report": document.period_of_report,
        "period_date": document.period_date,
        "date_of_original_submission": document.date_of_original_submission,
        "original_date": document.original_date,
        "not_subject_to_section16": document.not_subject_to_section16,
        "no_securities_owned": document.no_securities_owned,
        "rule_10b5_1": document.rule_10b5_1,
        "remarks": document.remarks,
        "filed_on": submission.filed_on,
        "accepted_at": submission.accepted_at,
        "accepted_raw": submission.accepted_raw,
        "acceptance_source": submission.acceptance_source,
        "known_at": submission.known_at,
        "document_sha256": submission.sha256,
        "parser_version": document.parser_version,
        "flags": list(document.flags),
    }


def owner_row(owner: ReportingOwner, position: int, key: Row) -> Row:
    """Return the row of one reporting owner."""
    return {
        **key,
        "position": position,
        "cik": owner.cik,
        "name": owner.name,
        "roles": list(owner.roles),
        "title": owner.title,
        "other_text": owner.other_text,
    }


def shared_by_lines(submission: Submission, document: OwnershipDocument) -> Row:
    """Return what the filing puts on each of its lines; the first reporting owner stands for joint ones."""
    first, others = (document.owners[0], document.owners[1:]) if document.owners else (None, ())
    return {
        "accession_number": submission.accession_number,
        "issuer_cik": document.issuer.cik,
        "filed_on": submission.filed_on,
        "known_at": submission.known_at,
        "owner_cik": first.cik or "" if first else "",
        "owner_name": first.name or "" if first else "",
        "owner_role": role_words(first) if first else "",
        "joint_owners": [owner.name or owner.cik or "" for owner in others],
    }


def line_row(line: Line, document: OwnershipDocument, submission: Submission, shared: Row) -> Row:
    """Return the row of one line, transaction or holding."""
    row = {
        **shared,
        "table_kind": line.table,
        "line": line.line,
        **{name: getattr(line, name) for name in AS_READ},
        "ownership": line.ownership,
        "footnote_ids": list(line.footnote_ids),
        "field_footnotes": [[reference.field, reference.footnote_id] for reference in line.field_footnotes],
        "unread": [[value.field, value.text] for value in line.unread],
        "flags": list(line.flags),
    }
    row["security_title"] = line.security_title or ""
    return row if line.kind is Kind.HOLDING else {**row, **transaction_columns(line, document, submission)}


def transaction_columns(line: Line, document: OwnershipDocument, submission: Submission) -> Row:
    """Return the columns that a transaction has beyond a holding's."""
    return {
        **{name: getattr(line, name) for name in AS_READ_OF_TRANSACTIONS},
        "form_type": document.form_type or "",
        "accepted_at": submission.accepted_at,
        "date_effective": line.date_effective or submission.filed_on,
        "transaction_form_type": line.form_type,
        "type": line.type or TransactionType.OTHER,
        "headline": line.headline,
        "planned_source": line.planned_source,
    }
