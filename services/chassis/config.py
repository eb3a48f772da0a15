"""Read the settings of a process from its environment, once, at start.

Shape: a service says `class Settings(ServiceSettings, DatabaseSettings, env_prefix="FORM4_")`. A field without an alias
is read from the prefix and its name (FORM4_DATABASE_URL); what all services share has an alias and no prefix.
"""

import sys
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

# Known to everybody who reads this: a forged token names a position in a public list, no more. One key for all
# processes, because a page may be asked of another replica than the one before.
DEVELOPMENT_PAGE_TOKEN_KEY = "sectracker development page tokens"  # noqa: S105 - see above

Port = Annotated[int, Field(ge=0, le=65535)]
SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class ProcessSettings(BaseSettings):
    """What every process has: logs, and where it tells its metrics."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", validation_alias="LOG_LEVEL")
    log_format: Literal["json", "console"] = Field(default="json", validation_alias="LOG_FORMAT")
    listen_host: str = Field(default="127.0.0.1", validation_alias="LISTEN_HOST")
    metrics_port: Port = Field(default=0, validation_alias="METRICS_PORT")  # 0: no metrics endpoint
    stop_seconds: float = Field(default=10, ge=0, validation_alias="STOP_SECONDS")  # what work in progress may take


class ServiceSettings(ProcessSettings):
    """What a gRPC server has beyond that."""

    listen_port: Port = Field(default=50051, validation_alias="LISTEN_PORT")  # 0: any free port
    # Four beat ten by 9 % behind Envoy, and one by the time that SQL takes; more concurrency is more processes.
    threads: int = Field(default=4, ge=1, le=64, validation_alias="SERVER_THREADS")
    # Above Envoy's limit of 400 requests a cluster, so that only what goes round Envoy is ever refused.
    max_concurrent_calls: int = Field(default=500, ge=1, validation_alias="SERVER_MAX_CALLS")
    max_message_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, validation_alias="SERVER_MAX_MESSAGE_BYTES")
    drain_seconds: float = Field(default=1.5, ge=0, validation_alias="DRAIN_SECONDS")  # three health checks of Envoy
    page_token_key: str = Field(
        default=DEVELOPMENT_PAGE_TOKEN_KEY, min_length=16, repr=False, validation_alias="PAGE_TOKEN_KEY"
    )


class DatabaseSettings(BaseSettings):
    """What a process has that reads and writes its service's tables."""

    database_url: str = Field(repr=False, pattern=r"^postgresql(\+psycopg2?)?://")
    # One for each thread, and one for what a server reads beside its calls.
    connections: int = Field(default=5, ge=1, le=64, validation_alias="DATABASE_CONNECTIONS")
    statement_timeout_ms: int = Field(default=5_000, ge=1, validation_alias="STATEMENT_TIMEOUT_MS")
    lock_timeout_ms: int = Field(default=2_000, ge=1, validation_alias="LOCK_TIMEOUT_MS")


class QueueSettings(BaseSettings):
    """What a process has that sends or takes messages."""

    queue_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="QUEUE_REDIS_URL")
    worker_threads: int = Field(default=4, ge=1, le=64, validation_alias="WORKER_THREADS")


class MigrateSettings(ProcessSettings):
    """What `migrate` has: the role that owns the schema."""

    migrate_database_url: str = Field(repr=False, pattern=r"^postgresql(\+psycopg2?)?://")


def load(settings: type[SettingsT]) -> SettingsT:
    """Return the settings, or tell each variable that is missing or wrong and exit with 2."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = variable(settings, str(problem["loc"][0]))
            reason = "is not set" if problem["type"] == "missing" else f"is wrong: {problem['msg'].lower()}"
            print(f"{name} {reason}.", file=sys.stderr)  # noqa: T201 - before there is a log
        sys.exit(2)


def variable(settings: type[BaseSettings], location: str) -> str:
    """Return the environment variable of a field, from the field's name or its alias."""
    field = settings.model_fields.get(location)
    if field is None or field.validation_alias is not None:
        return location.upper()
    return f"{settings.model_config.get('env_prefix', '')}{location}".upper()
