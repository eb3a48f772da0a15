# ruff: noqa: N818 - an error is named for what is wrong
"""Name what form4 refuses; `sectracker.form4.v1.ErrorReason` documents each reason with a sample."""

import grpc

from services.chassis.errors import ServiceError


class TickerUnknown(ServiceError):
    """The SEC's ticker files do not name this ticker."""

    code, reason = grpc.StatusCode.NOT_FOUND, "TICKER_UNKNOWN"
    sentence = "No company has the ticker {ticker}."


class DocumentUnreadable(ServiceError):
    """No ownership document can be read from the bytes."""

    code, reason = grpc.StatusCode.INVALID_ARGUMENT, "DOCUMENT_UNREADABLE"
    sentence = "The document of {accession_number} is no readable ownership document: {cause}."
