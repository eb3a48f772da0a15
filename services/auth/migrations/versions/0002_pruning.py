"""Find logins that are over by an index, and let the serving role take old rows off the audit trail by a function alone.

The role cannot delete from the trail; the function belongs to the migrating role, and never takes a row younger than 90 days.
Each index is made by itself and may be made again: with the lock of CREATE INDEX nobody could log in meanwhile.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Bound to its table when it is made: no search_path of its caller's leads it to another one.
PRUNE_AUDIT = """
CREATE FUNCTION prune_audit(days integer, most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
BEGIN ATOMIC
    WITH gone AS (
        DELETE FROM audit WHERE id IN (
            SELECT id FROM audit WHERE at < statement_timestamp() - make_interval(days => greatest(days, 90))
             ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING 1)
    SELECT count(*) FROM gone;
END
"""
INDEXES = {"ix_logins_ended_at": "ended_at", "ix_logins_expires_at": "expires_at"}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, column in INDEXES.items():
            op.execute(f"DROP INDEX IF EXISTS {name}")  # of a run that was interrupted
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON logins ({column}) WHERE {column} IS NOT NULL")
    op.execute(PRUNE_AUDIT)
    op.execute("REVOKE ALL ON FUNCTION prune_audit FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION prune_audit TO auth_serve")


def downgrade() -> None:
    op.execute("DROP FUNCTION prune_audit")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
