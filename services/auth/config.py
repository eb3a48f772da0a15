"""State the settings of auth's processes; `deploy/env.example` explains each variable."""

import hashlib
import hmac

from pydantic import Field

from services.auth.domain import AUDIT_DAYS, LEAST_AUDIT_DAYS
from services.auth.guesses import Budgets
from services.chassis.config import (
    DatabaseSettings,
    Limit,
    LimitSettings,
    MigrateSettings,
    ProcessSettings,
    Secret,
    ServiceSettings,
)
from services.chassis.windows import parse

MIN_MEMORY_KIB = 19_456  # OWASP's Password Storage Cheat Sheet, argon2id with two rounds


class MigrationSettings(MigrateSettings, env_prefix="AUTH_"):
    """Hold what the migrator is told by its environment."""


class OperateSettings(ProcessSettings, DatabaseSettings, env_prefix="AUTH_"):
    """Hold what the operator's commands are told by their environment."""

    password_memory_kib: int = Field(
        default=MIN_MEMORY_KIB, ge=MIN_MEMORY_KIB, le=1 << 20, validation_alias="PASSWORD_MEMORY_KIB"
    )


class KeySettings(OperateSettings, env_prefix="AUTH_"):
    """Hold what a process is told that reads or makes signing keys."""

    key_secret: Secret = Field(min_length=32, repr=False, validation_alias="AUTH_KEY_SECRET")

    def derived(self, purpose: str) -> bytes:
        """Return a key for one purpose, from which no other can be known."""
        return hmac.digest(self.key_secret.encode(), f"sectracker {purpose}".encode(), hashlib.sha256)


class ServeSettings(KeySettings, ServiceSettings, LimitSettings, env_prefix="AUTH_"):
    """Hold what the server is told by its environment."""

    # Ten calls may wait for a password at once (`passwords`), and the others go on.
    threads: int = Field(default=16, ge=1, le=64, validation_alias="SERVER_THREADS")
    connections: int = Field(default=18, ge=1, le=64, validation_alias="DATABASE_CONNECTIONS")
    password_threads: int = Field(default=2, ge=1, le=16, validation_alias="PASSWORD_THREADS")
    password_queue: int = Field(default=8, ge=0, le=64, validation_alias="PASSWORD_QUEUE")

    guess_known: Limit = Field(default=parse("20/15m"), validation_alias="GUESS_KNOWN")
    guess_address: Limit = Field(default=parse("20/15m"), validation_alias="GUESS_ADDRESS")
    guess_account: Limit = Field(default=parse("20/15m"), validation_alias="GUESS_ACCOUNT")
    guess_total: Limit = Field(default=parse("1000/1m"), validation_alias="GUESS_TOTAL")
    guess_trickle: Limit = Field(default=parse("1/30s"), validation_alias="GUESS_TRICKLE")

    filings_secret: Secret = Field(min_length=1, max_length=256, repr=False, validation_alias="FILINGS_SERVICE_SECRET")
    form4_secret: Secret = Field(min_length=1, max_length=256, repr=False, validation_alias="FORM4_SERVICE_SECRET")
    watchlist_secret: Secret = Field(
        min_length=1, max_length=256, repr=False, validation_alias="WATCHLIST_SERVICE_SECRET"
    )
    gateway_secret: Secret = Field(min_length=1, max_length=256, repr=False, validation_alias="GATEWAY_SERVICE_SECRET")

    audit_days: int = Field(default=AUDIT_DAYS, ge=LEAST_AUDIT_DAYS, le=36_500, validation_alias="AUTH_AUDIT_DAYS")

    def budgets(self) -> Budgets:
        """Return how many guesses are too many."""
        return Budgets(self.guess_known, self.guess_address, self.guess_account, self.guess_total, self.guess_trickle)

    def secrets(self) -> dict[str, str]:
        """Return what each service proves itself with, by its name."""
        return {
            "filings": self.filings_secret,
            "form4": self.form4_secret,
            "watchlist": self.watchlist_secret,
            "gateway": self.gateway_secret,
        }
