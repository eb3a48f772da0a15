"""The small gRPC server beside Envoy: how the installation is, and what the public contract says."""

from collections.abc import Mapping

from pydantic import Field

from gateway.health import ASKED, HealthServicer, connect
from gateway.reflection import public_reflection
from gateway.settings import addresses
from services.chassis.config import ServiceSettings
from services.chassis.server import Server


class Settings(ServiceSettings):
    """Hold what the server is told by its environment; the addresses of the services beside it."""

    cache_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="CACHE_REDIS_URL")
    queue_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="QUEUE_REDIS_URL")


def server(settings: Settings, environ: Mapping[str, str]) -> Server:
    """Return the server, wired.

    Raises: SystemExit, naming each address that is not set.
    """
    targets = addresses(environ, list(ASKED))
    servicer = HealthServicer(targets, connect(settings.cache_redis_url), connect(settings.queue_redis_url))
    return Server(settings, {"sectracker.gateway.v1.HealthService": servicer}, reflection=public_reflection())
