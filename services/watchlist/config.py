"""State the settings of watchlist's processes; `deploy/env.example` explains each variable."""

from pydantic import Field

from services.chassis.config import DatabaseSettings, IdentitySettings, LimitSettings, MigrateSettings, ServiceSettings


class MigrationSettings(MigrateSettings, env_prefix="WATCHLIST_"):
    """Hold what the migrator is told by its environment."""


class ServeSettings(ServiceSettings, IdentitySettings, LimitSettings, DatabaseSettings, env_prefix="WATCHLIST_"):
    """Hold what the server is told by its environment."""

    filings_address: str = Field(validation_alias="FILINGS_ADDRESS")
    form4_address: str = Field(validation_alias="FORM4_ADDRESS")
