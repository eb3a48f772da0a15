"""CSV for programs and spreadsheets."""

import csv
import io
from collections.abc import Sequence
from datetime import date

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse
from sectracker.form4.v1.transaction_pb2 import CompanyTotals, Derivative, Transaction

from cli.formats import company_csv, csv_output, market
from tests.unit.cli import messages


def written(answer: GetCompanyActivityResponse, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """Return a company's CSV as a program reads it."""
    csv_output.write_header(company_csv.COLUMNS)
    csv_output.write_rows(company_csv.COLUMNS, company_csv.rows(answer))
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_a_row_has_every_figure_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Doubles with all digits, dates in ISO, words of the contract, absent figures empty and zeros zero."""
    sale, grant, exercise, _ = written(messages.apple(), capsys)
    assert (sale["shares"], sale["price"], sale["amount"], sale["shares_after"]) == (
        "50000",
        "185.5",
        "9275000",
        "3280180.25",
    )
    assert (sale["ticker"], sale["cik"], sale["type"], sale["is_planned"]) == ("AAPL", "0000320193", "sell", "true")
    assert (sale["accepted_at"], sale["footnote_ids"]) == ("2026-01-17T23:30:41Z", "F1; F2")
    assert (grant["price"], grant["amount"], grant["is_planned"], grant["headline"]) == ("", "", "", "")
    assert date.fromisoformat(grant["date_effective"]) == date(2026, 1, 10)
    assert (exercise["price"], exercise["table"], exercise["conversion_price"]) == ("0", "derivative", "23.0375")
    assert sale["conversion_price"] == ""


def names(fields: Sequence[FieldDescriptor]) -> set[str]:
    """Return the names of fields."""
    return {field.name for field in fields}


def test_no_field_of_the_contract_is_missing() -> None:
    """A field that the contract gains must get a column, behind the others."""
    of_line = {*company_csv.OF_LINE, *company_csv.OF_LINE_SINCE}
    assert of_line == names(Transaction.DESCRIPTOR.fields) - {"derivative"}
    assert set(company_csv.OF_DERIVATIVE) == names(Derivative.DESCRIPTOR.fields)
    assert set(market.OF_COMPANY) == names(CompanyTotals.DESCRIPTOR.fields) - {"top_insiders"}


def test_columns_do_not_move() -> None:
    """Programs that read by position keep working: columns are where they were, later ones behind them."""
    header = [column.name for column in company_csv.COLUMNS]
    assert header[:6] == ["ticker", "company_name", "cik", "date", "date_effective", "owner_name"]
    assert (len(header), header[42], header[46], header[-1]) == (
        48,
        "exercise_date",
        "underlying_value",
        "related_group",
    )
    assert len(set(header)) == len(header)


def test_a_market_row_has_three_insiders_or_fewer(capsys: pytest.CaptureFixture[str]) -> None:
    """Insiders that are not there leave their cells empty."""
    csv_output.write_header(market.CSV_COLUMNS)
    csv_output.write_rows(market.CSV_COLUMNS, messages.market().companies)
    apple, unity, nameless = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (apple["net"], apple["signal"], apple["top_insider_1_net"]) == ("-9275000", "↓", "-9275000")
    assert (unity["total_buys"], unity["top_insider_1_name"], nameless["ticker"]) == ("1250000", "", "")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r\n=1+1", "'=1+1"),
        ("\uff1d1", "'\uff1d1"),
        ("\u200b=1", "'=1"),
        ("a=b", "a=b"),
        ("O'Brien", "O'Brien"),
        (-4.5, "-4.5"),
        (1e16, "10000000000000000"),
        (3, "3"),
        (False, "false"),
        (None, ""),
    ],
)
def test_text_is_never_a_formula_and_a_figure_never_text(value: str | float | bool | None, cell: str) -> None:
    """An apostrophe stands before what a spreadsheet would evaluate; negative numbers stay numbers."""
    assert csv_output.cell(value) == cell


@given(st.text())
def test_no_text_can_begin_a_formula_or_a_row(text: str) -> None:
    """Whatever a filer wrote is one line that begins with none of the signs."""
    cell = csv_output.cell(text)
    assert not cell.startswith(csv_output.FORMULA)
    assert len(cell.splitlines()) <= 1
