"""Count how often a document could not be had.

Running code of the release before must work after this migration, and the new code before it: add, backfill, constrain
and drop are four releases. Large indexes are made CONCURRENTLY, `with op.get_context().autocommit_block()`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "filings",
        sa.Column(
            "tries", sa.Integer(), server_default="0", nullable=False, comment="how often the document could not be had"
        ),
    )


def downgrade() -> None:
    op.drop_column("filings", "tries")
