"""Describe the answers of `alone` and `cached`: dates come as text and figures as doubles from PostgreSQL."""

from datetime import datetime

from pydantic import BaseModel, Field


class Derivative(BaseModel):
    """The further columns of a line of Table II."""

    conversion_price: float | None = None
    exercise_date: str | None = None
    expiration_date: str | None = None
    underlying_title: str | None = None
    underlying_shares: float | None = None
    underlying_value: float | None = None


class Transaction(BaseModel):
    """One line."""

    date: str | None
    date_effective: str
    owner_name: str
    owner_cik: str
    role: str = Field(validation_alias="owner_role")
    joint_owners: list[str]
    type: str
    headline: str | None
    is_planned: bool | None = Field(validation_alias="planned")
    planned_source: str | None
    shares: float | None
    price: float | None
    amount: float | None
    price_low: float | None
    price_high: float | None
    price_is_average: bool
    accession_number: str
    form_type: str
    filed_on: str
    accepted_at: datetime | None = Field(validation_alias="accepted_seconds")
    table: str = Field(validation_alias="table_kind")
    line: int
    ordinal: int
    security_title: str
    code: str | None
    acquired_disposed: str | None
    transaction_form_type: str | None
    timeliness: str | None
    equity_swap: bool
    shares_after: float | None
    value_after: float | None
    total_value: float | None
    ownership: str | None
    nature: str | None
    deemed_execution_date: str | None
    derivative: Derivative | None = None
    footnote_ids: list[str]
    flags: list[str]
    superseded_by: str | None


class Insider(BaseModel):
    """One owner's sums."""

    cik: str
    name: str
    role: str
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float
    last_date: str


class Summary(BaseModel):
    """The sums over all lines that match."""

    total_buys: float
    total_sells: float
    net: float
    buy_count: int
    sell_count: int
    transaction_count: int


class CompanyActivity(BaseModel):
    """One company's answer."""

    ticker: str
    company_name: str
    cik: str
    status: str
    coverage_start: str | None
    transactions: list[Transaction]
    insiders: list[Insider]
    summary: Summary
    last_updated: datetime | None
    next_page_token: str


class TopInsider(BaseModel):
    """An owner who stands out."""

    cik: str
    name: str
    role: str
    net: float


class CompanyTotals(BaseModel):
    """One company's sums."""

    ticker: str | None
    company_name: str
    cik: str
    buy_count: int
    sell_count: int
    total_buys: float
    total_sells: float
    net: float
    signal: str
    top_insiders: list[TopInsider]


class MarketActivity(BaseModel):
    """The market's answer."""

    companies: list[CompanyTotals]
    buying_companies: int
    selling_companies: int
    total_companies: int
    total_transactions: int
    last_updated: datetime | None
    next_page_token: str
