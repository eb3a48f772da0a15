"""How parts are summed up in one word, and what the last request to the SEC tells."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import grpc
import pytest
from grpc_status import rpc_status
from sectracker.gateway.v1.health_service_pb2 import CheckResponse, Part, SecApi

from gateway.health import Answers, says_database, sec_state, summary
from services.chassis.credentials import NoServiceToken
from services.chassis.errors import DependencyUnavailable, ServiceError, TokenInvalid

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class NotFound(ServiceError):  # noqa: N818 - named as the services name theirs
    """There is no such company."""

    code, reason, sentence = grpc.StatusCode.NOT_FOUND, "COMPANY_UNKNOWN", "No company."


@grpc.Call.register
class Refusal(grpc.RpcError):
    """A call that a service refused, as its stub raises it."""

    def __init__(self, error: ServiceError) -> None:
        self._status = rpc_status.to_status(error.to_status())

    def code(self) -> grpc.StatusCode:
        """Return the code."""
        return self._status.code

    def details(self) -> str:
        """Return the sentence."""
        return self._status.details

    def trailing_metadata(self) -> Any:
        """Return what follows the answer: the reason."""
        return self._status.trailing_metadata


class Silence(grpc.RpcError):
    """A call that nobody answered."""

    def code(self) -> grpc.StatusCode:
        """Return what it ended with."""
        return grpc.StatusCode.DEADLINE_EXCEEDED


class Done(NamedTuple):
    """A call that has ended."""

    answer: object

    def exception(self) -> object:
        """Return its error."""
        return self.answer if isinstance(self.answer, Exception) else None

    def result(self) -> object:
        """Return what was answered."""
        return self.answer


UP, DOWN = Part.State.connected, Part.State.disconnected


@pytest.mark.parametrize(
    ("database", "cache", "sec_api", "form4", "status"),
    [
        (UP, UP, "reachable", UP, "healthy"),
        (UP, UP, "unknown", UP, "healthy"),
        (UP, UP, "throttled", UP, "degraded"),
        (UP, DOWN, "reachable", UP, "degraded"),
        (DOWN, UP, "reachable", UP, "unhealthy"),
        (UP, UP, "reachable", DOWN, "unhealthy"),
        (DOWN, DOWN, "throttled", DOWN, "unhealthy"),
    ],
)
def test_summary(
    database: Part.State.ValueType,
    cache: Part.State.ValueType,
    sec_api: str,
    form4: Part.State.ValueType,
    status: str,
) -> None:
    """Unhealthy means that reads do not work, degraded that something else does not."""
    response = CheckResponse(
        database=database,
        cache=cache,
        sec_api=SecApi.State.Value(sec_api),
        services={"filings": UP, "form4": form4},
    )
    assert summary(response) == CheckResponse.Status.Value(status)


@pytest.mark.parametrize("name", ["auth", "watchlist"])
def test_public_reads_do_not_need_accounts(name: str) -> None:
    """Without what users alone have, the whole is degraded."""
    services = {"auth": UP, "filings": UP, "form4": UP, "watchlist": UP, name: DOWN}
    response = CheckResponse(database=UP, cache=UP, services=services)
    assert summary(response) == CheckResponse.Status.degraded


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ({}, "unknown"),
        ({"state": "reachable"}, "reachable"),
        ({"state": "unknown"}, "unknown"),
        ({"state": "something new"}, "unknown"),
        ({"state": "throttled", "until": (NOW + timedelta(seconds=1)).isoformat()}, "throttled"),
        ({"state": "throttled", "until": NOW.isoformat()}, "unknown"),
        ({"state": "throttled", "until": ""}, "unknown"),
        ({"state": "throttled", "until": "2026-01-02T03:04:06"}, "unknown"),
        ({"state": "throttled"}, "unknown"),
    ],
)
def test_sec_state(last: dict[str, str], state: str) -> None:
    """A pause counts while it lasts; a note that cannot be read is no news."""
    assert sec_state(last, NOW) == SecApi.State.Value(state)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (CheckResponse(), True),
        (Refusal(NotFound()), True),
        (Refusal(DependencyUnavailable("database")), False),
        (Silence(), False),
        (NoServiceToken(), None),
        (Refusal(DependencyUnavailable("auth")), None),
        (Refusal(TokenInvalid()), None),
    ],
)
def test_what_could_not_be_asked_says_nothing(answer: object, *, said: bool | None) -> None:
    """Without auth we may not ask, or are not let in, so nothing is known of the database; silence is an answer."""
    assert says_database(answer) is said


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([], None),
        ([NoServiceToken(), NoServiceToken()], None),
        ([NoServiceToken(), CheckResponse()], True),
        ([Silence(), CheckResponse()], True),
        ([Silence(), NoServiceToken()], False),
    ],
)
def test_processes_speak_for_each_other(answers: list[object], *, said: bool | None) -> None:
    """One process that has read is enough; those that could not be asked do not count."""
    assert Answers([], [Done(answer) for answer in answers]).has_read() is said
