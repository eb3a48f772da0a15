"""State the tables of the schema filings: companies, filings, raw documents, jobs."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    FetchedValue,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.db import new_metadata


class Base(DeclarativeBase):
    """Collect the tables of this schema."""

    metadata = new_metadata()
    type_annotation_map = {str: Text, dt.datetime: DateTime(timezone=True), list[str]: ARRAY(Text)}  # noqa: RUF012


class Company(Base):
    """Hold a company or person that the SEC's ticker files name, by CIK."""

    __tablename__ = "companies"

    cik: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "ix_companies_name_trigram",
            func.lower(text("name")).label("lower_name"),
            postgresql_using="gin",
            postgresql_ops={"lower_name": "gin_trgm_ops"},
        ),
    )


class TickerAlias(Base):
    """Hold a ticker that names or named a company: a dated alias, in the SEC's spelling."""

    __tablename__ = "ticker_aliases"

    ticker: Mapped[str] = mapped_column(primary_key=True)
    cik: Mapped[str] = mapped_column(ForeignKey(Company.cik), primary_key=True)
    exchange: Mapped[str | None]
    position: Mapped[int] = mapped_column(comment="rank in the SEC's file; a company's first ticker is its own")
    first_seen_on: Mapped[dt.date]
    last_seen_on: Mapped[dt.date]
    is_current: Mapped[bool] = mapped_column(comment="the newest file that was read has it")

    __table_args__ = (
        Index("uq_ticker_aliases_current", "ticker", unique=True, postgresql_where=text("is_current")),
        Index(
            "ix_ticker_aliases_prefix",
            "ticker",
            postgresql_ops={"ticker": "text_pattern_ops"},
            postgresql_where=text("is_current"),
        ),
        Index(None, "cik"),
    )


class TickerList(Base):
    """Name the state of the list of tickers; one row."""

    __tablename__ = "ticker_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    read_at: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class Filing(Base):
    """Hold one filing, by accession number, as the SEC's lists describe it."""

    __tablename__ = "filings"

    accession_number: Mapped[str] = mapped_column(primary_key=True)
    form_type: Mapped[str]
    filed_on: Mapped[dt.date]
    accepted_raw: Mapped[str] = mapped_column(comment="the acceptance time as printed at its source")
    accepted_at: Mapped[dt.datetime | None]
    acceptance_source: Mapped[str | None]
    period_of_report: Mapped[dt.date | None]
    primary_document: Mapped[str]
    description: Mapped[str]
    items: Mapped[list[str]]
    size: Mapped[int | None] = mapped_column(comment="bytes, as the SEC counts them")
    fate: Mapped[str | None] = mapped_column(comment="of an ownership document; null for other forms")
    fate_at: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0", comment="how often the document could not be had")
    listed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("fate IN ('listed', 'ingested', 'missing', 'unreadable')", name="fate_word"),
        CheckConstraint("(fate IS NULL) = (fate_at IS NULL)", name="fate_dated"),
    )


class FilingCompany(Base):
    """Say under which companies and persons a filing is listed: a Form 4 under its issuer and every owner.

    A trigger fills in the dates of the filing, which never change.
    """

    __tablename__ = "filing_companies"

    cik: Mapped[str] = mapped_column(primary_key=True)
    accession_number: Mapped[str] = mapped_column(
        ForeignKey(Filing.accession_number, ondelete="CASCADE"), primary_key=True
    )
    filed_on: Mapped[dt.date] = mapped_column(server_default=FetchedValue())
    known_at: Mapped[dt.datetime] = mapped_column(
        server_default=FetchedValue(), comment="accepted_at of the filing, or the latest moment that filed_on allows"
    )

    __table_args__ = (
        Index(None, "accession_number"),
        Index(None, "cik", "filed_on", "known_at", "accession_number"),
    )


class Document(Base):
    """Hold the raw bytes of a submission, once, compressed; they can be read back without the SEC."""

    __tablename__ = "documents"

    accession_number: Mapped[str] = mapped_column(
        ForeignKey(Filing.accession_number, ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, comment="of the bytes before compression")
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="zlib")
    size: Mapped[int] = mapped_column(comment="bytes before compression")
    url: Mapped[str]
    stored_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class JobRow(Base):
    """Hold one job. A trigger lets `status` take the allowed ways only."""

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=func.uuidv7())
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[str]
    cik: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(Uuid, comment="whose job it is; null for nobody's")
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    horizon: Mapped[dt.date]
    total: Mapped[int] = mapped_column(server_default="0", comment="filings to be handled")
    done: Mapped[int] = mapped_column(server_default="0", comment="filings handled, whatever became of them")
    missing: Mapped[int] = mapped_column(server_default="0", comment="listed documents that the SEC does not have")
    unreadable: Mapped[int] = mapped_column(server_default="0", comment="documents that could not be read")
    message: Mapped[str] = mapped_column(server_default="Waiting for a worker.")
    error_reason: Mapped[str | None]
    error_message: Mapped[str | None]
    losses: Mapped[int] = mapped_column(server_default="0", comment="workers that were lost over this job")
    sends: Mapped[int] = mapped_column(server_default="0", comment="messages sent since a worker last took it")
    lease: Mapped[UUID | None] = mapped_column(Uuid, comment="the claim of the worker that is at it")
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(comment="when that worker last gave a sign")
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), comment="not to be worked at before")
    enqueued_at: Mapped[dt.datetime | None] = mapped_column(comment="when a message was last sent for it")
    failing_since: Mapped[dt.datetime | None] = mapped_column(comment="since when the SEC gives no answers")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    listed_at: Mapped[dt.datetime | None] = mapped_column(comment="when the SEC's list was read")
    covered_since: Mapped[dt.date | None] = mapped_column(comment="how far back that list reaches without a gap")
    completed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('queued', 'processing', 'complete', 'failed')", name="status_word"),
        CheckConstraint("priority IN ('user', 'background')", name="priority_word"),
        CheckConstraint("(status IN ('complete', 'failed')) = (completed_at IS NOT NULL)", name="completed_at_end"),
        CheckConstraint("(status = 'failed') = (error_reason IS NOT NULL)", name="failed_with_reason"),
        CheckConstraint("status IN ('queued', 'failed') OR started_at IS NOT NULL", name="started_first"),
        CheckConstraint("lease IS NULL OR status = 'processing'", name="lease_at_work"),
        CheckConstraint("done BETWEEN 0 AND total", name="done_of_total"),
        Index(
            "uq_jobs_one_refresh",
            "cik",
            unique=True,
            postgresql_where=text("kind = 'refresh_form4' AND status IN ('queued', 'processing')"),
        ),
        Index("ix_jobs_unfinished", "due_at", postgresql_where=text("status IN ('queued', 'processing')")),
        Index("ix_jobs_company", "kind", "cik", text("completed_at DESC")),
    )
