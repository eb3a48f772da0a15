"""Say stored rows in the contract's words. Pure: rows in, messages out."""

import datetime as dt

import orjson
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.form4.v1.form4_service_pb2 import (
    GetCompanyActivityResponse,
    GetMarketActivityResponse,
    GetSummaryResponse,
)
from sectracker.form4.v1.ownership_service_pb2 import (
    IngestRequest,
    IngestResponse,
    IssuerTransaction,
    ListTransactionsByIssuersResponse,
)
from sectracker.form4.v1.transaction_pb2 import (
    CompanyTotals,
    Derivative,
    Headline,
    Insider,
    Ownership,
    Planned,
    Summary,
    Table,
    TopInsider,
    Transaction,
)

from services.form4.directory import Company, Directory
from services.form4.domain import Kind
from services.form4.ingest import Ingested
from services.form4.repository import activity, issuers, market
from services.form4.repository.lines import LineRow
from services.form4.repository.summary import SummaryRow
from services.form4.rows import Submission
from services.form4.windows import read_day, read_moment
from services.identifiers import AccessionNumber

TYPES = dict(Transaction.Type.items())
TABLES = dict(Table.Kind.items())
# Words that a row may lack: `get(None)` is None.
SIDES: dict[str | None, Headline.Side.ValueType] = {**dict(Headline.Side.items())}
OWNERSHIPS: dict[str | None, Ownership.Kind.ValueType] = {**dict(Ownership.Kind.items())}
SOURCES: dict[str | None, Planned.Source.ValueType] = {**dict(Planned.Source.items())}

LOADING, READY = GetCompanyActivityResponse.loading, GetCompanyActivityResponse.ready


def timestamp(moment: dt.datetime | None) -> Timestamp | None:
    """Say a moment, or nothing."""
    if moment is None:
        return None
    said = Timestamp()
    said.FromDatetime(moment)
    return said


def transaction(row: LineRow) -> Transaction:
    """Say one stored line.

    Unit: money is USD, price is USD per share; Decimal in the database, double from here on.
    Shape: what the filing does not state is absent, never zero or empty.
    """
    return Transaction(
        date=row.date,
        date_effective=row.date_effective,
        owner_name=row.owner_name,
        owner_cik=row.owner_cik,
        role=row.owner_role,
        joint_owners=row.joint_owners,
        type=TYPES[row.type],
        headline=SIDES.get(row.headline),
        is_planned=row.planned,
        planned_source=SOURCES.get(row.planned_source),
        shares=row.shares,
        price=row.price,
        amount=row.amount,
        price_low=row.price_low,
        price_high=row.price_high,
        price_is_average=row.price_is_average,
        accession_number=row.accession_number,
        form_type=row.form_type,
        filed_on=row.filed_on,
        accepted_at=None if row.accepted_seconds is None else Timestamp(seconds=row.accepted_seconds),
        table=TABLES[row.table_kind],
        line=row.line,
        ordinal=row.ordinal,
        security_title=row.security_title,
        code=row.code,
        acquired_disposed=row.acquired_disposed,
        transaction_form_type=row.transaction_form_type,
        timeliness=row.timeliness,
        equity_swap=bool(row.equity_swap),
        shares_after=row.shares_after,
        value_after=row.value_after,
        total_value=row.total_value,
        ownership=OWNERSHIPS.get(row.ownership),
        nature=row.nature,
        deemed_execution_date=row.deemed_execution_date,
        derivative=derivative(row) if row.table_kind == "derivative" else None,
        footnote_ids=row.footnote_ids,
        flags=row.flags,
        superseded_by=row.superseded_by,
    )


def derivative(row: LineRow) -> Derivative:
    """Say the further columns of a line of Table II."""
    return Derivative(
        conversion_price=row.conversion_price,
        exercise_date=row.exercise_date,
        expiration_date=row.expiration_date,
        underlying_title=row.underlying_title,
        underlying_shares=row.underlying_shares,
        underlying_value=row.underlying_value,
    )


def summary(totals: activity.Totals | issuers.Sums) -> Summary:
    """Say the sums over all lines that match."""
    return Summary(
        total_buys=totals.total_buys,
        total_sells=totals.total_sells,
        net=totals.net,
        buy_count=totals.buy_count,
        sell_count=totals.sell_count,
        transaction_count=totals.transaction_count,
    )


