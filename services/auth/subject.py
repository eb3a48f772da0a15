"""Say whom an access token is for. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """Name a user, one of its logins, and what differs from everybody's."""

    user_id: UUID
    login_id: UUID
    is_operator: bool = False
    limits: str | None = None
