"""Say in which transaction an issuer last changed, so that an answer is kept until then."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_changes",
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False, comment="as pg_current_xact_id() counts"),
        sa.PrimaryKeyConstraint("cik", name="pk_issuer_changes"),
    )
    op.create_index("ix_issuer_changes_transaction_id", "issuer_changes", ["transaction_id"])


def downgrade() -> None:
    op.drop_table("issuer_changes")
