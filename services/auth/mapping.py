"""Say accounts and tokens in the contract's words. Pure: rows in, messages out."""

import datetime as dt

from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.auth.v1.auth_service_pb2 import LoginResponse, RefreshResponse, RegisterResponse
from sectracker.auth.v1.user_pb2 import User

from services.auth import domain
from services.auth.domain import Pair
from services.auth.repository.users import UserRow

BEARER = "bearer"  # the word of RFC 6750


def user(row: UserRow) -> User:
    """Say an account."""
    return User(
        id=str(row.id),
        email=row.email,
        is_active=row.is_active,
        created_at=stamp(row.created_at),
        updated_at=stamp(row.updated_at),
        has_api_key=row.has_api_key,
    )


def registered(made: domain.User, pair: Pair) -> RegisterResponse:
    """Say an account that was made a moment ago, and its first login."""
    row = UserRow(made.id, made.email, made.is_active, made.created_at, made.updated_at, has_api_key=False)
    return RegisterResponse(
        user=user(row),
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        token_type=BEARER,
        expires_in=pair.expires_in,
    )


def logged_in(pair: Pair) -> LoginResponse:
    """Say the tokens of a new login."""
    return LoginResponse(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        token_type=BEARER,
        expires_in=pair.expires_in,
    )


def refreshed(pair: Pair) -> RefreshResponse:
    """Say the next tokens of a login."""
    return RefreshResponse(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        token_type=BEARER,
        expires_in=pair.expires_in,
    )


def stamp(at: dt.datetime) -> Timestamp:
    """Say a moment."""
    said = Timestamp()
    said.FromDatetime(at)
    return said
