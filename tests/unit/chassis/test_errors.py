"""Errors: a class and its keywords become a status with every detail that a client acts on."""

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from sectracker.api.v1.error_reason_pb2 import ErrorReason

from services.chassis import errors
from services.chassis.errors import DependencyUnavailable, InvalidField, ServiceError, Violation


class LineUnknown(ServiceError):  # noqa: N818 - named as a service names its own
    """A refusal as a service writes it."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "LINE_UNKNOWN"
    sentence = "Filing {accession_number} has no line {line}."


def test_keywords_fill_sentence_and_metadata() -> None:
    """The same keywords are read by people in the sentence and by programs in ErrorInfo."""
    status = LineUnknown(accession_number="0000320193-22-000061", line=9).to_status("request-1")
    info, request = ErrorInfo(), RequestInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(request)
    assert (status.code, status.message) == (5, "Filing 0000320193-22-000061 has no line 9.")
    assert (info.reason, info.domain) == ("LINE_UNKNOWN", "sectracker")
    assert dict(info.metadata) == {"accession_number": "0000320193-22-000061", "line": "9"}
    assert request.request_id == "request-1"


def test_every_violation_is_listed() -> None:
    """Several bad fields are told at once, each with its path."""
    status = InvalidField("count", "must be at most 100", Violation("days", "must not be negative")).to_status()
    bad = BadRequest()
    assert status.details[1].Unpack(bad)
    assert [(one.field, one.description) for one in bad.field_violations] == [
        ("count", "must be at most 100"),
        ("days", "must not be negative"),
    ]
    assert status.message == "count: must be at most 100; and 1 more."


def test_retry_delay_is_told() -> None:
    """An unavailable dependency says when to try again."""
    status = DependencyUnavailable("database", retry_after=1.5).to_status()
    retry = RetryInfo()
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == 1500


@pytest.mark.parametrize(
    ("dependency", "sentence"),
    [
        ("database", "The database is not available; try again."),
        ("queue", "The queue is not available; try again."),
        ("service", "The service is not available; try again."),
        ("filings", "The service filings is not available; try again."),
    ],
)
def test_every_dependency_makes_a_sentence(dependency: str, sentence: str) -> None:
    """A dependency is told by its kind, or as a service by its name; programs read the plain word."""
    error = DependencyUnavailable(dependency)
    assert (error.message, error.metadata) == (sentence, {"dependency": dependency})


def test_what_a_client_sent_cannot_overflow_the_trailers() -> None:
    """Long values and many violations are cut, so that the status still reaches its client."""
    many = [Violation("x" * 5000, "y" * 5000)] * 1000
    status = InvalidField("z" * 5000, "bad", *many).to_status()
    assert status.ByteSize() < 6_000
    assert LineUnknown(accession_number="{line}" * 100, line="{}").to_status().ByteSize() < 2_000


def test_reasons_are_those_of_the_contract() -> None:
    """Every class here gives a reason that error_reason.proto documents, and every reason has its class."""
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ServiceError)]
    given = {kind.reason for kind in classes if kind is not ServiceError}
    documented = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()}  # noqa: SIM118 - an enum is no dict
    assert given == documented - {"UNSPECIFIED"}
