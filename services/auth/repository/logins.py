"""Write logins and the chains of their refresh tokens, and end them. Times are PostgreSQL's.

Whatever ends a login is one statement that also says so in `ended`: neither can be there without the other.
"""

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Insert,
    LargeBinary,
    Result,
    Row,
    Text,
    Uuid,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from services.auth.domain import EndReason, LoginKind
from services.auth.models import BEGUN, NOW, ApiKey, Ended, Login, RefreshToken, User
from services.auth.subject import Subject

TOKEN_LIFE = dt.timedelta(days=30)
GRACE = dt.timedelta(seconds=10)
REMEMBERED = dt.timedelta(days=30)
"""How long a login that is over is kept: somebody may ask when and why it ended."""

L, R, U = Login, RefreshToken, User
USER, LOGIN = bindparam("of_user", type_=Uuid), bindparam("of_login", type_=Uuid)
HASH = bindparam("of_hash", type_=LargeBinary)
OVER = {"ended_at": NOW, "ended_reason": bindparam("why", type_=Text)}
WHOM = (U.id.label("user_id"), U.is_operator, U.limits)

MAY_LOG_IN = select(*WHOM).where(U.id == USER, U.is_active).with_for_update(of=U, read=True)
# What ends a user's logins changes the user's row or the login's own; this lock waits for either.
MAY_GO_ON = (
    select(*WHOM)
    .join(L, L.user_id == U.id)
    .where(U.id == USER, U.is_active, L.id == LOGIN, L.ended_at.is_(None))
    .with_for_update(key_share=True)
)
BEGIN = insert(L).values(user_id=USER, kind=LoginKind.PASSWORD, expires_at=NOW + TOKEN_LIFE).returning(L.id)
BEGIN_KEY = insert(L).values(user_id=USER, kind=LoginKind.KEY).returning(L.id)
ADD_TOKEN = insert(R).values(hash=HASH, login_id=LOGIN, expires_at=NOW + TOKEN_LIFE)
# Both rows are locked, so that both are read as they are when it is our turn.
TAKE = (
    select(
        L.id.label("login_id"),
        *WHOM,
        (U.is_active & L.ended_at.is_(None) & (R.expires_at > NOW)).label("is_good"),
        R.rotated_at.is_not(None).label("is_spent"),
        (R.rotated_at > NOW - GRACE).label("is_graced"),
        R.successor_hash,
        R.successor_sealed,
    )
    .join(L, L.id == R.login_id)
    .join(U, U.id == L.user_id)
    .where(R.hash == HASH)
    .with_for_update(of=[R, L], key_share=True)
)
IS_NEWEST = select(R.rotated_at.is_(None)).where(R.hash == HASH)
SPEND = (
    update(R)
    .where(R.hash == HASH)
    .values(
        rotated_at=NOW,
        successor_hash=bindparam("successor", type_=LargeBinary),
        successor_sealed=bindparam("sealed", type_=LargeBinary),
    )
    .returning(R.login_id)
    .cte("spent")
)
USE = (
    update(L)
    .where(L.id == select(SPEND.c.login_id).scalar_subquery())
    .values(last_used_at=NOW, expires_at=NOW + TOKEN_LIFE)
    .cte("used")
)
SUCCEED = (
    insert(R)
    .from_select(
        ["hash", "login_id", "expires_at"],
        select(bindparam("successor", type_=LargeBinary), SPEND.c.login_id, NOW + TOKEN_LIFE),
    )
    .add_cte(USE)
)


def ending(*which: ColumnElement[bool]) -> Insert:
    """Return a statement that ends logins and says so; it returns those that it has ended."""
    over = update(L).where(L.ended_at.is_(None), *which).values(**OVER).returning(L.id).cte("over")
    return insert(Ended).from_select(["login_id"], select(over.c.id)).returning(Ended.login_id)


OF_TOKEN = select(R.login_id).where(R.hash == HASH).scalar_subquery()
OF_KEY = select(ApiKey.login_id).where(ApiKey.user_id == USER).scalar_subquery()
END_ONE = ending(L.id == LOGIN)
END_OWN = ending(L.user_id == USER, L.kind == LoginKind.PASSWORD, or_(L.id == LOGIN, L.id == OF_TOKEN))
END_OTHERS = ending(L.user_id == USER, L.kind == LoginKind.PASSWORD, L.id != LOGIN)
END_KEY = ending(L.id == OF_KEY)
# Readers go on; whoever begins or goes on with a login waits, and a login that is just being stored is waited for.
ALONE = text("LOCK TABLE logins IN EXCLUSIVE MODE")
END_OF_USER = update(L).where(L.user_id == USER, L.ended_at.is_(None)).values(**OVER).returning(L.id)
END_EVERY = update(L).where(L.ended_at.is_(None)).values(**OVER).returning(literal(1))
SAY_USER = insert(Ended).values(user_id=USER)
SAY_EVERYBODY = insert(Ended).values(everybody=literal(value=True))

