"""Read the dates of a request: days, moments, and windows of calendar days, Eastern, both ends inclusive."""

import datetime as dt
from typing import Literal, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest
from sectracker.form4.v1.ownership_service_pb2 import ListTransactionsByIssuersRequest

from services.chassis.errors import InvalidField
from services.eastern import read_day, refuse_backwards, today

Dated = GetCompanyActivityRequest | GetMarketActivityRequest | ListTransactionsByIssuersRequest


class Window(NamedTuple):
    """Bound a read by dates; None is no bound."""

    start: dt.date | None
    end: dt.date | None


def window(request: Dated, default_days: int | None) -> Window:
    """Return the window that a request asks for.

    Shape: `start_date` and `end_date` override `days`; `default_days` stands in where the request names neither.
    Raises: InvalidField for a day that no calendar has, or an end before its start.
    """
    start = read_date(request, "start_date")
    end = read_date(request, "end_date")
    refuse_backwards(start, end)
    if start or end or isinstance(request, ListTransactionsByIssuersRequest):
        return Window(start, end)
    days = request.days if request.HasField("days") else default_days
    return Window(last(days) if days else None, None)


def last(days: int) -> dt.date:
    """Return the first day of a window that ends today and reaches back so many days."""
    return today() - dt.timedelta(days=days)


def read_date(request: Dated, field: Literal["start_date", "end_date"]) -> dt.date | None:
    """Return a date of the request, or None where the client sent none.

    Raises: InvalidField.
    """
    return read_day(field, getattr(request, field)) if request.HasField(field) else None


def read_moment(field: str, stamp: Timestamp) -> dt.datetime:
    """Return the moment that a field holds.

    Raises: InvalidField.
    """
    try:
        return stamp.ToDatetime(dt.UTC)
    except ValueError as error:
        raise InvalidField(field, "must be a moment of the years 1 to 9999") from error
