"""Canned answers: two companies, a market, a search and a state of health."""

from collections.abc import Sequence

from sectracker.filings.v1.company_pb2 import Company
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchResponse
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse, GetMarketActivityResponse
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
from sectracker.gateway.v1.health_service_pb2 import CheckResponse, Part, SecApi

Type = Transaction.Type
Status = GetCompanyActivityResponse.Status


def apple() -> GetCompanyActivityResponse:
    """Return a company with a sale under a plan, a grant without a price, a derivative and a purchase."""
    answer = GetCompanyActivityResponse(
        ticker="AAPL",
        company_name="Apple Inc.",
        cik="0000320193",
        status=Status.ready,
        coverage_start="2024-11-24",
        transactions=[sale(), grant(), exercise(), purchase()],
        insiders=[
            insider("0001214156", "COOK TIMOTHY D", "Chief Executive Officer", sells=9_275_000, last="2026-01-15"),
            insider("0001767094", "O'BRIEN DEIRDRE", "Senior Vice President", buys=12_345.5, last="2026-01-20"),
        ],
        summary=Summary(
            total_buys=12_345.5, total_sells=9_275_000, net=-9_262_654.5, buy_count=1, sell_count=1, transaction_count=4
        ),
    )
    answer.last_updated.FromJsonString("2026-01-29T10:30:00Z")
    return answer


def insider(cik: str, name: str, role: str, *, buys: float = 0, sells: float = 0, last: str = "2026-01-01") -> Insider:
    """Return an insider with at most one line on each side."""
    return Insider(
        cik=cik,
        name=name,
        role=role,
        buy_count=int(buys > 0),
        sell_count=int(sells > 0),
        total_buys=buys,
        total_sells=sells,
        net=buys - sells,
        last_date=last,
    )


def sale() -> Transaction:
    """Return an open-market sale under a plan."""
    line = Transaction(
        date="2026-01-15",
        date_effective="2026-01-15",
        owner_name="COOK TIMOTHY D",
        owner_cik="0001214156",
        role="Chief Executive Officer",
        type=Type.sell,
        headline=Headline.sell,
        is_planned=True,
        planned_source=Planned.box,
        shares=50_000,
        price=185.5,
        amount=9_275_000,
        accession_number="0000320193-26-000007",
        form_type="4",
        filed_on="2026-01-17",
        table=Table.non_derivative,
        line=1,
        ordinal=1,
        security_title="Common Stock",
        code="S",
        acquired_disposed="D",
        shares_after=3_280_180.25,
        ownership=Ownership.direct,
        footnote_ids=["F1", "F2"],
    )
    line.accepted_at.FromJsonString("2026-01-17T23:30:41Z")
    return line


def grant() -> Transaction:
    """Return a grant without a price, whose date its filer mistyped."""
    return Transaction(
        date="2062-01-10",
        date_effective="2026-01-10",
        owner_name="ADAMS KATHERINE L",
        owner_cik="0001462356",
        role="General Counsel",
        joint_owners=["ADAMS FAMILY TRUST"],
        type=Type.grant,
        shares=1_234.5678,
        accession_number="0000320193-26-000006",
        form_type="4/A",
        filed_on="2026-01-12",
        table=Table.non_derivative,
        line=1,
        ordinal=1,
        security_title="Restricted Stock Unit",
        code="A",
        flags=["date_implausible"],
    )


def exercise() -> Transaction:
    """Return a line of Table II."""
    return Transaction(
        date="2026-01-09",
        date_effective="2026-01-09",
        owner_name="MAESTRI LUCA",
        owner_cik="0001513362",
        role="Director",
        type=Type.exercise,
        is_planned=False,
        planned_source=Planned.box,
        shares=10_000,
        price=0,
        amount=0,
        accession_number="0000320193-26-000005",
        form_type="4",
        filed_on="2026-01-10",
        table=Table.derivative,
        line=1,
        ordinal=1,
        security_title="Stock Option (right to buy)",
        code="M",
        derivative=Derivative(conversion_price=23.0375, expiration_date="2030-01-09", underlying_title="Common Stock"),
    )


