"""Make the tables of companies, filings, documents and jobs.

Running code of the release before must work after this migration, and the new code before it:
add, backfill, constrain, drop are four releases. Large indexes: `with op.get_context().autocommit_block()`, CONCURRENTLY.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("cik", name=op.f("pk_companies")),
    )
    op.create_index(
        "ix_companies_name_trigram",
        "companies",
        [sa.literal_column("lower(name) gin_trgm_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "filings",
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("form_type", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("accepted_raw", sa.Text(), nullable=False, comment="the acceptance time as printed at its source"),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acceptance_source", sa.Text(), nullable=True),
        sa.Column("period_of_report", sa.Date(), nullable=True),
        sa.Column("primary_document", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("items", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True, comment="bytes, as the SEC counts them"),
        sa.Column("fate", sa.Text(), nullable=True, comment="of an ownership document; null for other forms"),
        sa.Column("fate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "fate IN ('listed', 'ingested', 'missing', 'unreadable')", name=op.f("ck_filings_fate_word")
        ),
        sa.CheckConstraint("(fate IS NULL) = (fate_at IS NULL)", name=op.f("ck_filings_fate_dated")),
        sa.PrimaryKeyConstraint("accession_number", name=op.f("pk_filings")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True, comment="whose job it is; null for nobody's"),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("horizon", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False, comment="filings to be handled"),
        sa.Column(
            "done", sa.Integer(), server_default="0", nullable=False, comment="filings handled, whatever became of them"
        ),
        sa.Column(
            "missing",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="listed documents that the SEC does not have",
        ),
        sa.Column(
            "unreadable", sa.Integer(), server_default="0", nullable=False, comment="documents that could not be read"
        ),
        sa.Column("message", sa.Text(), server_default="Waiting for a worker.", nullable=False),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column(
            "losses", sa.Integer(), server_default="0", nullable=False, comment="workers that were lost over this job"
        ),
        sa.Column("lease", sa.Uuid(), nullable=True, comment="the claim of the worker that is at it"),
        sa.Column(
            "heartbeat_at", sa.DateTime(timezone=True), nullable=True, comment="when that worker last gave a sign"
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="not to be worked at before",
        ),
        sa.Column(
            "enqueued_at", sa.DateTime(timezone=True), nullable=True, comment="when a message was last sent for it"
        ),
        sa.Column(
            "failing_since", sa.DateTime(timezone=True), nullable=True, comment="since when the SEC gives no answers"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True, comment="when the SEC's list was read"),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'failed') = (error_reason IS NOT NULL)", name=op.f("ck_jobs_failed_with_reason")),
        sa.CheckConstraint(
            "(status IN ('complete', 'failed')) = (completed_at IS NOT NULL)", name=op.f("ck_jobs_completed_at_end")
        ),
        sa.CheckConstraint("lease IS NULL OR status = 'processing'", name=op.f("ck_jobs_lease_at_work")),
        sa.CheckConstraint("priority IN ('user', 'background')", name=op.f("ck_jobs_priority_word")),
        sa.CheckConstraint(
            "status IN ('queued', 'failed') OR started_at IS NOT NULL", name=op.f("ck_jobs_started_first")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'processing', 'complete', 'failed')", name=op.f("ck_jobs_status_word")
        ),
        sa.CheckConstraint("done BETWEEN 0 AND total", name=op.f("ck_jobs_done_of_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_company", "jobs", ["kind", "cik", sa.literal_column("completed_at DESC")], unique=False)
    op.create_index(
        "ix_jobs_unfinished",
        "jobs",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'processing')"),
    )
    op.create_index(
        "uq_jobs_one_refresh",
        "jobs",
        ["cik"],
        unique=True,
        postgresql_where=sa.text("kind = 'refresh_form4' AND status IN ('queued', 'processing')"),
    )
    op.create_table(
        "ticker_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ticker_lists_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticker_lists")),
    )
    op.create_table(
        "documents",
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the bytes before compression"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="zlib"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes before compression"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["filings.accession_number"],
            name=op.f("fk_documents_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("accession_number", "sha256", name=op.f("pk_documents")),
    )
    op.create_table(
        "filing_companies",
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["filings.accession_number"],
            name=op.f("fk_filing_companies_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("cik", "accession_number", name=op.f("pk_filing_companies")),
    )
    op.create_index(
        op.f("ix_filing_companies_accession_number"), "filing_companies", ["accession_number"], unique=False
    )
    op.create_table(
        "ticker_aliases",
        sa.Column("ticker", sa.Text(), nullable=False),
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=True),
        sa.Column(
            "position",
            sa.Integer(),
            nullable=False,
            comment="rank in the SEC's file; a company's first ticker is its own",
        ),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="the newest file that was read has it"),
        sa.ForeignKeyConstraint(["cik"], ["companies.cik"], name=op.f("fk_ticker_aliases_cik")),
        sa.PrimaryKeyConstraint("ticker", "cik", name=op.f("pk_ticker_aliases")),
    )
    op.create_index(op.f("ix_ticker_aliases_cik"), "ticker_aliases", ["cik"], unique=False)
    op.create_index(
        "ix_ticker_aliases_prefix",
        "ticker_aliases",
        [sa.literal_column("ticker text_pattern_ops")],
        unique=False,
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "uq_ticker_aliases_current", "ticker_aliases", ["ticker"], unique=True, postgresql_where=sa.text("is_current")
    )
    # The bytes are compressed already: PostgreSQL need not try again.
    op.execute("ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_index("uq_ticker_aliases_current", table_name="ticker_aliases", postgresql_where=sa.text("is_current"))
    op.drop_index("ix_ticker_aliases_prefix", table_name="ticker_aliases", postgresql_where=sa.text("is_current"))
    op.drop_index(op.f("ix_ticker_aliases_cik"), table_name="ticker_aliases")
    op.drop_table("ticker_aliases")
    op.drop_index(op.f("ix_filing_companies_accession_number"), table_name="filing_companies")
    op.drop_table("filing_companies")
    op.drop_table("documents")
    op.drop_table("ticker_lists")
    op.drop_index(
        "uq_jobs_one_refresh",
        table_name="jobs",
        postgresql_where=sa.text("kind = 'refresh_form4' AND status IN ('queued', 'processing')"),
    )
    op.drop_index(
        "ix_jobs_unfinished", table_name="jobs", postgresql_where=sa.text("status IN ('queued', 'processing')")
    )
    op.drop_index("ix_jobs_company", table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("filings")
    op.drop_index("ix_companies_name_trigram", table_name="companies", postgresql_using="gin")
    op.drop_table("companies")
