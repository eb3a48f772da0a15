"""State form4's settings; `deploy/env.example` explains each variable."""

from pydantic import Field

from services.chassis.config import DatabaseSettings, IdentitySettings, LimitSettings, MigrateSettings, ServiceSettings
from services.limits import MAX_DOCUMENT_BYTES

MAX_MESSAGE_BYTES = MAX_DOCUMENT_BYTES + 1024 * 1024
"""An ownership document, and what is said about it."""


class Settings(ServiceSettings, IdentitySettings, LimitSettings, DatabaseSettings, env_prefix="FORM4_"):
    """Hold what the server is told by its environment."""

    filings_address: str = Field(validation_alias="FILINGS_ADDRESS")
    max_message_bytes: int = Field(default=MAX_MESSAGE_BYTES, ge=1024, validation_alias="FORM4_MAX_MESSAGE_BYTES")


class MigrationSettings(MigrateSettings, env_prefix="FORM4_"):
    """Hold what the migrator is told by its environment."""