WIPE = update(R).where(R.successor_sealed.is_not(None), R.rotated_at < BEGUN - GRACE).values(successor_sealed=None)
DROP_TOKENS = delete(R).where(R.expires_at < BEGUN)
DROP_LOGINS = delete(L).where(or_(L.ended_at < BEGUN - REMEMBERED, L.expires_at < BEGUN - REMEMBERED))


class Presented(NamedTuple):
    """Hold a refresh token that was presented, locked with its login."""

    login_id: UUID
    user_id: UUID
    is_operator: bool
    limits: str | None
    is_good: bool
    is_spent: bool
    is_graced: bool | None
    successor_hash: bytes | None
    successor_sealed: bytes | None

    @property
    def subject(self) -> Subject:
        """Return whom the next access token is for."""
        return Subject(self.user_id, self.login_id, self.is_operator, self.limits)


def may_log_in(session: Session, user_id: UUID) -> Row[UUID, bool, str | None] | None:
    """Return what tokens say of a user who may log in; nothing ends that until the transaction does."""
    return session.execute(MAY_LOG_IN, {"of_user": user_id}).one_or_none()


def may_go_on(session: Session, user_id: UUID, login_id: UUID) -> bool:
    """Say whether a login has not ended meanwhile; nothing ends it until the transaction does."""
    return session.execute(MAY_GO_ON, {"of_user": user_id, "of_login": login_id}).one_or_none() is not None


def begin(session: Session, user_id: UUID, token: bytes) -> UUID:
    """Store a login with the hash of its first refresh token, and return its id."""
    login_id: UUID = run(session, BEGIN, of_user=user_id).scalar_one()
    run(session, ADD_TOKEN, of_hash=token, of_login=login_id)
    return login_id


def begin_key(session: Session, user_id: UUID) -> UUID:
    """Store the login that an API key is, and return its id."""
    login_id: UUID = run(session, BEGIN_KEY, of_user=user_id).scalar_one()
    return login_id


def take(session: Session, token: bytes) -> Presented | None:
    """Return a refresh token by its hash, and let nobody else have it or its login until the transaction ends."""
    row = session.execute(TAKE, {"of_hash": token}).one_or_none()
    return None if row is None else Presented._make(row)


def is_newest(session: Session, token: bytes) -> bool:
    """Say whether a refresh token is the last of its login, as it is committed now."""
    return bool(session.execute(IS_NEWEST, {"of_hash": token}).scalar_one_or_none())


def succeed(session: Session, token: bytes, successor: bytes, sealed: bytes) -> None:
    """Put a refresh token in the place of another, which keeps it, sealed, for its grace."""
    run(session, SUCCEED, of_hash=token, successor=successor, sealed=sealed)


def end(session: Session, login_id: UUID, why: EndReason) -> list[UUID]:
    """End one login; return it, if it had not ended before."""
    return ended_by(session, END_ONE, of_login=login_id, why=why)


def end_own(session: Session, user_id: UUID, login_id: UUID, token: bytes, why: EndReason) -> list[UUID]:
    """End a login of a user and the one that a refresh token belongs to, if that is this user's too.

    Shape: API keys are not among them.
    """
    return ended_by(session, END_OWN, of_user=user_id, of_login=login_id, of_hash=token, why=why)


def end_others(session: Session, user_id: UUID, login_id: UUID, why: EndReason) -> list[UUID]:
    """End a user's logins by password, except one."""
    return ended_by(session, END_OTHERS, of_user=user_id, of_login=login_id, why=why)


def end_key(session: Session, user_id: UUID, why: EndReason) -> list[UUID]:
    """End the login that a user's API key is."""
    return ended_by(session, END_KEY, of_user=user_id, why=why)


def end_of_user(session: Session, user_id: UUID, why: EndReason) -> list[UUID]:
    """End all that a user has, the API key included, and all tokens that were issued up to now: one row tells it."""
    gone = list(session.execute(END_OF_USER, {"of_user": user_id, "why": why}).scalars())
    run(session, SAY_USER, of_user=user_id)
    return gone


def end_everybody(session: Session, why: EndReason) -> int:
    """End every login there is, and all tokens that were issued up to now; return how many logins that were."""
    session.execute(ALONE)
    count = len(session.execute(END_EVERY, {"why": why}).all())
    run(session, SAY_EVERYBODY)
    return count


def ended_by(session: Session, statement: Insert, **values: object) -> list[UUID]:
    """Run a statement that ends logins, and return them."""
    return [login_id for login_id in run(session, statement, **values).scalars() if login_id is not None]


def run(session: Session, statement: Insert, **values: object) -> Result[Any]:
    """Run an insert as it is written; SQLAlchemy would take parameters for rows."""
    return session.execute(statement, values, execution_options={"dml_strategy": "raw"})


def wipe(session: Session) -> None:
    """Forget the successors whose grace has ended."""
    session.execute(WIPE)


def prune(session: Session) -> None:
    """Delete refresh tokens that have expired, and logins that have long been over."""
    session.execute(DROP_TOKENS)
    session.execute(DROP_LOGINS)
