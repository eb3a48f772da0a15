"""Say how the installation is: ask every part at the same moment, and wait for nobody longer than a moment.

A service is asked for its health, which says whether its processes serve; filings and form4 also for one small read,
which says whether the database answers them. Anybody may make filings' read, so that there is a word on the database
without auth too: form4 may not be asked then, and what could not be asked says nothing. What the SEC is like was noted
by the last real request; nobody asks it for this.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import grpc
from google.protobuf.message import Message
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sectracker.filings.v1.company_service_pb2 import CompanyServiceGetRequest
from sectracker.filings.v1.company_service_pb2_grpc import CompanyServiceStub
from sectracker.form4.v1.ownership_service_pb2 import ListTransactionsByIssuersRequest
from sectracker.form4.v1.ownership_service_pb2_grpc import OwnershipServiceStub
from sectracker.gateway.v1 import health_service_pb2_grpc
from sectracker.gateway.v1.health_service_pb2 import CheckRequest, CheckResponse, Part, SecApi

from gateway.upstreams import Upstream
from services.chassis import faults
from services.chassis.credentials import NoServiceToken
from services.chassis.errors import DependencyUnavailable
from services.chassis.house import House
from services.chassis.metrics import product_version

PATIENCE_SECONDS = 0.7
REDIS_SECONDS = 0.3
# Nothing is tried twice here, and a service that is back is seen soon: gRPC would wait up to two minutes.
OPTIONS = (
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)
# Written by filings' EDGAR client into the queue's Redis: state, at, outcome, until.
LAST_SEC_REQUEST = "sectracker:edgar:last"

NO_ANSWER = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
# Refused before the database was asked.
NOT_LET_IN = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}
CONNECTED, DISCONNECTED = Part.State.connected, Part.State.disconnected
Ask = Callable[[grpc.Channel, grpc.Channel], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A service that is asked: the public name that its health is kept under, and a read that needs the database.

    Shape: `read` gets two channels, one on which nobody is named and one on which we say who we are.
    """

    service: str
    read: Ask | None = None


def ask(call: Any, request: Message) -> Any:
    """Send a question, and wait for no answer."""
    return call.future(request, timeout=PATIENCE_SECONDS)


# They find nothing, but the database has to be asked.
NO_COMPANY, NO_TICKER = "0000000001", "NO-SUCH-ONE"
# Reads of other RPCs are kept; these are made anew each time: form4's has no kept answer, and no refusal is kept.
ASKED = {
    "auth": Asked("sectracker.auth.v1.AuthService"),
    "filings": Asked(
        "sectracker.filings.v1.CompanyService",
        lambda anybody, _: ask(CompanyServiceStub(anybody).Get, CompanyServiceGetRequest(ticker=NO_TICKER)),
    ),
    "form4": Asked(
        "sectracker.form4.v1.Form4Service",
        lambda _, ours: ask(
            OwnershipServiceStub(ours).ListTransactionsByIssuers,
            ListTransactionsByIssuersRequest(ciks=[NO_COMPANY], limit=1),
        ),
    ),
    "watchlist": Asked("sectracker.watchlist.v1.WatchlistService"),
}
# Who answers what anybody may read.
READ = ("filings", "form4")


