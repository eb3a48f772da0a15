"""Key lines by their filing first, so that replacing a filing finds its lines by an index.

The keys began with the line's position: deleting one filing read every line of every other one.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEYS = (
    ("transactions", "accession_number, table_kind, ordinal", "ordinal, accession_number, table_kind"),
    ("holdings", "accession_number, table_kind, line", "line, accession_number, table_kind"),
)


def rekey(table: str, columns: str) -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX IF EXISTS new_key_{table}")  # of a run that was interrupted
        op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY new_key_{table} ON {table} ({columns})")
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}, "
        f"ADD CONSTRAINT pk_{table} PRIMARY KEY USING INDEX new_key_{table}"
    )


def upgrade() -> None:
    for table, by_filing, _ in KEYS:
        rekey(table, by_filing)


def downgrade() -> None:
    for table, _, by_position in KEYS:
        rekey(table, by_position)
