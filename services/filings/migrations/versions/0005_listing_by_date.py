"""Repeat a filing's dates where it is listed under a company, so that a window of many companies is one index's.

A trigger fills them in, so rows that the release before writes have them too. Each step commits by itself and may be run
again: with the lock of ALTER TABLE nobody could read until millions of rows are filled.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION date_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT filed_on, coalesce(accepted_at, (filed_on + time '22:00') AT TIME ZONE 'America/New_York')
      INTO NEW.filed_on, NEW.known_at
      FROM filings WHERE accession_number = NEW.accession_number;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER date_listing BEFORE INSERT ON filing_companies FOR EACH ROW EXECUTE FUNCTION date_listing()
"""
FILL = """
UPDATE filing_companies AS listed
   SET filed_on = f.filed_on,
       known_at = coalesce(f.accepted_at, (f.filed_on + time '22:00') AT TIME ZONE 'America/New_York')
  FROM filings AS f
 WHERE f.accession_number = listed.accession_number AND listed.known_at IS NULL
"""
COMMENT = "accepted_at of the filing, or the latest moment that filed_on allows"
INDEX = "ix_filing_companies_cik_filed_on_known_at_accession_number"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE filing_companies ADD COLUMN IF NOT EXISTS filed_on date")
        op.execute("ALTER TABLE filing_companies ADD COLUMN IF NOT EXISTS known_at timestamptz")
        op.execute(f"COMMENT ON COLUMN filing_companies.known_at IS '{COMMENT}'")
        op.execute(FUNCTION)
        op.execute(TRIGGER)
        op.execute(FILL)
        op.execute(f"DROP INDEX IF EXISTS {INDEX}")  # of a run that was interrupted
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON filing_companies (cik, filed_on, known_at, accession_number)")
    op.execute("ALTER TABLE filing_companies ALTER COLUMN filed_on SET NOT NULL, ALTER COLUMN known_at SET NOT NULL")


def downgrade() -> None:
    op.execute(f"DROP INDEX {INDEX}")
    op.execute("DROP TRIGGER date_listing ON filing_companies")
    op.execute("DROP FUNCTION date_listing()")
    op.execute("ALTER TABLE filing_companies DROP COLUMN known_at, DROP COLUMN filed_on")
