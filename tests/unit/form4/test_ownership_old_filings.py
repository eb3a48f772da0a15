"""Filings of the first XML years are read, with the rows of their schema and lines cut at a fixed width."""

import re
from decimal import Decimal

import pytest

from services.form4.domain import DocumentFlag, FieldFootnote, Kind, LineFlag, Table
from services.form4.ownership import parse
from tests.factories.ownership import document, holding, transaction

ROWS = (
    transaction(code="S", acquired="D", notes={"transactionPricePerShare": ["F1"]}),
    holding(),
    transaction(table="derivative", code="A"),
    holding(table="derivative"),
)
LATER = document(*ROWS, schema="X0201", footnotes={"F1": "Sold by a broker in the ordinary course of business."})


def first_schema(data: bytes) -> bytes:
    """Write a document as X0101 has it: rows without a table or a kind, and another name for the price."""
    data = re.sub(rb"</?(?:nonD|d)erivativeTable>", b"", data)
    data = re.sub(rb"(erivative)(?:Transaction|Holding)>", rb"\1Security>", data)
    return data.replace(b"transactionPricePerShare", b"transactionValue").replace(b"X0201", b"X0101")


def cut(data: bytes, width: int, end: bytes = b"\n") -> bytes:
    """Cut a document, as if it were one line, into lines of equal length."""
    line = data.replace(b"\n", b"")
    return end.join(line[start : start + width] for start in range(0, len(line), width))


def test_rows_of_the_first_schema_are_read() -> None:
    """A row of X0101 is in the table that its name says, and is a transaction if it has a date or a code."""
    parsed = parse(first_schema(LATER))
    assert (parsed.schema_version, parsed.flags) == ("X0101", ())
    assert parsed.lines == parse(LATER).lines
    assert [(line.table, line.kind, line.line, line.ordinal) for line in parsed.lines] == [
        (Table.NON_DERIVATIVE, Kind.TRANSACTION, 1, 1),
        (Table.NON_DERIVATIVE, Kind.HOLDING, 2, None),
        (Table.DERIVATIVE, Kind.TRANSACTION, 1, 1),
        (Table.DERIVATIVE, Kind.HOLDING, 2, None),
    ]


def test_the_value_of_the_first_schema_is_the_price() -> None:
    """The transactionValue of X0101 is a price per share, with its footnotes."""
    parsed = parse(first_schema(LATER))
    assert (parsed.lines[0].price, parsed.lines[0].amount) == (Decimal("10.50"), Decimal("1050.00"))
    assert parsed.lines[0].field_footnotes == (FieldFootnote("price", "F1"),)
    assert (parsed.summary.sell_count, parsed.summary.total_sells) == (1, Decimal("1050.00"))


@pytest.mark.parametrize(
    ("date", "code", "kind"),
    [
        ("2024-01-15", None, Kind.TRANSACTION),
        (None, "S", Kind.TRANSACTION),
        (" ", "", Kind.HOLDING),
        (None, None, Kind.HOLDING),
    ],
)
def test_empty_elements_make_no_transaction(date: str | None, code: str | None, kind: Kind) -> None:
    """A row of X0101 with a blank date and a blank code is a holding."""
    (line,) = parse(first_schema(document(transaction(date=date, code=code), schema="X0201"))).lines
    assert line.kind is kind


@pytest.mark.parametrize("width", [60, 80, 120, 255, 1023])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_cut_at_a_fixed_width_are_joined(width: int, end: bytes) -> None:
    """A document whose names and numbers are cut by line ends is read as before it was cut, and says so."""
    declaration, _, rest = LATER.partition(b"\n")
    whole = parse(LATER)
    for data in (cut(LATER, width, end), declaration + end + cut(rest, width, end), cut(LATER, width, end) + end):
        parsed = parse(data)
        assert (parsed.lines, parsed.footnotes) == (whole.lines, whole.footnotes)
        assert parsed.flags == (DocumentFlag.RECOVERED,)


@pytest.mark.parametrize("width", range(60, 130))
def test_blanks_at_the_ends_of_cut_lines_are_restored(width: int) -> None:
    """A line that was cut behind a blank, and lost it, still ends a word."""
    data = re.sub(rb" +\n", b"\n", cut(LATER, width))
    parsed, whole = parse(b"<XML>\n" + data + b"\n</XML>\n"), parse(LATER)
    assert (parsed.lines, parsed.footnotes) == (whole.lines, whole.footnotes)


def test_lines_of_a_damaged_document_stay_apart() -> None:
    """Lines of different lengths were not cut at a width: a break between words stays one."""
    data = document(transaction(title="Class A\nCommon"), footnotes={"F1": "First line,\nsecond line."})
    data = data.replace(b"><", b">\n<").replace(b"</issuer>", b"", 1)
    parsed = parse(data)
    assert parsed.flags == (DocumentFlag.RECOVERED,)
    assert parsed.lines[0].security_title == "Class A Common"
    assert parsed.footnotes == {"F1": "First line,\nsecond line."}
    assert LineFlag.NUMBER_UNREADABLE not in parsed.lines[0].flags
