# ruff: noqa: N818 - an error is named for what is wrong, as TickerUnknown; "Error" would say nothing more
"""Raise refusals: a class says the status code and the reason, its instance says what was wrong.

    ServiceError
    ├── InvalidField            INVALID_ARGUMENT    FIELD_INVALID
    ├── FieldNotSupported       INVALID_ARGUMENT    FIELD_NOT_SUPPORTED
    ├── MalformedMessage        INVALID_ARGUMENT    MESSAGE_MALFORMED
    │   └── TooLarge
    ├── InvalidPageToken        INVALID_ARGUMENT    PAGE_TOKEN_INVALID
    ├── CredentialsMissing      UNAUTHENTICATED     CREDENTIALS_MISSING
    ├── TokenExpired            UNAUTHENTICATED     TOKEN_EXPIRED
    ├── TokenInvalid            UNAUTHENTICATED     TOKEN_INVALID
    ├── LoginEnded              UNAUTHENTICATED     LOGIN_ENDED
    ├── AccessDenied            PERMISSION_DENIED   ACCESS_DENIED
    ├── RateLimited             RESOURCE_EXHAUSTED  RATE_LIMITED
    ├── DeadlineExceeded        DEADLINE_EXCEEDED   DEADLINE_EXCEEDED
    ├── DependencyUnavailable   UNAVAILABLE         DEPENDENCY_UNAVAILABLE
    └── Internal                INTERNAL            INTERNAL

The reasons are documented in sectracker/api/v1/error_reason.proto; those of one service in its own.
"""

from collections.abc import Sequence
from math import ceil
from typing import ClassVar, NamedTuple

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

DOMAIN = "sectracker"
# What the chassis itself calls a dependency (`faults`); any other is a service, by its name.
KINDS_OF_DEPENDENCY = {"database", "queue", "service"}
# A status travels in HTTP/2 trailers, which peers limit to 8 or 16 KiB: what a client sent is quoted, but not in full.
MAX_VALUE_CHARACTERS = 200
MAX_VIOLATIONS = 10

Headers = tuple[tuple[str, str], ...]


class Violation(NamedTuple):
    """Name a field by its dotted path and say what is wrong with it."""

    field: str
    description: str


class ServiceError(Exception):
    """Refuse a call.

    Shape: a subclass sets `code`, `reason` and `sentence`; keywords fill the sentence and become ErrorInfo.metadata;
    headers go before the answer, as the call's initial metadata.
    Unit: retry_after is seconds.
    """

    code: ClassVar[grpc.StatusCode]
    reason: ClassVar[str]
    sentence: ClassVar[str]
    headers: Headers = ()

    def __init__(
        self, *, violations: Sequence[Violation] = (), retry_after: float | None = None, **metadata: object
    ) -> None:
        self.metadata = {name: clip(str(value)) for name, value in metadata.items()}
        self.message = self.sentence.format_map(self.metadata)
        self.violations = [Violation(clip(field), clip(text)) for field, text in violations[:MAX_VIOLATIONS]]
        self.retry_after = retry_after
        super().__init__(self.message)

    def to_status(self, request_id: str = "") -> Status:
        """Return what crosses the wire: code, sentence and the details that clients act on."""
        details: list[Message] = [ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata)]
        if self.violations:
            fields = [BadRequest.FieldViolation(field=field, description=text) for field, text in self.violations]
            details.append(BadRequest(field_violations=fields))
        if self.retry_after is not None:
            retry = RetryInfo()
            retry.retry_delay.FromMilliseconds(round(self.retry_after * 1000))
            details.append(retry)
        if request_id:
            details.append(RequestInfo(request_id=request_id))
        return Status(code=self.code.value[0], message=self.message, details=[pack(detail) for detail in details])


