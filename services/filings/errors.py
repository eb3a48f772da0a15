# ruff: noqa: N818 - an error is named for what is wrong
"""Name what filings refuses; `sectracker.filings.v1.ErrorReason` documents each reason with a sample."""

import grpc

from services.chassis.errors import ServiceError


class CompanyUnknown(ServiceError):
    """The SEC's ticker files do not name this company."""

    code, reason = grpc.StatusCode.NOT_FOUND, "COMPANY_UNKNOWN"
    sentence = "The SEC's ticker files name no such company."
