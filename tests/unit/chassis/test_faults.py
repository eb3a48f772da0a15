"""Faults: what a client is told when a library raises."""

import grpc
import psycopg
import psycopg2.errors
import pytest
import redis
import sqlalchemy.exc

from services.chassis import faults
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable, InvalidPageToken


class Rpc(grpc.RpcError):
    """An error as another service's stub raises it."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        """Return the status code."""
        return self._code


def wrapped(cause: BaseException, kind: type[sqlalchemy.exc.DBAPIError] = sqlalchemy.exc.OperationalError) -> Exception:
    """Return a driver's error as SQLAlchemy raises it."""
    return kind("SELECT 1", {}, cause)


@pytest.mark.parametrize(
    ("error", "reason", "dependency"),
    [
        (psycopg.OperationalError("the connection is lost"), "DEPENDENCY_UNAVAILABLE", "database"),
        (psycopg.errors.AdminShutdown(), "DEPENDENCY_UNAVAILABLE", "database"),
        (psycopg.errors.QueryCanceled(), "DEADLINE_EXCEEDED", None),
        (wrapped(psycopg.errors.QueryCanceled()), "DEADLINE_EXCEEDED", None),
        (wrapped(psycopg.errors.DeadlockDetected()), "DEPENDENCY_UNAVAILABLE", "database"),
        (wrapped(psycopg2.OperationalError("server closed")), "DEPENDENCY_UNAVAILABLE", "database"),
        (wrapped(psycopg.errors.SerializationFailure()), "DEPENDENCY_UNAVAILABLE", "database"),
        (sqlalchemy.exc.TimeoutError(), "DEPENDENCY_UNAVAILABLE", "database"),
        (wrapped(psycopg.errors.UniqueViolation(), sqlalchemy.exc.IntegrityError), "INTERNAL", None),
        (wrapped(psycopg.errors.ReadOnlySqlTransaction(), sqlalchemy.exc.InternalError), "INTERNAL", None),
        (redis.ConnectionError(), "DEPENDENCY_UNAVAILABLE", "queue"),
        (Rpc(grpc.StatusCode.UNAVAILABLE), "DEPENDENCY_UNAVAILABLE", "service"),
        (Rpc(grpc.StatusCode.DEADLINE_EXCEEDED), "DEADLINE_EXCEEDED", None),
        (Rpc(grpc.StatusCode.NOT_FOUND), "INTERNAL", None),
        (KeyError("secret"), "INTERNAL", None),
    ],
)
def test_a_dependency_that_is_away_is_no_mistake_of_ours(error: Exception, reason: str, dependency: str | None) -> None:
    """What may work the next time is UNAVAILABLE and names the dependency; the rest says nothing of its cause."""
    told = faults.refusal(error)
    assert told.reason == reason
    assert told.metadata.get("dependency") == dependency
    assert "secret" not in told.message


def test_refusals_are_told_as_they_are() -> None:
    """An error that is a refusal already stays the same object."""
    refusal = InvalidPageToken()
    assert faults.refusal(refusal) is refusal


def test_waiting_is_worth_it_when_a_dependency_is_away() -> None:
    """An unavailable dependency comes with a time to try again, an ended deadline without one."""
    assert isinstance(faults.refusal(redis.TimeoutError()), DependencyUnavailable)
    assert faults.refusal(redis.TimeoutError()).retry_after == 1.0
    assert DeadlineExceeded().retry_after is None
