"""Ask and change accounts, and the addresses that they have logged in from."""

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.auth.domain import User
from services.auth.models import NOW, ApiKey, KnownAddress, Login
from services.auth.models import User as Account
from services.chassis.db import Prepared

MAX_ADDRESSES = 50

A, N = Account, KnownAddress
COLUMNS = (
    A.id,
    A.email,
    A.password_hash,
    A.is_active,
    A.is_operator,
    A.limits,
    A.created_at,
    A.updated_at,
    A.password_changed_at,
)
ADDRESS = bindparam("address", type_=Text)
EMAIL = bindparam("email", type_=Text)
USER = bindparam("user", type_=Uuid)
KNOWN = select(N.user_id).where(N.user_id == A.id, N.address == ADDRESS).exists()
HAS_KEY = (
    select(ApiKey.login_id)
    .join(Login, Login.id == ApiKey.login_id)
    .where(ApiKey.user_id == A.id, Login.ended_at.is_(None))
    .exists()
)


class Found(NamedTuple):
    """Hold an account as somebody asks for its password, and whether it knows their address."""

    id: UUID
    email: str
    password_hash: str
    is_active: bool
    password_changed_at: dt.datetime
    is_known: bool


class UserRow(NamedTuple):
    """Hold an account as its owner sees it."""

    id: UUID
    email: str
    is_active: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    has_api_key: bool


class KindCount(NamedTuple):
    """Say how many accounts have a kind of hash."""

    kind: str
    accounts: int


ASKED = (A.id, A.email, A.password_hash, A.is_active, A.password_changed_at, KNOWN.label("is_known"))
BY_EMAIL = Prepared(select(*ASKED).where(A.email == EMAIL), Found)
BY_ID = Prepared(select(*ASKED).where(A.id == USER), Found)
SEEN = Prepared(
    select(A.id, A.email, A.is_active, A.created_at, A.updated_at, HAS_KEY.label("has_api_key")).where(A.id == USER),
    UserRow,
)
KIND = func.substring(A.password_hash, r"^(\$2[a-z]?\$[0-9]+\$|\$argon2id\$[^$]+\$[^$]+\$)")
KINDS = Prepared(
    select(KIND.label("kind"), func.count().label("accounts")).where(KIND.is_not(None)).group_by(KIND), KindCount
)
# Not FOR UPDATE, which rows that refer to the user would wait for; enough that two changes come one after the other.
LOCKED = select(*COLUMNS).where(A.id == USER).with_for_update(key_share=True)
PUT = insert(Account).on_conflict_do_nothing(index_elements=[A.email]).returning(*COLUMNS)
NOTED = insert(KnownAddress)
NOTE = NOTED.on_conflict_do_update(index_elements=[N.user_id, N.address], set_={"last_login_at": NOW})
NEWEST = select(N.address).where(N.user_id == USER).order_by(N.last_login_at.desc()).limit(MAX_ADDRESSES)
FORGET = delete(KnownAddress).where(N.user_id == USER, N.address.not_in(NEWEST))


def by_email(session: Session, email: str, address: str) -> Found | None:
    """Return the account of an e-mail address, if there is one."""
    return BY_EMAIL.one_or_none(session, email=email, address=address)


def by_id(session: Session, user_id: UUID, address: str) -> Found | None:
    """Return an account, if it is there."""
    return BY_ID.one_or_none(session, user=user_id, address=address)


def seen(session: Session, user_id: UUID) -> UserRow | None:
    """Return an account as its owner sees it."""
    return SEEN.one_or_none(session, user=user_id)


def kinds(session: Session) -> dict[str, int]:
    """Return how many accounts have each kind of hash."""
    return {row.kind: row.accounts for row in KINDS.rows(session)}


def add(session: Session, email: str, password_hash: str, *, is_operator: bool = False) -> User | None:
    """Store an account and return it, or nothing when the e-mail address has one, also one made this moment."""
    values = {"email": email, "password_hash": password_hash, "is_operator": is_operator}
    row = session.execute(PUT, values).one_or_none()
    return None if row is None else User(*row)


def lock(session: Session, user_id: UUID) -> User | None:
    """Return an account as it is now; nobody else changes it until the transaction ends."""
    row = session.execute(LOCKED, {"user": user_id}).one_or_none()
    return None if row is None else User(*row)


def note_address(session: Session, user_id: UUID, address: str) -> None:
    """Remember that an account logs in from an address; of the addresses the newest are kept."""
    session.execute(NOTE, {"user_id": user_id, "address": address})
    session.execute(FORGET, {"user": user_id})


def rehash(session: Session, user_id: UUID, password_hash: str) -> None:
    """Store another hash of the same password."""
    session.execute(update(Account).where(A.id == user_id).values(password_hash=password_hash))


def change(session: Session, user_id: UUID, **columns: str | bool | ColumnElement[dt.datetime] | None) -> None:
    """Change columns of an account.

    Raises: IntegrityError for an e-mail address that another account has.
    """
    session.execute(update(Account).where(A.id == user_id).values(**columns, updated_at=NOW))