class Service:
    """One service of the installation: each of its processes by itself, so that one that hangs hides no other."""

    def __init__(self, asked: Asked, target: str, house: House) -> None:
        self.asked = asked
        self.channels = [grpc.insecure_channel(one, OPTIONS) for one in Upstream.parse(target).targets()]
        self.house_channels = [house.identified(channel) for channel in self.channels]

    def ask(self) -> "Answers":
        """Send all questions, and wait for none."""
        request = HealthCheckRequest(service=self.asked.service)
        checks = [HealthStub(channel).Check for channel in self.channels]  # type: ignore[attr-defined] # its stub is bare
        read = self.asked.read
        return Answers(
            health=[ask(check, request) for check in checks],
            reads=[read(*both) for both in zip(self.channels, self.house_channels, strict=True)] if read else [],
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What the processes of one service will have said within a moment."""

    health: list[Any]
    reads: list[Any]

    def is_serving(self) -> bool:
        """Say whether any process serves."""
        return any(says_serving(outcome(future)) for future in self.health)

    def has_read(self) -> bool | None:
        """Say whether the database answered any process; nothing where none could be asked."""
        told = {says_database(outcome(future)) for future in self.reads} - {None}
        return True in told if told else None


def says_serving(answer: object) -> bool:
    """Say whether an answer to a health check is SERVING."""
    return isinstance(answer, HealthCheckResponse) and answer.status == HealthCheckResponse.SERVING


def says_database(answer: object) -> bool | None:
    """Say whether the database answered a read; other errors than silence are not its fault.

    Shape: nothing where it was not asked: auth, which says who we are, is away, or the service does not let us in.
    """
    if not isinstance(answer, grpc.RpcError):
        return True
    if isinstance(answer, NoServiceToken) or answer.code() in NOT_LET_IN or waits_for_auth(answer):
        return None
    return answer.code() not in NO_ANSWER


def waits_for_auth(error: grpc.RpcError) -> bool:
    """Say whether a service refused a call because it has not learned from auth yet whom to let in."""
    refused = faults.told(error)
    dependency: str = refused.metadata["dependency"]
    return refused.reason == DependencyUnavailable.reason and dependency == "auth"


class HealthServicer(health_service_pb2_grpc.HealthServiceServicer):
    """Answer `HealthService/Check`; the chassis keeps the answer for a second and makes it once at a time."""

    def __init__(self, targets: Mapping[str, str], house: House, cache: Redis, queue: Redis) -> None:
        self.services = {name: Service(asked, targets[name], house) for name, asked in ASKED.items()}
        self.cache = cache
        self.queue = queue

    def Check(self, request: CheckRequest, context: grpc.ServicerContext) -> CheckResponse:  # noqa: N802, ARG002
        """Ask every part and sum up."""
        asked = {name: service.ask() for name, service in self.services.items()}
        cache, last = ping(self.cache), last_sec_request(self.queue)
        serving = {name: answers.is_serving() for name, answers in asked.items()}
        told = {answers.has_read() for name, answers in asked.items() if serving[name]} - {None}
        response = CheckResponse(
            version=product_version(),
            database=state(told == {True}),
            cache=state(cache and last is not None),
            sec_api=sec_state(last or {}, datetime.now(UTC)),
            services={name: state(is_serving) for name, is_serving in serving.items()},
        )
        response.status = summary(response)
        return response


def outcome(future: Any) -> object:
    """Return what a call answered, or its error."""
    error = future.exception()
    return future.result() if error is None else error


def state(is_connected: bool) -> Part.State.ValueType:
    """Say whether a part answers, in the contract's words."""
    return CONNECTED if is_connected else DISCONNECTED


def summary(response: CheckResponse) -> CheckResponse.Status.ValueType:
    """Say the whole in one word: what anybody may read, or something else, does not work."""
    if DISCONNECTED in (response.database, *(response.services[name] for name in READ if name in response.services)):
        return CheckResponse.Status.unhealthy
    others = (response.cache, *response.services.values())
    if DISCONNECTED in others or response.sec_api == SecApi.State.throttled:
        return CheckResponse.Status.degraded
    return CheckResponse.Status.healthy


def sec_state(last: Mapping[str, str], now: datetime) -> SecApi.State.ValueType:
    """Say what the last request to the SEC saw; a pause that is over says nothing any more."""
    if last.get("state") == "throttled":
        until = last.get("until") or ""
        try:
            return SecApi.State.throttled if datetime.fromisoformat(until) > now else SecApi.State.unknown
        except (ValueError, TypeError):
            return SecApi.State.unknown
    return SecApi.State.reachable if last.get("state") == "reachable" else SecApi.State.unknown


def ping(redis: Redis) -> bool:
    """Say whether Redis answers."""
    try:
        return bool(redis.ping())
    except (RedisError, OSError):
        return False


def last_sec_request(redis: Redis) -> dict[str, str] | None:
    """Return what the last request to the SEC saw, empty when it was long ago; None when Redis does not answer."""
    try:
        return cast("dict[str, str]", redis.hgetall(LAST_SEC_REQUEST))
    except (RedisError, OSError):
        return None


def connect(url: str) -> Redis:
    """Return a connection to Redis that gives up soon."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
