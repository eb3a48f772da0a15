"""State the tables of the schema form4.

Every line of an ownership document is one row, keyed as it was filed; what reads need of its filing (issuer, owner,
dates) is repeated on the row, so that a page is one index scan. All rows of a filing are written in one transaction
and never changed but as a whole.

Unit: money is USD, prices are USD per share, both NUMERIC without a scale: as exact as filed.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.db import new_metadata
from services.form4.domain import Headline, Ownership, PlannedSource, Table, TransactionType

WORDS = ARRAY(Text)
TIME = DateTime(timezone=True)
CURRENT = text("superseded_by IS NULL")
CURRENT_HEADLINE = text("headline IS NOT NULL AND superseded_by IS NULL")


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Hold a column of text to the words of an enumeration of the domain."""
    allowed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_word")


class Base(DeclarativeBase):
    """Collect the tables of this schema."""

    metadata = new_metadata()
    type_annotation_map = {str: Text, Decimal: Numeric, dt.datetime: TIME, list[str]: WORDS}  # noqa: RUF012


class Filing(Base):
    """Hold one ownership document (Form 3, 4, 5 or an amendment) and what EDGAR says about its filing."""

    __tablename__ = "ownership_filings"

    accession_number: Mapped[str] = mapped_column(primary_key=True)
    form_type: Mapped[str]
    issuer_cik: Mapped[str]
    issuer_name: Mapped[str]
    issuer_symbol: Mapped[str | None]
    schema_version: Mapped[str | None]
    period_of_report: Mapped[str | None] = mapped_column(comment="as filed")
    period_date: Mapped[dt.date | None] = mapped_column(comment="period_of_report as read")
    date_of_original_submission: Mapped[str | None] = mapped_column(comment="as filed; amendments only")
    original_date: Mapped[dt.date | None] = mapped_column(comment="date_of_original_submission as read")
    not_subject_to_section16: Mapped[bool | None]
    no_securities_owned: Mapped[bool | None]
    rule_10b5_1: Mapped[bool | None] = mapped_column(comment="the check box alone; null is unknown")
    remarks: Mapped[str | None]
    filed_on: Mapped[dt.date]
    accepted_at: Mapped[dt.datetime | None]
    accepted_raw: Mapped[str] = mapped_column(comment="the acceptance time as printed at its source")
    acceptance_source: Mapped[str | None]
    known_at: Mapped[dt.datetime] = mapped_column(comment="accepted_at, or the latest moment that filed_on allows")
    document_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    parser_version: Mapped[int]
    flags: Mapped[list[str]]
    ingested_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "issuer_cik", text("known_at DESC")),)


