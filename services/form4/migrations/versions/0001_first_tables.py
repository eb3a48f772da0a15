"""Make the tables of ownership filings, their lines and coverage.

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
        "coverage",
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("coverage_start", sa.Date(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cik", name=op.f("pk_coverage")),
    )
    op.create_index(op.f("ix_coverage_refreshed_at"), "coverage", ["refreshed_at"], unique=False)
    op.create_table(
        "ownership_filings",
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("form_type", sa.Text(), nullable=False),
        sa.Column("issuer_cik", sa.Text(), nullable=False),
        sa.Column("issuer_name", sa.Text(), nullable=False),
        sa.Column("issuer_symbol", sa.Text(), nullable=True),
        sa.Column("schema_version", sa.Text(), nullable=True),
        sa.Column("period_of_report", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("period_date", sa.Date(), nullable=True, comment="period_of_report as read"),
        sa.Column("date_of_original_submission", sa.Text(), nullable=True, comment="as filed; amendments only"),
        sa.Column("original_date", sa.Date(), nullable=True, comment="date_of_original_submission as read"),
        sa.Column("not_subject_to_section16", sa.Boolean(), nullable=True),
        sa.Column("no_securities_owned", sa.Boolean(), nullable=True),
        sa.Column("rule_10b5_1", sa.Boolean(), nullable=True, comment="the check box alone; null is unknown"),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_raw", sa.Text(), nullable=False, comment="the acceptance time as printed at its source"),
        sa.Column("acceptance_source", sa.Text(), nullable=True),
        sa.Column(
            "known_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="accepted_at, or the latest moment that filed_on allows",
        ),
        sa.Column("document_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("ingested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("accession_number", name=op.f("pk_ownership_filings")),
    )
    op.create_index(
        op.f("ix_ownership_filings_issuer_cik"),
        "ownership_filings",
        ["issuer_cik", sa.literal_column("known_at DESC")],
        unique=False,
    )
    op.create_table(
        "footnotes",
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["ownership_filings.accession_number"],
            name=op.f("fk_footnotes_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("accession_number", "id", name=op.f("pk_footnotes")),
    )
    op.create_table(
        "holdings",
        sa.Column("line", sa.Integer(), nullable=False, comment="position among all rows of the table, from 1"),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("table_kind", sa.Text(), nullable=False),
        sa.Column("issuer_cik", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "owner_cik", sa.Text(), nullable=False, comment="first reporting owner; empty where the filing names none"
        ),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column(
            "joint_owners", sa.ARRAY(sa.Text()), nullable=False, comment="names of the further owners of the filing"
        ),
        sa.Column("security_title", sa.Text(), nullable=False),
        sa.Column("shares_after", sa.Numeric(), nullable=True),
        sa.Column("value_after", sa.Numeric(), nullable=True),
        sa.Column("ownership", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("conversion_price", sa.Numeric(), nullable=True),
        sa.Column("exercise_date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("expiration_date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("underlying_title", sa.Text(), nullable=True),
        sa.Column("underlying_shares", sa.Numeric(), nullable=True),
        sa.Column("underlying_value", sa.Numeric(), nullable=True),
        sa.Column("footnote_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "field_footnotes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[[field, footnote id], …] in document order",
        ),
        sa.Column(
            "unread",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[[field, text], …] of values that could not be read",
        ),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "superseded_by", sa.Text(), nullable=True, comment="accession number of the amendment; null while current"
        ),
        sa.Column(
            "superseded_at", sa.DateTime(timezone=True), nullable=True, comment="when that amendment became known"
        ),
        sa.CheckConstraint("ownership IN ('direct', 'indirect')", name=op.f("ck_holdings_ownership_word")),
        sa.CheckConstraint("table_kind IN ('non_derivative', 'derivative')", name=op.f("ck_holdings_table_kind_word")),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["ownership_filings.accession_number"],
            name=op.f("fk_holdings_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("line", "accession_number", "table_kind", name=op.f("pk_holdings")),
    )
    op.create_index(op.f("ix_holdings_issuer_cik_owner_cik"), "holdings", ["issuer_cik", "owner_cik"], unique=False)
    op.create_table(
        "reporting_owners",
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="from 1"),
        sa.Column("cik", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("other_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["ownership_filings.accession_number"],
            name=op.f("fk_reporting_owners_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("accession_number", "position", name=op.f("pk_reporting_owners")),
    )
    op.create_index(op.f("ix_reporting_owners_cik"), "reporting_owners", ["cik"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="position among the table's transactions, from 1"),
        sa.Column("line", sa.Integer(), nullable=False, comment="position among all rows of the table, from 1"),
        sa.Column("form_type", sa.Text(), nullable=False, comment="the filing's"),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("transaction_date", sa.Date(), nullable=True, comment="date as read, even if implausible"),
        sa.Column("date_effective", sa.Date(), nullable=False, comment="the day under which the line counts"),
        sa.Column("deemed_execution_date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("transaction_form_type", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("equity_swap", sa.Boolean(), nullable=True),
        sa.Column("timeliness", sa.Text(), nullable=True),
        sa.Column("acquired_disposed", sa.Text(), nullable=True),
        sa.Column("shares", sa.Numeric(), nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("total_value", sa.Numeric(), nullable=True),
        sa.Column("headline", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True, comment="shares times price, unrounded"),
        sa.Column("planned", sa.Boolean(), nullable=True),
        sa.Column("planned_source", sa.Text(), nullable=True),
        sa.Column("price_low", sa.Numeric(), nullable=True),
        sa.Column("price_high", sa.Numeric(), nullable=True),
        sa.Column("price_is_average", sa.Boolean(), nullable=False),
        sa.Column("related_group", sa.Integer(), nullable=True),
        sa.Column("accession_number", sa.Text(), nullable=False),
        sa.Column("table_kind", sa.Text(), nullable=False),
        sa.Column("issuer_cik", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "owner_cik", sa.Text(), nullable=False, comment="first reporting owner; empty where the filing names none"
        ),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column(
            "joint_owners", sa.ARRAY(sa.Text()), nullable=False, comment="names of the further owners of the filing"
        ),
        sa.Column("security_title", sa.Text(), nullable=False),
        sa.Column("shares_after", sa.Numeric(), nullable=True),
        sa.Column("value_after", sa.Numeric(), nullable=True),
        sa.Column("ownership", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("conversion_price", sa.Numeric(), nullable=True),
        sa.Column("exercise_date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("expiration_date", sa.Text(), nullable=True, comment="as filed"),
        sa.Column("underlying_title", sa.Text(), nullable=True),
        sa.Column("underlying_shares", sa.Numeric(), nullable=True),
        sa.Column("underlying_value", sa.Numeric(), nullable=True),
        sa.Column("footnote_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "field_footnotes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[[field, footnote id], …] in document order",
        ),
        sa.Column(
            "unread",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[[field, text], …] of values that could not be read",
        ),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "superseded_by", sa.Text(), nullable=True, comment="accession number of the amendment; null while current"
        ),
        sa.Column(
            "superseded_at", sa.DateTime(timezone=True), nullable=True, comment="when that amendment became known"
        ),
        sa.CheckConstraint("headline IN ('buy', 'sell')", name=op.f("ck_transactions_headline_word")),
        sa.CheckConstraint("ownership IN ('direct', 'indirect')", name=op.f("ck_transactions_ownership_word")),
        sa.CheckConstraint("planned_source IN ('box', 'footnote')", name=op.f("ck_transactions_planned_source_word")),
        sa.CheckConstraint(
            "table_kind IN ('non_derivative', 'derivative')", name=op.f("ck_transactions_table_kind_word")
        ),
        sa.CheckConstraint(
            "type IN ('buy', 'sell', 'grant', 'disposition', 'tax', 'exercise', 'conversion', 'expiry', 'gift', 'inheritance', 'small', 'plan', 'other')",
            name=op.f("ck_transactions_type_word"),
        ),
        sa.ForeignKeyConstraint(
            ["accession_number"],
            ["ownership_filings.accession_number"],
            name=op.f("fk_transactions_accession_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ordinal", "accession_number", "table_kind", name=op.f("pk_transactions")),
    )
    op.create_index(
        "ix_transactions_issuer_market",
        "transactions",
        ["issuer_cik", "filed_on"],
        unique=False,
        postgresql_where=sa.text("headline IS NOT NULL AND superseded_by IS NULL"),
    )
    op.create_index(
        "ix_transactions_market",
        "transactions",
        ["filed_on"],
        unique=False,
        postgresql_include=["issuer_cik", "headline", "amount", "planned"],
        postgresql_where=sa.text("headline IS NOT NULL AND superseded_by IS NULL"),
    )
    op.create_index(
        "ix_transactions_owner",
        "transactions",
        ["issuer_cik", "owner_cik", sa.literal_column("known_at DESC")],
        unique=False,
    )
    op.create_index(
        "ix_transactions_page",
        "transactions",
        [
            "issuer_cik",
            sa.literal_column("known_at DESC"),
            sa.literal_column("accession_number DESC"),
            sa.literal_column("table_kind DESC"),
            "line",
        ],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_transactions_page", table_name="transactions")
    op.drop_index("ix_transactions_owner", table_name="transactions")
    op.drop_index(
        "ix_transactions_market",
        table_name="transactions",
        postgresql_include=["issuer_cik", "headline", "amount", "planned"],
        postgresql_where=sa.text("headline IS NOT NULL AND superseded_by IS NULL"),
    )
    op.drop_index(
        "ix_transactions_issuer_market",
        table_name="transactions",
        postgresql_where=sa.text("headline IS NOT NULL AND superseded_by IS NULL"),
    )
    op.drop_table("transactions")
    op.drop_index(op.f("ix_reporting_owners_cik"), table_name="reporting_owners")
    op.drop_table("reporting_owners")
    op.drop_index(op.f("ix_holdings_issuer_cik_owner_cik"), table_name="holdings")
    op.drop_table("holdings")
    op.drop_table("footnotes")
    op.drop_index(op.f("ix_ownership_filings_issuer_cik"), table_name="ownership_filings")
    op.drop_table("ownership_filings")
    op.drop_index(op.f("ix_coverage_refreshed_at"), table_name="coverage")
    op.drop_table("coverage")