def purchase() -> Transaction:
    """Return an open-market purchase of which nobody says whether it was planned."""
    return Transaction(
        date="2026-01-20",
        date_effective="2026-01-20",
        owner_name="O'BRIEN DEIRDRE",
        owner_cik="0001767094",
        role="Senior Vice President",
        type=Type.buy,
        headline=Headline.buy,
        shares=100,
        price=123.455,
        amount=12_345.5,
        accession_number="0000320193-26-000004",
        form_type="4",
        filed_on="2026-01-21",
        table=Table.non_derivative,
        line=1,
        ordinal=1,
        security_title="Common Stock",
        code="P",
    )


def many(count: int) -> GetCompanyActivityResponse:
    """Return a company with many purchases by two insiders in turn; the accession number counts them."""
    lines = []
    for number in range(count):
        line = purchase()
        line.owner_cik = f"{number % 2 + 1:010}"
        line.owner_name = f"OWNER {number % 2 + 1}"
        line.accession_number = f"0000000001-26-{number:06}"
        lines.append(line)
    return GetCompanyActivityResponse(
        ticker="MANY",
        company_name="Many Lines Corp",
        cik="0000000009",
        status=Status.ready,
        coverage_start="2024-01-01",
        transactions=lines,
        insiders=[
            insider("0000000001", "OWNER 1", "Director", buys=1, last="2026-01-01"),
            insider("0000000002", "OWNER 2", "Director", buys=1, last="2026-01-02"),
        ],
        summary=Summary(buy_count=count, transaction_count=count),
    )


def fresh() -> GetCompanyActivityResponse:
    """Return a company that nobody has read before."""
    return GetCompanyActivityResponse(
        ticker="NEW", company_name="New Corp", cik="0000000007", status=Status.loading, summary=Summary()
    )


def companies() -> dict[str, GetCompanyActivityResponse]:
    """Return the companies by ticker."""
    return {"AAPL": apple(), "MANY": many(250), "NEW": fresh()}


def totals(ticker: str, name: str, buys: float, sells: float, top: Sequence[TopInsider] = ()) -> CompanyTotals:
    """Return a company's totals with at most one line on each side."""
    net = buys - sells
    return CompanyTotals(
        ticker=ticker or None,
        company_name=name,
        cik="0000000005",
        buy_count=int(buys > 0),
        sell_count=int(sells > 0),
        total_buys=buys,
        total_sells=sells,
        net=net,
        signal="↑" if net > 0 else "↓" if net < 0 else "→",
        top_insiders=top,
    )


def market() -> GetMarketActivityResponse:
    """Return a market of three companies, one of them without a ticker."""
    top = TopInsider(cik="0001214156", name="COOK TIMOTHY D", role="Chief Executive Officer", net=-9_275_000)
    answer = GetMarketActivityResponse(
        companies=[
            totals("AAPL", "Apple Inc.", 0, 9_275_000, [top]),
            totals("U", "Unity Software Inc.", 1_250_000, 250_000),
            totals("", "Nameless Holdings", 500, 500),
        ],
        buying_companies=1,
        selling_companies=1,
        total_companies=3,
        total_transactions=5,
    )
    answer.last_updated.FromJsonString("2026-01-29T10:30:00Z")
    return answer


def found() -> CompanyServiceSearchResponse:
    """Return what a search finds."""
    return CompanyServiceSearchResponse(
        results=[
            Company(ticker="BRK-B", cik="0001067983", name="BERKSHIRE HATHAWAY INC"),
            Company(ticker="BRKR", cik="0001109354", name="BRUKER CORP"),
        ]
    )


def state() -> CheckResponse:
    """Return a state in which all is well."""
    return CheckResponse(
        status=CheckResponse.Status.healthy,
        version="0.1.0",
        database=Part.State.connected,
        cache=Part.State.connected,
        sec_api=SecApi.State.unknown,
        services={"form4": Part.State.connected, "filings": Part.State.connected},
    )
