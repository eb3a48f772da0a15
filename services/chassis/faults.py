"""Tell a dependency that does not answer from a mistake of ours, by the error of its library."""

from collections.abc import Sequence

import grpc
import psycopg
import redis
import sqlalchemy.exc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from services.chassis.credentials import NoServiceToken
from services.chassis.errors import (
    DeadlineExceeded,
    DependencyUnavailable,
    Internal,
    LoginEnded,
    ServiceError,
    TokenExpired,
)

# PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
QUERY_CANCELED = "57014"  # statement_timeout
TRY_AGAIN = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock_timeout

DATABASE_DOWN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,  # no connection became free
)
REDIS_DOWN = (redis.ConnectionError, redis.TimeoutError)


def refusal(error: Exception) -> ServiceError:
    """Return what the client is told about any error at all."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, grpc.RpcError):
        return of_rpc(error)
    if isinstance(error, REDIS_DOWN):
        return DependencyUnavailable("queue")
    code = sql_state(error)
    if code == QUERY_CANCELED:
        return DeadlineExceeded()
    if code in TRY_AGAIN or isinstance(error, DATABASE_DOWN):
        return DependencyUnavailable("database")
    return Internal()


def of_rpc(error: grpc.RpcError) -> ServiceError:
    """Return what an error of a service that we called means for our own caller."""
    if isinstance(error, NoServiceToken):
        return DependencyUnavailable("auth")
    if error.code() is grpc.StatusCode.UNAUTHENTICATED:
        return of_a_user(error)
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded()
    if error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}:
        return DependencyUnavailable("service")
    return Internal()


def of_a_user(error: grpc.RpcError) -> ServiceError:
    """Return what a service's refusal to know us means: our caller's login may have ended while we answered."""
    refused = {known.reason: known for known in (LoginEnded, TokenExpired)}.get(told(error).reason)
    return Internal() if refused is None else refused()


def told(error: grpc.RpcError) -> ErrorInfo:
    """Return the reason that a service gives for a refusal, and what it is about; empty where there is none."""
    status = rpc_status.from_call(error) if isinstance(error, grpc.Call) else None
    info = ErrorInfo()
    details: Sequence[AnyMessage] = status.details if status is not None else ()
    for detail in details:
        detail.Unpack(info)
    return info


def cause(error: Exception) -> str:
    """Return what a log says of an error without its traceback: of gRPC's page of debugging, the code and the words."""
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    return f"{type(error).__name__}: {error}"


def sql_state(error: Exception) -> str | None:
    """Return PostgreSQL's code of an error, from either driver, wrapped by SQLAlchemy or not."""
    cause = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    state: str | None = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state