def insiders(totals: activity.Totals) -> list[Insider]:
    """Say everybody with a line that matches, in the order of the database."""
    return [Insider(**dict(zip(INSIDER_FIELDS, values, strict=True))) for values in orjson.loads(totals.insiders)]


INSIDER_FIELDS = (
    "cik",
    "name",
    "role",
    "buy_count",
    "sell_count",
    "total_buys",
    "total_sells",
    "net",
    "last_date",
)


def status(refreshed_at: dt.datetime | None) -> GetCompanyActivityResponse.Status.ValueType:
    """Say whether the company has been read."""
    return LOADING if refreshed_at is None else READY


def company_activity(company: Company, found: activity.Activity, count: int) -> GetCompanyActivityResponse:
    """Say one company's page, insiders and sums."""
    return GetCompanyActivityResponse(
        ticker=company.ticker,
        company_name=company.name,
        cik=company.cik,
        status=status(found.totals.refreshed_at),
        coverage_start=found.totals.coverage_start,
        transactions=[transaction(row) for row in found.lines[:count]],
        insiders=insiders(found.totals),
        summary=summary(found.totals),
        last_updated=timestamp(found.totals.refreshed_at),
    )


def company_summary(company: Company, row: SummaryRow, days: int) -> GetSummaryResponse:
    """Say one company's sums."""
    return GetSummaryResponse(
        total_buys=row.total_buys,
        total_sells=row.total_sells,
        net=row.net,
        buy_count=row.buy_count,
        sell_count=row.sell_count,
        period_days=days,
        last_updated=timestamp(row.refreshed_at),
        ticker=company.ticker,
        status=status(row.refreshed_at),
    )


def market_activity(found: market.Market, count: int, directory: Directory) -> GetMarketActivityResponse:
    """Say the market's page and totals."""
    totals = found.totals
    return GetMarketActivityResponse(
        companies=[company_totals(row, directory.named(row.cik)) for row in found.companies[:count]],
        buying_companies=totals.buying_companies,
        selling_companies=totals.selling_companies,
        total_companies=totals.total_companies,
        total_transactions=totals.total_transactions,
        last_updated=timestamp(totals.refreshed_at),
    )


def issuers_activity(found: issuers.IssuersActivity, limit: int) -> ListTransactionsByIssuersResponse:
    """Say many companies' page and sums."""
    return ListTransactionsByIssuersResponse(
        transactions=[IssuerTransaction(cik=cik, transaction=transaction(row)) for cik, row in found.lines[:limit]],
        summary=summary(found.sums),
    )


def submission(request: IngestRequest) -> Submission:
    """Read what filings tells of a document.

    Raises: InvalidField.
    """
    source = request.acceptance_source
    return Submission(
        accession_number=AccessionNumber(request.accession_number),
        document=request.document,
        filed_on=read_day("filed_on", request.filed_on),
        accepted_at=read_moment("accepted_at", request.accepted_at) if request.HasField("accepted_at") else None,
        accepted_raw=request.accepted_raw,
        acceptance_source=IngestRequest.AcceptanceSource.Name(source) if source else None,
    )


def ingested(result: Ingested) -> IngestResponse:
    """Say what became of a document."""
    return IngestResponse(
        outcome=IngestResponse.Outcome.Value(result.outcome),
        issuer_cik=result.document.issuer.cik,
        transaction_count=result.count(Kind.TRANSACTION),
        holding_count=result.count(Kind.HOLDING),
        flags=list(result.document.flags),
    )


def signal(net: float) -> str:
    """Draw the direction of a net sum."""
    if net > 0:
        return "↑"
    return "↓" if net < 0 else "→"


def company_totals(row: market.CompanyRow, company: Company | None) -> CompanyTotals:
    """Say one company's sums: under today's ticker and name, or under the name of its newest filing."""
    return CompanyTotals(
        ticker=company.ticker if company else None,
        company_name=company.name if company else row.name,
        cik=row.cik,
        buy_count=row.buy_count,
        sell_count=row.sell_count,
        total_buys=row.total_buys,
        total_sells=row.total_sells,
        net=row.net,
        signal=signal(row.net),
        top_insiders=[
            TopInsider(cik=cik, name=name, role=role, net=net)
            for cik, name, role, net in orjson.loads(row.top_insiders)
        ],
    )
