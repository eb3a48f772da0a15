"""The small gRPC server beside Envoy: how the installation is, and what the public contract says."""

from collections.abc import Mapping

from pydantic import Field

from gateway.health import ASKED, HealthServicer, connect
from gateway.reflection import public_reflection
from gateway.settings import addresses
from services.chassis.config import IdentitySettings, ServiceSettings
from services.chassis.house import House
from services.chassis.server import Server


class Settings(ServiceSettings, IdentitySettings, env_prefix="GATEWAY_"):
    """Hold what the server is told by its environment; the addresses of the services beside it."""

    cache_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="CACHE_REDIS_URL")
    queue_redis_url: str = Field(repr=False, pattern=r"^rediss?://|^unix://", validation_alias="QUEUE_REDIS_URL")


def server(settings: Settings, environ: Mapping[str, str]) -> Server:
    """Return the server, wired.

    Raises: SystemExit, naming each address that is not set.
    """
    targets = addresses(environ, list(ASKED))
    house = House.of(settings, "gateway")
    servicer = HealthServicer(targets, house, connect(settings.cache_redis_url), connect(settings.queue_redis_url))
    services = {"sectracker.gateway.v1.HealthService": servicer}
    return Server(settings, services, house, public_reflection())
