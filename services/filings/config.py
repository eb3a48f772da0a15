"""State the settings of filings' processes; `deploy/env.example` explains each variable."""

from pydantic import Field

from services.chassis.config import (
    DatabaseSettings,
    IdentitySettings,
    LimitSettings,
    MigrateSettings,
    ProcessSettings,
    QueueSettings,
    ServiceSettings,
)
from services.filings.edgar.settings import EdgarSettings


class MigrationSettings(MigrateSettings, env_prefix="FILINGS_"):
    """Hold what the migrator is told by its environment."""


class ServeSettings(
    ServiceSettings, IdentitySettings, LimitSettings, DatabaseSettings, QueueSettings, env_prefix="FILINGS_"
):
    """Hold what the server is told by its environment."""

    refresh_min_age_seconds: int = Field(default=900, ge=0, validation_alias="REFRESH_MIN_AGE_SECONDS")
    max_background_jobs: int = Field(default=200, ge=1, validation_alias="MAX_BACKGROUND_JOBS")


class SweepSettings(ProcessSettings, DatabaseSettings, QueueSettings, env_prefix="FILINGS_"):
    """Hold what the sweeper and the operator's commands are told by their environment."""

    cache_redis_url: str = Field(repr=False, validation_alias="CACHE_REDIS_URL")
    sec_user_agent: str = Field(default="", validation_alias="SEC_USER_AGENT")
    edgar_data_url: str = Field(default="https://data.sec.gov", validation_alias="EDGAR_DATA_URL")
    edgar_www_url: str = Field(default="https://www.sec.gov", validation_alias="EDGAR_WWW_URL")
    sec_rate: int = Field(default=8, ge=1, le=100, validation_alias="SEC_RATE")
    sec_pause_seconds: float = Field(default=600, gt=0, validation_alias="SEC_PAUSE_SECONDS")

    def edgar(self) -> EdgarSettings:
        """Return what the EDGAR client needs to know."""
        return EdgarSettings(
            user_agent=self.sec_user_agent,
            queue_redis_url=self.queue_redis_url,
            cache_redis_url=self.cache_redis_url,
            data_url=self.edgar_data_url,
            www_url=self.edgar_www_url,
            rate=self.sec_rate,
            pause_seconds=self.sec_pause_seconds,
        )


class WorkSettings(SweepSettings, IdentitySettings, env_prefix="FILINGS_"):
    """Hold what a worker is told by its environment."""

    connections: int = Field(default=12, ge=1, le=64, validation_alias="DATABASE_CONNECTIONS")
    """Four jobs with four filings each touch the database for milliseconds; signs of life must get through."""
    form4_address: str = Field(validation_alias="FORM4_ADDRESS")
