"""Let a job's status take the allowed ways only.

queued → processing → complete or failed; an unfinished job may also fail at once, and an ended one never changes. What
the workers' statements promise, this makes impossible to break, whoever writes.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION check_job_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('complete', 'failed') THEN
        RAISE EXCEPTION 'job % has ended as % and cannot change', OLD.id, OLD.status USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status = 'processing' AND NEW.status = 'queued' OR OLD.status = 'queued' AND NEW.status = 'complete' THEN
        RAISE EXCEPTION 'job % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.done < OLD.done THEN
        RAISE EXCEPTION 'job % cannot undo what it has done', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$
"""
NEW_JOB = """
CREATE FUNCTION check_new_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'queued' THEN
        RAISE EXCEPTION 'a job begins as queued, not as %', NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute(NEW_JOB)
    op.execute("CREATE TRIGGER job_change BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION check_job_change()")
    op.execute("CREATE TRIGGER new_job BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION check_new_job()")


def downgrade() -> None:
    op.execute("DROP TRIGGER new_job ON jobs")
    op.execute("DROP TRIGGER job_change ON jobs")
    op.execute("DROP FUNCTION check_new_job()")
    op.execute("DROP FUNCTION check_job_change()")
