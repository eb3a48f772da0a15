# ruff: noqa: N818 - an error is named for what is wrong
"""Name what watchlist refuses; `sectracker.watchlist.v1.ErrorReason` documents each reason with a sample."""

import grpc

from services.chassis.errors import ServiceError


class CompanyUnknown(ServiceError):
    """The SEC's ticker files do not name this ticker."""

    code, reason = grpc.StatusCode.NOT_FOUND, "COMPANY_UNKNOWN"
    sentence = "No company has the ticker {ticker}."


class ItemUnknown(ServiceError):
    """The caller does not watch this company."""

    code, reason = grpc.StatusCode.NOT_FOUND, "ITEM_UNKNOWN"
    sentence = "You do not watch {ticker}."


class WatchlistFull(ServiceError):
    """The caller watches as many companies as one may."""

    code, reason = grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCHLIST_FULL"
    sentence = "You watch {limit} companies, as many as one may; remove one first."
