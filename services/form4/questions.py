"""Turn a request's filters into the shape of a statement and the values to bind. Pure."""

from decimal import Decimal

from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest
from sectracker.form4.v1.ownership_service_pb2 import ListTransactionsByIssuersRequest

from services.chassis.errors import FieldNotSupported
from services.form4.repository.conditions import Shape
from services.form4.repository.market import MarketShape
from services.form4.windows import Window, window

ACTIVITY_COUNT = 20
ISSUERS_LIMIT = 100
MARKET_COUNT = 50
MARKET_DAYS = 30
SUMMARY_DAYS = 30

BOUNDS = frozenset({"min_amount", "max_amount", "min_buys", "min_sells"})

Values = dict[str, object]


def bound(span: Window) -> Values:
    """Return the values of a window's ends that are there."""
    return {name: day for name, day in span._asdict().items() if day is not None}


def shape(span: Window, *, by_transaction_date: bool, hide_planned: bool) -> Shape:
    """Return which conditions a request's lines must meet."""
    return Shape(span.start is not None, span.end is not None, by_transaction_date, hide_planned)


def activity_question(request: GetCompanyActivityRequest) -> tuple[Shape, Values]:
    """Return the shape and the values of one company's read.

    Raises: InvalidField, FieldNotSupported.
    """
    if request.HasField("as_of"):
        raise FieldNotSupported("as_of")
    span = window(request, None)
    by_transaction_date = request.date_basis == GetCompanyActivityRequest.transaction
    return shape(span, by_transaction_date=by_transaction_date, hide_planned=request.hide_planned), bound(span)


def issuers_question(request: ListTransactionsByIssuersRequest) -> tuple[Shape, Values]:
    """Return the shape and the values of a read of many companies.

    Raises: InvalidField.
    """
    span = window(request, None)
    return shape(span, by_transaction_date=False, hide_planned=False), bound(span)


def market_question(request: GetMarketActivityRequest) -> tuple[MarketShape, Values]:
    """Return the shape and the values of the market's read.

    Raises: InvalidField.
    """
    span = window(request, MARKET_DAYS)
    lines = shape(span, by_transaction_date=False, hide_planned=request.hide_planned)
    asked: Values = {field.name: Decimal(str(value)) for field, value in request.ListFields() if field.name in BOUNDS}
    question = MarketShape(
        lines,
        min_amount="min_amount" in asked,
        max_amount="max_amount" in asked,
        min_buys="min_buys" in asked,
        min_sells="min_sells" in asked,
        active=request.active,
        has_after=bool(request.page_token),
    )
    return question, bound(span) | asked
