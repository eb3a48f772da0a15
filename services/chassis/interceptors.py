"""Do what every call needs, in one interceptor, because each one costs some 25 µs.

Request id, one log line, metrics, and errors as a google.rpc.Status with its details.
"""

from __future__ import annotations  # grpc.RpcMethodHandler is generic in its stubs only

from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from time import monotonic, perf_counter
from typing import Any, NoReturn

import grpc
from grpc_interceptor import ServerInterceptor
from grpc_status import rpc_status
from prometheus_client import Counter, Histogram

from services.chassis import faults
from services.chassis.call import CURRENT, Call, request_id
from services.chassis.errors import ServiceError
from services.chassis.identity import ANONYMOUS, once
from services.chassis.logs import get_logger, log_call
from services.chassis.metrics import CALL_SECONDS, CALLS

# Health and reflection answer for the process, not for a service: probes twice a second would drown the log, and
# a wrapped health Watch would hold a thread for as long as somebody watches.
PLUMBING = "/grpc."

OURS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
DEPENDENCIES = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}

ARRIVED: ContextVar[float] = ContextVar("arrived", default=0.0)
Method = Callable[[Any, grpc.ServicerContext], Any]

log = get_logger(__name__)


class Calls(ServerInterceptor):
    """Stand around every call."""

    def __init__(self) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return a method's handler, wrapped once and kept: wrapping it for every call costs 10 µs."""
        method = handler_call_details.method
        handler = self._handlers.get(method)
        if handler is None:
            if method.startswith(PLUMBING):
                return continuation(handler_call_details)
            handler = super().intercept_service(continuation, handler_call_details)  # type: ignore[no-untyped-call]
            if handler is None:  # no such method: a stranger's words are not kept
                return None
            self._handlers[method] = handler
        ARRIVED.set(perf_counter())
        return handler

    def intercept(
        self, method: Method, request_or_iterator: Any, context: grpc.ServicerContext, method_name: str
    ) -> Any:
        """Answer one call; a stream of responses is finished when its last one is taken."""
        metadata = once(context.invocation_metadata())
        call = Call(method_name, request_id(metadata), ANONYMOUS, monotonic() + context.time_remaining(), metadata)
        CURRENT.set(call)  # gRPC gives each call its own contextvars, so nothing has to be reset
        try:
            response = method(request_or_iterator, context)
        except Exception as error:  # noqa: BLE001 - whatever it is, its client gets a status and its log a line
            refuse(call, context, error)
        if isinstance(response, bytes):
            announce(call, context)
            finish(call, grpc.StatusCode.OK)
            return response
        return stream(call, context, response)


def stream(call: Call, context: grpc.ServicerContext, responses: Iterator[bytes]) -> Iterator[bytes]:
    """Pass responses on; the call ends with the last one, with an error, or when its client goes away."""
    try:
        for response in responses:
            announce(call, context)
            yield response
    except GeneratorExit:
        finish(call, grpc.StatusCode.CANCELLED)
        raise
    except Exception as error:  # noqa: BLE001 - as in `intercept`
        refuse(call, context, error)
    finish(call, grpc.StatusCode.OK)


def announce(call: Call, context: grpc.ServicerContext) -> None:
    """Send the headers that have not been sent yet, as late as can be, because a refusal may add to them."""
    if call.headers:
        with suppress(grpc.RpcError):  # the client has left
            context.send_initial_metadata(call.headers)
        call.headers = ()


def refuse(call: Call, context: grpc.ServicerContext, error: Exception) -> NoReturn:
    """End a call with the status that its error means; what `context.abort` raised has its status already."""
    aborted: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined] # the stubs lack it
    if aborted is not None:
        finish(call, aborted, error=error)
        raise error
    told = faults.refusal(error)
    call.headers = tuple((dict(call.headers) | dict(told.headers)).items())  # a refusal's own are the true ones
    announce(call, context)
    finish(call, told.code, told, error)
    context.abort_with_status(rpc_status.to_status(told.to_status(call.request_id)))


def finish(call: Call, code: grpc.StatusCode, told: ServiceError | None = None, error: Exception | None = None) -> None:
    """Count a call and log its line, on the level that says whose fault it was."""
    seconds = perf_counter() - ARRIVED.get()
    counter(call.method, code).inc()
    clock(call.method).observe(seconds)
    line: dict[str, Any] = {
        "method": call.method,
        "code": code.name,
        "ms": round(seconds * 1000, 3),
        "caller": call.caller.name or call.caller.user_id or call.caller.kind,
        "request_id": call.request_id,
    }
    if call.caller.name and call.caller.user_id:
        line["user"] = call.caller.user_id
    if told is not None:
        line["reason"] = told.reason
    if code in OURS:
        log.error("call", exc_info=error, **line)
    elif code in DEPENDENCIES:
        log.warning("call", cause=f"{type(error).__name__}: {error}", **line)
    else:
        log_call(line)


@cache
def counter(method: str, code: grpc.StatusCode) -> Counter:
    """Return the counter of a method and a code; finding it by its labels takes ten times as long as counting."""
    return CALLS.labels(method, code.name)


@cache
def clock(method: str) -> Histogram:
    """Return the histogram of a method's time."""
    return CALL_SECONDS.labels(method)
