"""Write the audit trail: a row that nobody can change, and a line in the log; and forget what is old.

An address is the part that one customer has (`limits.masked`); an operator's command has none. No password, token or
key is ever told, and an e-mail address only of an account that exists.
"""

from uuid import UUID

from sqlalchemy import Integer, bindparam, func, insert, select
from sqlalchemy.orm import Session

from services.auth.domain import Event
from services.auth.models import Audit
from services.chassis.logs import get_logger

BATCH = 1_000
BATCHES = 10  # a minute's: ten times what strangers can add by guessing

# The serving role may not delete: who has its password cannot wipe traces.
PRUNE = select(func.prune_audit(bindparam("days", type_=Integer), BATCH))

log = get_logger(__name__)


def record(
    session: Session,
    event: Event,
    *,
    user_id: UUID | None = None,
    login_id: UUID | None = None,
    address: str = "",
    **detail: str | int | bool,
) -> None:
    """Tell what happened, as part of the transaction in which it happens."""
    session.execute(
        insert(Audit).values(event=event, user_id=user_id, login_id=login_id, address=address, detail=detail)
    )
    said = {"user_id": user_id and str(user_id), "login_id": login_id and str(login_id), "address": address, **detail}
    log.info("audit", audit=event, **{name: value for name, value in said.items() if value not in (None, "")})


def prune(session: Session, days: int) -> bool:
    """Delete some rows that are older than so many days; say whether there may be more."""
    deleted: int = session.execute(PRUNE, {"days": days}).scalar_one()
    return deleted == BATCH
