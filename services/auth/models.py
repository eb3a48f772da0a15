"""State the tables of the schema auth: accounts, logins and their tokens, keys, what has ended, the audit trail."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.db import new_metadata

NOW = func.clock_timestamp()
BEGUN = func.statement_timestamp()
"""When a statement began: what old rows are found by, since no index is searched by a clock that goes on meanwhile."""


class Base(DeclarativeBase):
    """Collect the tables of this schema."""

    metadata = new_metadata()
    type_annotation_map = {str: Text, bytes: LargeBinary, dt.datetime: DateTime(timezone=True)}  # noqa: RUF012


class User(Base):
    """Hold an account."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("uuidv7()"))
    email: Mapped[str] = mapped_column(unique=True, comment="normalised, lower-case")
    password_hash: Mapped[str] = mapped_column(comment="argon2id; bcrypt of imported users until they log in")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_operator: Mapped[bool] = mapped_column(server_default=text("false"))
    limits: Mapped[str | None] = mapped_column(comment='numbers of calls in place of LIMITS, as "20/1s,600/1m"')
    created_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    password_changed_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)

    __table_args__ = (Index("ix_users_bcrypt", "id", postgresql_where=text("starts_with(password_hash, '$2')")),)


class KnownAddress(Base):
    """Hold an address from which an account has logged in: guesses from elsewhere cannot lock it out."""

    __tablename__ = "known_addresses"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True, comment="IPv4 whole, IPv6 by /64")
    last_login_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)


class Login(Base):
    """Hold one log-in of a user, or an API key: what tokens belong to and end with."""

    __tablename__ = "logins"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("uuidv7()"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    last_used_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[dt.datetime | None] = mapped_column(comment="null: never by itself")
    ended_at: Mapped[dt.datetime | None]
    ended_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("kind IN ('password', 'key')", name="kind_word"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason IS NULL)", name="ended_with_reason"),
        Index("ix_logins_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_logins_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )


class RefreshToken(Base):
    """Hold the SHA-256 of a refresh token, and for some seconds its successor, sealed."""

    __tablename__ = "refresh_tokens"

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    login_id: Mapped[UUID] = mapped_column(ForeignKey(Login.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[dt.datetime]
    rotated_at: Mapped[dt.datetime | None] = mapped_column(comment="null: the newest of its login")
    successor_hash: Mapped[bytes | None]
    successor_sealed: Mapped[bytes | None] = mapped_column(comment="wiped when the grace has ended")

    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash_sha256"),
        CheckConstraint("(rotated_at IS NULL) = (successor_hash IS NULL)", name="rotated_to_successor"),
        Index("ix_refresh_tokens_sealed", "rotated_at", postgresql_where=text("successor_sealed IS NOT NULL")),
        Index("ix_refresh_tokens_expires_at", "expires_at"),
    )


class ApiKey(Base):
    """Hold the SHA-256 of a user's one API key."""

    __tablename__ = "api_keys"

    login_id: Mapped[UUID] = mapped_column(ForeignKey(Login.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), unique=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(comment="written at most once a minute")

    __table_args__ = (CheckConstraint("octet_length(hash) = 32", name="hash_sha256"),)


class SigningKey(Base):
    """Hold a key that signs tokens, its private half sealed."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[bytes]
    private_sealed: Mapped[bytes]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=NOW)
    signs_from: Mapped[dt.datetime]
    signs_until: Mapped[dt.datetime | None]
    published_until: Mapped[dt.datetime | None] = mapped_column(comment="after its last token has expired")

    __table_args__ = (
        CheckConstraint("octet_length(public) = 32", name="public_ed25519"),
        CheckConstraint("(signs_until IS NULL) = (published_until IS NULL)", name="published_after_signing"),
    )


class Ended(Base):
    """Say which tokens are no longer good although they have not expired; kept until they have."""

    __tablename__ = "ended"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    login_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    everybody: Mapped[bool] = mapped_column(server_default=text("false"))
    ended_at: Mapped[dt.datetime] = mapped_column(server_default=NOW, index=True)

    __table_args__ = (
        CheckConstraint(
            "(login_id IS NOT NULL)::int + (user_id IS NOT NULL)::int + everybody::int = 1", name="one_of_three"
        ),
    )


class Audit(Base):
    """Hold what happened to accounts and keys; the serving role can add and read, and change nothing."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=NOW, index=True)
    event: Mapped[str]
    # No foreign keys: the trail outlives what it tells of.
    user_id: Mapped[UUID | None]
    login_id: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(comment="the client's, empty for an operator's command")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index("ix_audit_user_id", "user_id", "at"),)
