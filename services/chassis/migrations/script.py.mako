"""${message}

Running code of the release before must work after this migration, and the new code before it: add, backfill, constrain
and drop are four releases. Large indexes are made CONCURRENTLY, `with op.get_context().autocommit_block()`.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
