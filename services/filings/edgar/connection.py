"""Connect to Redis so that every command ends in time and can be given up."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

# What a command may raise when Redis is away, slow, full or restarting; the built-in TimeoutError is an OSError.
REDIS_ERRORS: Final = (RedisError, OSError)
_CONNECT_SECONDS: Final = 1.0
_COMMAND_SECONDS: Final = 1.0


def connect_redis(url: str) -> Redis:
    """Make a client that never repeats a command by itself; bound its commands with `in_time`.

    The client's own socket_timeout stays off: it stands on asyncio.wait_for, which in Python 3.11 swallows a
    cancellation that arrives in the moment when the command has just been sent. One in a few hundred was lost so.
    """
    client: Redis = Redis.from_url(
        url, socket_timeout=None, socket_connect_timeout=_CONNECT_SECONDS, retry=Retry(NoBackoff(), 0)
    )
    return client


def in_time() -> asyncio.Timeout:
    """Bound the commands in an `async with` block to a second; later, TimeoutError drops their connection."""
    return asyncio.timeout(_COMMAND_SECONDS)
