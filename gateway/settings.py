"""Read what Envoy's configuration depends on from the environment."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class DoorSettings(BaseSettings):
    """How the door listens and what it puts up with.

    Unit: fields that end in _seconds are seconds.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    host: str = Field(default="127.0.0.1", validation_alias="GATEWAY_HOST")
    port: Port = Field(default=8080, validation_alias="GATEWAY_PORT")
    admin_port: Port = Field(default=9901, validation_alias="ENVOY_ADMIN_PORT")
    # Everybody may read: the data is public, and a browser sends nothing by itself (no cookies; tokens and keys are put
    # into headers by a page that has them), so a foreign page gains nothing that its own server could not get.
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(default=("*",), validation_alias="CORS_ORIGINS")
    # Proxies of ours in front of the door; the client's address is so many entries from the right in X-Forwarded-For.
    trusted_hops: int = Field(default=0, ge=0, le=10, validation_alias="GATEWAY_TRUSTED_HOPS")
    access_log: Literal["off", "errors", "all"] = Field(default="errors", validation_alias="GATEWAY_ACCESS_LOG")
    max_connections: int = Field(default=5000, ge=1, validation_alias="GATEWAY_MAX_CONNECTIONS")
    # Calls on their way to one service, all its processes together. The chassis refuses at 500 a process, so that the
    # door is the one that says "overloaded".
    max_calls: int = Field(default=400, ge=1, validation_alias="GATEWAY_MAX_CALLS")
    # Requests a second of one address (of IPv6: a /64), at once and lastingly, before Envoy refuses; 0: any number.
    flood_per_second: int = Field(default=200, ge=0, le=1_000_000, validation_alias="GATEWAY_FLOOD_PER_SECOND")
    max_heap_mb: int = Field(default=512, ge=64, validation_alias="GATEWAY_MAX_HEAP_MB")
    call_seconds: Seconds = Field(default=5.0, validation_alias="GATEWAY_CALL_SECONDS")
    headers_seconds: Seconds = Field(default=5.0, validation_alias="GATEWAY_HEADERS_SECONDS")
    body_seconds: Seconds = Field(default=10.0, validation_alias="GATEWAY_BODY_SECONDS")
    idle_seconds: Seconds = Field(default=60.0, validation_alias="GATEWAY_IDLE_SECONDS")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        """Read a list that is separated by commas; an empty one allows no foreign page."""
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def address_variable(cluster: str) -> str:
    """Return the environment variable that holds the address of a cluster."""
    return f"{cluster.upper()}_ADDRESS"


def addresses(environ: Mapping[str, str], clusters: list[str]) -> dict[str, str]:
    """Return the gRPC target of each cluster.

    Raises: SystemExit, naming each variable that is not set.
    """
    missing = [address_variable(cluster) for cluster in clusters if not environ.get(address_variable(cluster))]
    if missing:
        raise SystemExit("\n".join(f"{name} is not set." for name in missing))
    return {cluster: environ[address_variable(cluster)] for cluster in clusters}
