"""Turn whatever ends a command into one sentence and an exit code."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

import grpc
import typer
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from grpc_status import rpc_status

from cli.text import clean

MAX_SENTENCE_CHARACTERS = 400
LONGEST_IN_SECONDS = 120
# What a person typed for a field of a request, so that a refusal names what they can change.
OPTIONS = {
    "ticker": "TICKER",
    "q": "Q",
    "count": "--count",
    "limit": "--limit",
    "days": "-d",
    "start_date": "--start",
    "end_date": "--end",
    "hide_planned": "-hp",
    "min_amount": "-min X",
    "max_amount": "-max X",
    "min_buys": "-min +X",
    "min_sells": "-min -X",
    "active": "-m",
    "email": "EMAIL",
    "password": "the password",
}


class ExitCode(IntEnum):
    """Say how a command ended. Printed in every help text."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNAVAILABLE = 4
    DENIED = 5
    INTERRUPTED = 130  # 128 + SIGINT, as shells say it
    PIPE_CLOSED = 141  # 128 + SIGPIPE


EXIT_CODES_HELP = """\b
Exit codes:
  0    all went well
  1    some of it failed
  2    the command line or a value in it is wrong
  3    not found
  4    unavailable, too slow, or asked too often
  5    denied
  130  interrupted
  141  the reader of the output went away
"""
EXIT_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.USAGE,
    grpc.StatusCode.OUT_OF_RANGE: ExitCode.USAGE,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.USAGE,
    grpc.StatusCode.NOT_FOUND: ExitCode.NOT_FOUND,
    grpc.StatusCode.UNAVAILABLE: ExitCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.UNAVAILABLE,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.DENIED,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.DENIED,
}
# What gRPC puts before the cause when no connection came about.
CONNECT_FAILURE = re.compile(r"^failed to connect to all addresses; last error: (?:UNKNOWN: )?(?:ipv[46]:\S+: )?")
REQUEST_ID_HEADER = "x-request-id"
RETRY_AFTER_HEADER = "retry-after"


class CommandError(Exception):
    """End a command, or one ticker of it, with a sentence.

    Shape: `reason` is the contract's, empty unless a service gave one.
    Unit: retry_after is seconds, absent unless the service said when to ask again.
    """

    def __init__(
        self,
        sentence: str,
        exit_code: ExitCode,
        *,
        reason: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = clean(sentence, MAX_SENTENCE_CHARACTERS)
        self.exit_code = exit_code
        self.reason = reason
        self.request_id = clean(request_id, 64)
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return the sentence with the request id, where the service gave one."""
        return f"{self.sentence} (request id {self.request_id})" if self.request_id else self.sentence


@dataclass(slots=True)
class Details:
    """Hold what a refusal says beyond its code and message."""

    reason: str = ""
    violations: tuple[tuple[str, str], ...] = ()
    request_id: str = ""
    retry_after: float | None = None


@contextmanager
def usage(option: str) -> Iterator[None]:
    """Refuse an option's value in the sentence of the ValueError that it raises."""
    try:
        yield
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint=option) from None


def of_call(call: grpc.Call, url: str) -> CommandError:
    """Return the error that a failed call is to its user."""
    details = details_of(call)
    exit_code = EXIT_CODES.get(call.code(), ExitCode.SOME_FAILED)
    return CommandError(
        sentence_of(call, details, url),
        exit_code,
        reason=details.reason,
        request_id=details.request_id,
        retry_after=details.retry_after,
    )


def details_of(call: grpc.Call) -> Details:
    """Read the google.rpc details and the headers of a failed call; what cannot be read is left out."""
    headers = {key: str(value) for key, value in (*(call.initial_metadata() or ()), *(call.trailing_metadata() or ()))}
    details = Details(request_id=headers.get(REQUEST_ID_HEADER, ""))
    if headers.get(RETRY_AFTER_HEADER, "").isdecimal():
        details.retry_after = float(headers[RETRY_AFTER_HEADER])
    try:
        status = rpc_status.from_call(call)
        for packed in status.details if status else ():
            read_detail(packed, details)
    except (DecodeError, ValueError):  # details that contradict the code, or are no messages
        return details
    return details


def read_detail(packed: object, details: Details) -> None:
    """Add one packed detail, where it is of a kind that people are told."""
    info, bad, retry, request = ErrorInfo(), BadRequest(), RetryInfo(), RequestInfo()
    if packed.Unpack(info):  # type: ignore[attr-defined] # the stubs of google.rpc do not type its repeated Any
        details.reason = info.reason
    elif packed.Unpack(bad):  # type: ignore[attr-defined]
        details.violations = tuple((fault.field, fault.description) for fault in bad.field_violations)
    elif packed.Unpack(retry):  # type: ignore[attr-defined]
        details.retry_after = retry.retry_delay.ToMilliseconds() / 1000
    elif packed.Unpack(request):  # type: ignore[attr-defined]
        details.request_id = request.request_id


def sentence_of(call: grpc.Call, details: Details, url: str) -> str:
    """Return what went wrong, in the service's words where it spoke, else in ours."""
    message = clean(call.details() or "")
    if details.violations:
        return "; ".join(f"{OPTIONS.get(field, field)}: {text}" for field, text in details.violations)
    if not details.reason:
        message = unspoken(call.code(), message, url, is_door=bool(details.request_id))
    if details.retry_after:
        message = f"{message.rstrip('.')}; ask again in {wait(details.retry_after)}"
    return message


def wait(seconds: float) -> str:
    """Say how long to wait, never too short: in seconds up to two minutes, in minutes beyond."""
    return f"{math.ceil(seconds)} s" if seconds <= LONGEST_IN_SECONDS else f"{math.ceil(seconds / 60)} min"


def unspoken(code: grpc.StatusCode, message: str, url: str, *, is_door: bool) -> str:
    """Return a sentence for a failure that no service of ours put into words; only the door gives a request id."""
    if code is grpc.StatusCode.UNAVAILABLE and is_door:
        return f"{url} is up, but the service behind it does not answer; try again in a moment."
    if code is grpc.StatusCode.UNAVAILABLE:
        cause = CONNECT_FAILURE.sub("", message)
        return f"{url} cannot be reached: {cause or 'no answer'}. Is it up, and is --url (SECTRACKER_URL) right?"
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"{url} did not answer in time; --timeout allows more."
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return f"{url} refuses the credentials: {message or 'no reason given'}"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return f"{url} does not know this call: is it SEC-Tracker, and of this version?"
    return f"{url} failed: {message or code.name}"


def worst(failures: list[CommandError], asked: int) -> ExitCode:
    """Return the exit code of a command that asked several things: their common one if all failed alike."""
    if not failures:
        return ExitCode.OK
    codes = {failure.exit_code for failure in failures}
    return codes.pop() if len(failures) == asked and len(codes) == 1 else ExitCode.SOME_FAILED
