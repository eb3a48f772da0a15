"""Say a company's lines as CSV rows: every field of the contract, flat."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import Transaction

from cli.formats.csv_output import Column, Value, field_of

# Programs read columns by position, too: new ones go behind the last.
OF_COMPANY = ("ticker", "company_name", "cik")
OF_LINE = (
    *("date", "date_effective", "owner_name", "owner_cik", "role", "joint_owners", "type", "headline"),
    *("is_planned", "planned_source", "shares", "price", "amount", "price_low", "price_high", "price_is_average"),
    *("accession_number", "form_type", "filed_on", "accepted_at", "table", "line", "ordinal", "security_title"),
    *("code", "acquired_disposed", "transaction_form_type", "timeliness", "equity_swap", "shares_after"),
    *("value_after", "total_value", "ownership", "nature", "deemed_execution_date", "footnote_ids", "flags"),
    "superseded_by",
)
OF_DERIVATIVE = (
    *("conversion_price", "exercise_date", "expiration_date"),
    *("underlying_title", "underlying_shares", "underlying_value"),
)
OF_LINE_SINCE = ("related_group",)


class Row(NamedTuple):
    """Hold a line with the answer that it stands in."""

    answer: GetCompanyActivityResponse
    line: Transaction


def rows(answer: GetCompanyActivityResponse) -> list[Row]:
    """Return an answer's lines in their order."""
    return [Row(answer, line) for line in answer.transactions]


def company_field(name: str, row: Row) -> Value:
    """Return a field of the company."""
    return field_of(row.answer, name)


def line_field(name: str, row: Row) -> Value:
    """Return a field of the line."""
    return field_of(row.line, name)


def derivative_field(name: str, row: Row) -> Value:
    """Return a field of the line's derivative; Table I has none."""
    return field_of(row.line.derivative, name)


COLUMNS: Sequence[Column[Row]] = (
    *(Column(name, partial(company_field, name)) for name in OF_COMPANY),
    *(Column(name, partial(line_field, name)) for name in OF_LINE),
    *(Column(name, partial(derivative_field, name)) for name in OF_DERIVATIVE),
    *(Column(name, partial(line_field, name)) for name in OF_LINE_SINCE),
)