class InvalidField(ServiceError):
    """Refuse a field that is malformed, missing or outside its range; further ones may follow."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "FIELD_INVALID"
    sentence = "{field}: {description}"

    def __init__(self, field: str, description: str, *others: Violation) -> None:
        violations = (Violation(field, description), *others)
        super().__init__(violations=violations, field=field, description=description)
        del self.metadata["description"]  # a violation holds it
        self.message = f"{self.message}." if not others else f"{self.message}; and {len(others)} more."


class FieldNotSupported(ServiceError):
    """Refuse a field that the contract has and this version does not serve yet."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "FIELD_NOT_SUPPORTED"
    sentence = "{field} is not supported yet; leave it out."

    def __init__(self, field: str) -> None:
        super().__init__(violations=[Violation(field, "is not supported yet")], field=field)


class MalformedMessage(ServiceError):
    """Refuse bytes that are no message of the RPC's request type, or too many."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "MESSAGE_MALFORMED"
    sentence = "The request is not a valid message of its type."


class TooLarge(MalformedMessage):
    """Refuse a question that is as large as a document."""

    sentence = "The request is larger than {limit_bytes} bytes."


class InvalidPageToken(ServiceError):
    """Refuse a page token that was not made by this service for this request."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "PAGE_TOKEN_INVALID"
    sentence = "{field} was not issued for this request; start again without it."

    def __init__(self) -> None:
        violation = Violation("page_token", "was not issued for this request")
        super().__init__(violations=[violation], field="page_token")


class CredentialsMissing(ServiceError):
    """Refuse a caller who is not known and has to be."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "CREDENTIALS_MISSING"
    sentence = "This call needs valid credentials."


class TokenExpired(ServiceError):
    """Refuse a token that was good once."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "TOKEN_EXPIRED"
    sentence = "The access token has expired; trade the refresh token for a new pair."


class TokenInvalid(ServiceError):
    """Refuse what is no token of this installation for this use; why is not said."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "TOKEN_INVALID"
    sentence = "The access token is not valid here; log in again."


class LoginEnded(ServiceError):
    """Refuse a token whose login has ended before it."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "LOGIN_ENDED"
    sentence = "This login has ended; log in again."


class AccessDenied(ServiceError):
    """Refuse a caller who is known and may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED
    reason = "ACCESS_DENIED"
    sentence = "You may not do this."


class RateLimited(ServiceError):
    """Refuse a call that is one more than a limit allows; "calls" is everybody's, the others have names.

    Shape: headers tell of the window that refused, and when to come back.
    """

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"
    sentence = 'That is more than the limit "{limit}" allows; try again later.'

    def __init__(self, limit: str, retry_after: float, headers: Headers = ()) -> None:
        super().__init__(retry_after=retry_after, limit=limit)
        self.headers = (*headers, ("retry-after", str(max(ceil(retry_after), 1))))


class DeadlineExceeded(ServiceError):
    """Give up: the caller's deadline, or our own limit on a statement, ended before the answer was there."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"
    sentence = "The answer was not ready in time."


class DependencyUnavailable(ServiceError):
    """Give up: a database, queue or service did not answer; the call may be tried again."""

    code = grpc.StatusCode.UNAVAILABLE
    reason = "DEPENDENCY_UNAVAILABLE"
    sentence = "The {named} is not available; try again."

    def __init__(self, dependency: str, retry_after: float = 1.0) -> None:
        named = dependency if dependency in KINDS_OF_DEPENDENCY else f"service {dependency}"
        super().__init__(retry_after=retry_after, dependency=dependency, named=named)
        del self.metadata["named"]  # the dependency is told as it is


class Internal(ServiceError):
    """Say no more than that it was our fault; the request id leads to the traceback in the log."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"
    sentence = "Something went wrong on our side."


def clip(text: str) -> str:
    """Return the text, cut to what fits in a trailer."""
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def pack(message: Message) -> AnyMessage:
    """Wrap a message with its type's name."""
    wrapped = AnyMessage()
    wrapped.Pack(message)
    return wrapped
