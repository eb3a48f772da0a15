"""Ask for the sums of one company's open-market trades over a window."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.chassis.db import Prepared
from services.form4.domain import Headline
from services.form4.models import CURRENT_HEADLINE, Coverage, Transaction
from services.form4.repository.conditions import as_double, count_of, sum_of


class SummaryRow(NamedTuple):
    """Hold the sums, and when the company was last brought up to date."""

    refreshed_at: dt.datetime | None
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float


BUYS, SELLS = sum_of(Headline.BUY), sum_of(Headline.SELL)
SUMS = (
    select(
        count_of(Headline.BUY).label("buy_count"),
        count_of(Headline.SELL).label("sell_count"),
        as_double(BUYS).label("total_buys"),
        as_double(SELLS).label("total_sells"),
        as_double(BUYS - SELLS).label("net"),
    )
    .where(Transaction.issuer_cik == bindparam("cik"), Transaction.filed_on >= bindparam("start"), CURRENT_HEADLINE)
    .subquery("sums")
)
SUMMARY = Prepared(
    select(Coverage.refreshed_at, *SUMS.c).select_from(SUMS).outerjoin(Coverage, Coverage.cik == bindparam("cik")),
    SummaryRow,
)


def summary(session: Session, cik: str, start: dt.date) -> SummaryRow:
    """Return the sums of a company's open-market lines filed on and after a day. One query, one row."""
    return SUMMARY.rows(session, cik=cik, start=start)[0]
