"""Map the tables that `plan` reads, and describe its answers."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ARRAY, DateTime, Numeric, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Collect the tables."""

    type_annotation_map: ClassVar = {
        str: Text,
        Decimal: Numeric,
        dt.datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
    }


class TransactionRow(Base):
    """One line: the columns that the answer shows or asks by."""

    __tablename__ = "transactions"

    accession_number: Mapped[str] = mapped_column(primary_key=True)
    table_kind: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    issuer_cik: Mapped[str]
    form_type: Mapped[str]
    filed_on: Mapped[dt.date]
    known_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    date: Mapped[str | None]
    date_effective: Mapped[dt.date]
    owner_name: Mapped[str]
    owner_cik: Mapped[str]
    owner_role: Mapped[str]
    joint_owners: Mapped[list[str]]
    type: Mapped[str]
    headline: Mapped[str | None]
    planned: Mapped[bool | None]
    planned_source: Mapped[str | None]
    shares: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    amount: Mapped[Decimal | None]
    price_low: Mapped[Decimal | None]
    price_high: Mapped[Decimal | None]
    price_is_average: Mapped[bool]
    security_title: Mapped[str]
    code: Mapped[str | None]
    acquired_disposed: Mapped[str | None]
    transaction_form_type: Mapped[str | None]
    timeliness: Mapped[str | None]
    equity_swap: Mapped[bool]
    shares_after: Mapped[Decimal | None]
    value_after: Mapped[Decimal | None]
    total_value: Mapped[Decimal | None]
    ownership: Mapped[str | None]
    nature: Mapped[str | None]
    deemed_execution_date: Mapped[str | None]
    conversion_price: Mapped[Decimal | None]
    exercise_date: Mapped[str | None]
    expiration_date: Mapped[str | None]
    underlying_title: Mapped[str | None]
    underlying_shares: Mapped[Decimal | None]
    underlying_value: Mapped[Decimal | None]
    footnote_ids: Mapped[list[str]]
    flags: Mapped[list[str]]
    superseded_by: Mapped[str | None]

    @property
    def derivative(self) -> "TransactionRow | None":
        """Return what shows the columns of Table II, where the line stands in it."""
        return self if self.table_kind == "derivative" else None


class CoverageRow(Base):
    """How far a company has been read."""

    __tablename__ = "coverage"

    cik: Mapped[str] = mapped_column(primary_key=True)
    coverage_start: Mapped[dt.date]
    refreshed_at: Mapped[dt.datetime]


class Derivative(BaseModel):
    """The further columns of a line of Table II."""

    model_config = ConfigDict(from_attributes=True)

    conversion_price: float | None
    exercise_date: str | None
    expiration_date: str | None
    underlying_title: str | None
    underlying_shares: float | None
    underlying_value: float | None


class Transaction(BaseModel):
    """One line."""

    model_config = ConfigDict(from_attributes=True)

    date: str | None
    date_effective: dt.date
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
    filed_on: dt.date
    accepted_at: dt.datetime | None
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
    derivative: Derivative | None
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
    last_date: dt.date


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
    coverage_start: dt.date | None
    transactions: list[Transaction]
    insiders: list[Insider]
    summary: Summary
    last_updated: dt.datetime | None
    next_page_token: str


class TopInsider(BaseModel):
    """An owner who stands out."""

    cik: str
    name: str
    role: str
    net: float


class CompanyTotals(BaseModel):
    """One company's sums."""

    ticker: str
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
    last_updated: dt.datetime | None
    next_page_token: str
