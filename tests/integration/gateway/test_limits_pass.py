"""What services say of limits and of credentials reaches the client as they said it, once."""

from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import RESOURCE_EXHAUSTED, UNAUTHENTICATED
from google.rpc.error_details_pb2 import ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tests.e2e.gateway.doors import Door
from tests.integration.gateway.behind import LIST, WATCHLIST, Answer, Behind, bearer

COUNTS = (("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "12"))


def refusing(code: int, reason: str, delay: Duration | None = None, *headers: tuple[str, str]) -> Answer:
    """Return what refuses a call as the chassis does."""
    details = [ErrorInfo(reason=reason, domain="sectracker"), RequestInfo(request_id="1")]
    told = [AnyMessage() for _ in details]
    for packed, detail in zip(told, details, strict=True):
        packed.Pack(detail)
    if delay is not None:
        told.append(AnyMessage())
        told[-1].Pack(RetryInfo(retry_delay=delay))
    status = Status(code=code, message="No.", details=told).SerializeToString()
    codes = {one.value[0]: one for one in grpc.StatusCode}

    def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
        """Refuse."""
        context.send_initial_metadata(headers)
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(codes[code], "No.")

    return answer


@pytest.mark.parametrize(
    ("milliseconds", "said", "seconds"),
    [(250, None, "1"), (1000, None, "1"), (1001, None, "2"), (11_500, "12", "12"), (0, None, "1")],
)
def test_a_limit_is_told_once(door: Door, behind: Behind, milliseconds: int, said: str | None, seconds: str) -> None:
    """The counts are there as the service sent them, and Retry-After is rounded up."""
    delay = Duration()
    delay.FromMilliseconds(milliseconds)
    headers = COUNTS if said is None else (*COUNTS, ("retry-after", said))
    behind.answers[LIST] = refusing(RESOURCE_EXHAUSTED, "RATE_LIMITED", delay, *headers)
    try:
        answer = door.get(WATCHLIST, authorization=bearer(behind.token()), origin="https://app.example.com")
    finally:
        del behind.answers[LIST]
    assert answer.status_code == 429
    assert [(name, answer.headers.get_list(name)) for name, _ in COUNTS] == [(name, [text]) for name, text in COUNTS]
    assert answer.headers.get_list("retry-after") == [seconds]
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert exposed >= {"retry-after", "www-authenticate", *(name for name, _ in COUNTS)}


def test_counts_of_good_answers_arrive(door: Door, behind: Behind) -> None:
    """An answer within the limits has the counts, over REST and over gRPC."""

    def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer with counts."""
        context.send_initial_metadata(COUNTS)
        return b""

    behind.answers[LIST] = answer
    credentials = bearer(behind.token())
    try:
        rest = door.get(WATCHLIST, authorization=credentials)
        with door.channel() as channel:
            rpc: Any = channel.unary_unary(LIST)
            _, call = rpc.with_call(b"", metadata=(("authorization", credentials),), timeout=5)
    finally:
        del behind.answers[LIST]
    assert set(COUNTS) <= set(rest.headers.items())
    assert set(COUNTS) <= {(key, value) for key, value in call.initial_metadata()}


def test_a_services_refusal_says_what_is_wanted(door: Door, behind: Behind) -> None:
    """A 401 of a service, which looks again, has WWW-Authenticate as well."""
    behind.answers[LIST] = refusing(UNAUTHENTICATED, "LOGIN_ENDED")
    try:
        answer = door.get(WATCHLIST, authorization=bearer(behind.token()))
    finally:
        del behind.answers[LIST]
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ["Bearer"]
    assert answer.json()["details"][0]["reason"] == "LOGIN_ENDED"
