"""Ask a process once whether it is ready."""

import asyncio
from asyncio.subprocess import DEVNULL

import aiohttp
import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from redis.asyncio import Redis as RedisClient
from redis.exceptions import RedisError

from deploy.local.machine import LOOPBACK
from deploy.local.process import Check, Ends, GrpcHealth, Http, Redis, Running, Succeeds, Tcp

ANSWER_WITHIN = 2.0  # seconds; what takes longer is asked again


async def is_ready(check: Check, age: float) -> bool:  # noqa: PLR0911 - one line a kind of check
    """Say whether a check holds now for a process that was started `age` seconds ago."""
    match check:
        case Tcp(port):
            return await accepts(port)
        case Http(url):
            return await answers(url)
        case GrpcHealth(port, service):
            return await serves(port, service)
        case Redis(url):
            return await pongs(url)
        case Succeeds(command):
            return await succeeds(command)
        case Running(seconds):
            return age >= seconds
        case Ends():
            return False


async def accepts(port: int) -> bool:
    """Say whether something accepts connections on a port."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


async def answers(url: str) -> bool:
    """Say whether an address answers, and not with an error."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return answer.ok
    except (aiohttp.ClientError, OSError):
        return False


async def serves(port: int, service: str) -> bool:
    """Say whether a gRPC server calls a service SERVING."""
    async with grpc.aio.insecure_channel(f"{LOOPBACK}:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        call = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=HealthCheckRequest.SerializeToString,
            response_deserializer=HealthCheckResponse.FromString,
        )
        try:
            answer = await call(HealthCheckRequest(service=service), timeout=ANSWER_WITHIN)
        except grpc.aio.AioRpcError:
            return False
    return answer.status == HealthCheckResponse.SERVING


async def pongs(url: str) -> bool:
    """Say whether a Redis server takes commands."""
    client = RedisClient.from_url(url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()


async def succeeds(command: tuple[str, ...]) -> bool:
    """Say whether a command ends with 0 in time."""
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await process.wait() == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
