"""Write the audit trail: a row that nobody can change, and a line in the log.

No password, token or key is ever told, and an e-mail address only of an account that exists.
"""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.auth.domain import Event
from services.auth.models import Audit
from services.chassis.logs import get_logger

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
