"""Say items and activity in the contract's words. Pure."""

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.transaction_pb2 import Summary
from sectracker.watchlist.v1.watchlist_service_pb2 import GetActivityResponse, ListResponse
from sectracker.watchlist.v1.watchlist_service_pb2 import Item as ItemMessage

from services.watchlist.domain import Item
from services.watchlist.read_activity import Activity


def item(watched: Item) -> ItemMessage:
    """Say an item."""
    added_at = Timestamp()
    added_at.FromDatetime(watched.added_at)
    return ItemMessage(ticker=watched.ticker, cik=watched.cik, company_name=watched.company_name, added_at=added_at)


def items(watched: Sequence[Item]) -> ListResponse:
    """Say a whole list, in its order."""
    return ListResponse(items=map(item, watched), total=len(watched))


def activity(found: Activity | None, days: int) -> GetActivityResponse:
    """Say a page of activity; where nothing is watched, nothing happened."""
    if found is None:
        return GetActivityResponse(summary=Summary(), period_days=days)
    return GetActivityResponse(
        filings=found.filings.filings,
        transactions=found.transactions.transactions,
        total_filings=found.filings.total,
        total_transactions=found.transactions.total,
        summary=found.transactions.summary,
        period_days=days,
    )
