"""Read the settings of a process from its environment, once, at start.

Shape: a service says `class Settings(ServiceSettings, DatabaseSettings, env_prefix="FORM4_")`. A field without an alias
is read from the prefix and its name (FORM4_DATABASE_URL); what all services share has an alias and no prefix.
"""

import sys
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.chassis.windows import Windows, parse

# Known to everybody who reads this: a forged token names a position in a public list, no more. One key for all
# processes, because a page may be asked of another replica than the one before.
DEVELOPMENT_PAGE_TOKEN_KEY = "sectracker development page tokens"  # noqa: S105 - see above

Limit = Annotated[Windows, NoDecode, BeforeValidator(lambda given: parse(given) if isinstance(given, str) else given)]
Port = Annotated[int, Field(ge=0, le=65535)]
SettingsT = TypeVar("SettingsT", bound=BaseSettings)


# Words of examples: a secret with one in it was copied, not made.
KNOWN_WORDS = (
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "example",
    "sample",
    "password",
    "development",
    "secret",
)
LEAST_SECRET_CHARACTERS = 32
LEAST_DIFFERENT_CHARACTERS = 9  # of 32 random hexadecimal digits fewer are different once in 370,000 times


class Guarded:
    """Mark a secret that has to be one in production."""


Secret = Annotated[str, Guarded()]
"""A setting that `load` refuses in production when it is empty, short or known; the service's settings name it."""


class ProcessSettings(BaseSettings):
    """What every process has: logs, and where it tells its metrics."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", validation_alias="LOG_LEVEL")
    log_format: Literal["json", "console"] = Field(default="json", validation_alias="LOG_FORMAT")
    deployment: Literal["development", "production"] = Field(default="development", validation_alias="DEPLOYMENT")
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
    page_token_key: Secret = Field(
        default=DEVELOPMENT_PAGE_TOKEN_KEY, min_length=16, repr=False, validation_alias="PAGE_TOKEN_KEY"
    )


class IdentitySettings(BaseSettings):
    """What a process has that calls others or is called: where auth is, and what it is known to auth by."""

    auth_address: str = Field(min_length=1, validation_alias="AUTH_ADDRESS")
    service_secret: Secret = Field(min_length=1, max_length=256, repr=False)


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


class LimitSettings(BaseSettings):
    """What a server has that limits calls: "10/1s,60/1m" is ten a second and sixty a minute; empty is no limit.

    Shape: `limits` hold for all calls of a user or an address, and beside them `limit_x` for the RPCs whose contract
    names the limit "x".
    """

    queue_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="QUEUE_REDIS_URL")
    limits: Limit = Field(default=parse("10/1s,60/1m,1000/1h"), validation_alias="LIMITS")
    limit_register: Limit = Field(default=parse("5/1m,20/1h"), validation_alias="LIMIT_REGISTER")
    limit_login: Limit = Field(default=parse("20/1m,200/1h"), validation_alias="LIMIT_LOGIN")
    limit_refresh: Limit = Field(default=parse("30/1m,300/1h"), validation_alias="LIMIT_REFRESH")
    limit_password: Limit = Field(default=parse("5/1m,20/1h"), validation_alias="LIMIT_PASSWORD")
    limit_track: Limit = Field(default=parse("10/1m,100/1h"), validation_alias="LIMIT_TRACK")
    limit_analyze: Limit = Field(default=parse("5/1m,50/1h"), validation_alias="LIMIT_ANALYZE")


class MigrateSettings(ProcessSettings):
    """What `migrate` has: the role that owns the schema."""

    migrate_database_url: str = Field(repr=False, pattern=r"^postgresql(\+psycopg2?)?://")


def load(settings: type[SettingsT]) -> SettingsT:
    """Return the settings, or tell each variable that is missing or wrong and exit with 2."""
    try:
        loaded = settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = variable(settings, str(problem["loc"][0]))
            wrong = problem["msg"].lower().removeprefix("value error, ").rstrip(".")
            reason = "is not set" if problem["type"] == "missing" else f"is wrong: {wrong}"
            print(f"{name} {reason}.", file=sys.stderr)  # noqa: T201 - before there is a log
        sys.exit(2)
    refuse_weak_secrets(loaded)
    return loaded


def refuse_weak_secrets(settings: BaseSettings) -> None:
    """In production, tell each secret that is none and exit with 2; on a developer's machine let it be."""
    if getattr(settings, "deployment", "development") != "production":
        return
    kind, found = type(settings), False
    for location, field in kind.model_fields.items():
        if not any(isinstance(mark, Guarded) for mark in field.metadata):
            continue
        wrong = weakness(getattr(settings, location))
        if wrong:
            found = True
            name = variable(kind, field.validation_alias if isinstance(field.validation_alias, str) else location)
            advice = f"DEPLOYMENT is production: set {name} to a random secret, as `openssl rand -hex 32` prints"
            print(f"{name} {wrong}. {advice}.", file=sys.stderr)  # noqa: T201 - before there is a log
    if found:
        sys.exit(2)


def weakness(secret: str) -> str:
    """Say what is wrong with a secret, without telling it; nothing if all is well."""
    if not secret or secret == DEVELOPMENT_PAGE_TOKEN_KEY:
        return "is not set"
    if any(word in secret.lower() for word in KNOWN_WORDS):
        return "is an example"
    if len(secret) < LEAST_SECRET_CHARACTERS:
        return f"is shorter than {LEAST_SECRET_CHARACTERS} characters"
    return "is easily guessed" if len(set(secret)) < LEAST_DIFFERENT_CHARACTERS else ""


def variable(settings: type[BaseSettings], location: str) -> str:
    """Return the environment variable of a field, from the field's name or its alias."""
    field = settings.model_fields.get(location)
    if field is None or field.validation_alias is not None:
        return location.upper()
    return f"{settings.model_config.get('env_prefix', '')}{location}".upper()
