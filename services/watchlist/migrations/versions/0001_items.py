"""Make the table of what is watched.

Running code of the release before must work after this migration, and the new code before it: add, backfill, constrain
and drop are four releases. Large indexes are made CONCURRENTLY, `with op.get_context().autocommit_block()`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cik", sa.Text(), nullable=False),
        sa.Column("ticker", sa.Text(), nullable=False, comment="as it was added"),
        sa.Column("company_name", sa.Text(), nullable=False, comment="on the day when it was added"),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "cik", name=op.f("pk_items")),
    )


def downgrade() -> None:
    op.drop_table("items")