class Owner(Base):
    """Hold one reporting owner of a filing, in the order of the document."""

    __tablename__ = "reporting_owners"

    accession_number: Mapped[str] = mapped_column(
        ForeignKey(Filing.accession_number, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, comment="from 1")
    cik: Mapped[str | None]
    name: Mapped[str | None]
    roles: Mapped[list[str]]
    title: Mapped[str | None]
    other_text: Mapped[str | None]

    __table_args__ = (Index(None, "cik"),)


class Footnote(Base):
    """Hold one footnote of a filing."""

    __tablename__ = "footnotes"

    accession_number: Mapped[str] = mapped_column(
        ForeignKey(Filing.accession_number, ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class Line:
    """Collect the columns that transactions and holdings share."""

    accession_number: Mapped[str] = mapped_column(
        ForeignKey(Filing.accession_number, ondelete="CASCADE"), primary_key=True
    )
    table_kind: Mapped[str] = mapped_column(primary_key=True)
    issuer_cik: Mapped[str]
    filed_on: Mapped[dt.date]
    known_at: Mapped[dt.datetime]
    owner_cik: Mapped[str] = mapped_column(comment="first reporting owner; empty where the filing names none")
    owner_name: Mapped[str]
    owner_role: Mapped[str]
    joint_owners: Mapped[list[str]] = mapped_column(comment="names of the further owners of the filing")
    security_title: Mapped[str]
    shares_after: Mapped[Decimal | None]
    value_after: Mapped[Decimal | None]
    ownership: Mapped[str | None]
    nature: Mapped[str | None]
    conversion_price: Mapped[Decimal | None]
    exercise_date: Mapped[str | None] = mapped_column(comment="as filed")
    expiration_date: Mapped[str | None] = mapped_column(comment="as filed")
    underlying_title: Mapped[str | None]
    underlying_shares: Mapped[Decimal | None]
    underlying_value: Mapped[Decimal | None]
    footnote_ids: Mapped[list[str]]
    field_footnotes: Mapped[list[Any]] = mapped_column(JSONB, comment="[[field, footnote id], …] in document order")
    unread: Mapped[list[Any]] = mapped_column(JSONB, comment="[[field, text], …] of values that could not be read")
    flags: Mapped[list[str]]
    superseded_by: Mapped[str | None] = mapped_column(comment="accession number of the amendment; null while current")
    superseded_at: Mapped[dt.datetime | None] = mapped_column(comment="when that amendment became known")


class Transaction(Line, Base):
    """Hold one transaction line; `headline`, `amount` and `planned` are what reads sum and filter."""

    __tablename__ = "transactions"

    ordinal: Mapped[int] = mapped_column(primary_key=True, comment="position among the table's transactions, from 1")
    line: Mapped[int] = mapped_column(comment="position among all rows of the table, from 1")
    form_type: Mapped[str] = mapped_column(comment="the filing's")
    accepted_at: Mapped[dt.datetime | None]
    date: Mapped[str | None] = mapped_column(comment="as filed")
    transaction_date: Mapped[dt.date | None] = mapped_column(comment="date as read, even if implausible")
    date_effective: Mapped[dt.date] = mapped_column(comment="the day under which the line counts")
    deemed_execution_date: Mapped[str | None] = mapped_column(comment="as filed")
    transaction_form_type: Mapped[str | None]
    code: Mapped[str | None]
    type: Mapped[str]
    equity_swap: Mapped[bool | None]
    timeliness: Mapped[str | None]
    acquired_disposed: Mapped[str | None]
    shares: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    total_value: Mapped[Decimal | None]
    headline: Mapped[str | None]
    amount: Mapped[Decimal | None] = mapped_column(comment="shares times price, unrounded")
    planned: Mapped[bool | None]
    planned_source: Mapped[str | None]
    price_low: Mapped[Decimal | None]
    price_high: Mapped[Decimal | None]
    price_is_average: Mapped[bool]
    related_group: Mapped[int | None]

    __table_args__ = (
        PrimaryKeyConstraint("accession_number", "table_kind", "ordinal"),  # by filing: they come and go together
        one_of("table_kind", Table),
        one_of("type", TransactionType),
        one_of("headline", Headline),
        one_of("ownership", Ownership),
        one_of("planned_source", PlannedSource),
        Index(
            "ix_transactions_page",
            "issuer_cik",
            text("known_at DESC"),
            text("accession_number DESC"),
            text("table_kind DESC"),
            "line",
        ),
        # All that sums by owner need, so that they read no row of the table: a third of what a company's read costs.
        Index(
            "ix_transactions_insiders",
            "issuer_cik",
            "owner_cik",
            text("known_at DESC"),
            postgresql_include=["filed_on", "date_effective", "headline", "amount", "planned"],
            postgresql_where=CURRENT,
        ),
        Index(
            "ix_transactions_market",
            "filed_on",
            postgresql_include=["issuer_cik", "headline", "amount", "planned"],
            postgresql_where=CURRENT_HEADLINE,
        ),
        Index("ix_transactions_issuer_market", "issuer_cik", "filed_on", postgresql_where=CURRENT_HEADLINE),
    )


class Holding(Line, Base):
    """Hold one holding line: a balance that is reported without a transaction."""

    __tablename__ = "holdings"

    line: Mapped[int] = mapped_column(primary_key=True, comment="position among all rows of the table, from 1")

    __table_args__ = (
        PrimaryKeyConstraint("accession_number", "table_kind", "line"),
        one_of("table_kind", Table),
        one_of("ownership", Ownership),
        Index(None, "issuer_cik", "owner_cik"),
    )


class IssuerChange(Base):
    """Say in which transaction what is known of an issuer last changed, for those who keep answers about it."""

    __tablename__ = "issuer_changes"

    cik: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, comment="as pg_current_xact_id() counts")

    __table_args__ = (Index(None, "transaction_id"),)


class Coverage(Base):
    """Say how far a company's filings have been read; a company without a row was never refreshed."""

    __tablename__ = "coverage"

    cik: Mapped[str] = mapped_column(primary_key=True)
    coverage_start: Mapped[dt.date]
    refreshed_at: Mapped[dt.datetime]

    __table_args__ = (Index(None, "refreshed_at"),)
