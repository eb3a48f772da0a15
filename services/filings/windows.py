"""Read the window of a request: filing dates, Eastern, both ends inclusive."""

import datetime as dt
from typing import NamedTuple

from sectracker.filings.v1.filings_service_pb2 import ListByIssuersRequest

from services.eastern import read_day, refuse_backwards


class Window(NamedTuple):
    """Bound a read by dates; None is no bound."""

    start: dt.date | None
    end: dt.date | None


def window(request: ListByIssuersRequest) -> Window:
    """Return the window that a request asks for.

    Raises: InvalidField for a day that no calendar has, or an end before its start.
    """
    start = read_day("start_date", request.start_date) if request.HasField("start_date") else None
    end = read_day("end_date", request.end_date) if request.HasField("end_date") else None
    refuse_backwards(start, end)
    return Window(start, end)
