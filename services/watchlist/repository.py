"""Ask and write the table of items; every statement names the user whose items it sees."""

from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.watchlist.domain import Company, Item
from services.watchlist.models import ItemRow

COLUMNS = (ItemRow.cik, ItemRow.ticker, ItemRow.company_name, ItemRow.added_at)
OF_USER = ItemRow.user_id == bindparam("user_id", type_=Uuid)
OF_COMPANY = ItemRow.cik == bindparam("cik", type_=Text)
OF_TICKER = ItemRow.ticker == bindparam("ticker", type_=Text)

ITEMS = Prepared(select(*COLUMNS).where(OF_USER).order_by(ItemRow.added_at.desc(), ItemRow.cik), Item)
LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("user", type_=Text), 5)))
FIND = select(*COLUMNS).where(OF_USER, OF_COMPANY)
COUNT = select(func.count()).select_from(ItemRow).where(OF_USER)
ADD = insert(ItemRow).returning(*COLUMNS)
REMOVE = delete(ItemRow).where(OF_USER, OF_COMPANY).returning(ItemRow.cik)
NEWEST_ADDED_AS = select(ItemRow.cik).where(OF_USER, OF_TICKER).order_by(ItemRow.added_at.desc()).limit(1)
REMOVE_ADDED_AS = (
    delete(ItemRow).where(OF_USER, ItemRow.cik == NEWEST_ADDED_AS.scalar_subquery()).returning(ItemRow.cik)
)


def items(session: Session, user_id: UUID) -> list[Item]:
    """Return what a user watches, newest first, then by CIK."""
    return ITEMS.rows(session, user_id=user_id)


def lock(session: Session, user_id: UUID) -> None:
    """Let nobody else add to a user's list until the transaction ends."""
    session.execute(LOCK, {"user": str(user_id)})


def find(session: Session, user_id: UUID, cik: str) -> Item | None:
    """Return a user's item of a company, or None."""
    row = session.execute(FIND, {"user_id": user_id, "cik": cik}).one_or_none()
    return Item._make(row) if row else None


def count(session: Session, user_id: UUID) -> int:
    """Count what a user watches."""
    return session.execute(COUNT, {"user_id": user_id}).scalar_one()


def add(session: Session, user_id: UUID, company: Company) -> Item:
    """Put a company that is not there on a user's list."""
    values = {"user_id": user_id, "cik": company.cik, "ticker": company.ticker, "company_name": company.name}
    return Item._make(session.execute(ADD, values).one())


def remove(session: Session, user_id: UUID, cik: str) -> bool:
    """Take a company off a user's list; say whether it was there."""
    return session.execute(REMOVE, {"user_id": user_id, "cik": cik}).first() is not None


def remove_added_as(session: Session, user_id: UUID, ticker: str) -> bool:
    """Take the newest item that was added under a ticker off a user's list; say whether there was one."""
    return session.execute(REMOVE_ADDED_AS, {"user_id": user_id, "ticker": ticker}).first() is not None
