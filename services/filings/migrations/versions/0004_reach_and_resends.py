"""Keep how far back a list reaches, and how often a job's message was sent.

Running code of the release before must work after this migration, and the new code before it: add, backfill, constrain
and drop are four releases. Large indexes are made CONCURRENTLY, `with op.get_context().autocommit_block()`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "jobs",
        sa.Column(
            "sends",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="messages sent since a worker last took it",
        ),
    )
    op.add_column(
        "jobs",
        sa.Column("covered_since", sa.Date(), nullable=True, comment="how far back that list reaches without a gap"),
    )


def downgrade() -> None:
    op.drop_column("jobs", "covered_since")
    op.drop_column("jobs", "sends")
