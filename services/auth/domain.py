"""State the words of auth: accounts, the tokens of a login, why a login ends, what the audit trail tells. No I/O."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

AUDIT_DAYS: Final = 400
LEAST_AUDIT_DAYS: Final = 90
"""What is younger the database keeps, whatever is asked of it (migration 0002)."""


class LoginKind(StrEnum):
    """Name how a login began."""

    PASSWORD = "password"  # noqa: S105 - a word of the table
    KEY = "key"


class EndReason(StrEnum):
    """Name why a login ended."""

    LOGOUT = "logout"
    NEW_PASSWORD = "new_password"  # noqa: S105 - a word of the table
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"
    REUSED_TOKEN = "reused_token"  # noqa: S105 - a word of the table
    KEY_REPLACED = "key_replaced"
    KEY_REVOKED = "key_revoked"


class Event(StrEnum):
    """Name what the audit trail tells."""

    REGISTERED = "registered"
    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    LOGGED_OUT = "logged_out"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a word of the trail
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 - a word of the trail
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word of the trail
    EMAIL_CHANGED = "email_changed"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    USER_CREATED = "user_created"
    USER_DEACTIVATED = "user_deactivated"
    LIMITS_SET = "limits_set"
    ALL_REVOKED = "all_revoked"
    SIGNING_KEY_ROTATED = "signing_key_rotated"


@dataclass(frozen=True, slots=True)
class User:
    """Hold an account."""

    id: UUID
    email: str
    password_hash: str = field(repr=False)
    is_active: bool
    is_operator: bool
    limits: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    password_changed_at: dt.datetime
    """Tells one password from the next; a new hash of the same password leaves it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Hold the tokens of a login.

    Unit: expires_in is seconds until the access token ends.
    """

    login_id: UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
