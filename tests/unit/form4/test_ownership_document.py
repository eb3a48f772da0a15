"""What is in a document comes out of the parser, each thing where it belongs."""

from decimal import Decimal

import pytest

from services.form4.domain import DocumentFlag, FieldFootnote, Kind, LineFlag, Ownership, Role, Table
from services.form4.ownership import parse
from services.form4.ownership.errors import IssuerMissingError
from tests.factories.ownership import Terms, document, holding, owner, transaction


def test_every_field_of_a_derivative_line_is_read() -> None:
    """A derivative transaction keeps each of its fields, numbers exact and dates as filed."""
    row = transaction(
        table="derivative",
        title="Stock Option (right to buy)",
        date="2024-01-12",
        deemed="2024-01-13",
        code="M",
        timeliness="E",
        shares="1500.25",
        price="0",
        acquired="D",
        shares_after="3000",
        ownership="I",
        nature="By Trust",
        terms=Terms("4.5000", "2020-01-01", "2030-01-01", "Class A Common Stock", "1500.25"),
    )
    line = parse(document(row)).lines[0]
    assert (line.table, line.kind, line.line, line.ordinal) == (Table.DERIVATIVE, Kind.TRANSACTION, 1, 1)
    assert (line.security_title, line.date, line.deemed_execution_date) == (
        "Stock Option (right to buy)",
        "2024-01-12",
        "2024-01-13",
    )
    assert (line.form_type, line.code, line.equity_swap, line.timeliness) == ("4", "M", False, "E")
    assert (line.acquired_disposed, line.shares, line.price) == ("D", Decimal("1500.25"), Decimal(0))
    assert (line.shares_after, line.value_after, line.total_value) == (Decimal(3000), None, None)
    assert (line.ownership, line.nature) == (Ownership.INDIRECT, "By Trust")
    assert (str(line.conversion_price), line.exercise_date, line.expiration_date) == (
        "4.5000",
        "2020-01-01",
        "2030-01-01",
    )
    assert (line.underlying_title, line.underlying_shares) == ("Class A Common Stock", Decimal("1500.25"))
    assert line.flags == ()


def test_values_in_place_of_shares_are_read() -> None:
    """A line may give a total value, a balance a value, and an underlying a value, in place of shares."""
    row = transaction(
        table="derivative",
        shares=None,
        price=None,
        total="90000",
        shares_after=None,
        value_after="1",
        terms=Terms(underlying_value="7"),
    )
    line = parse(document(row)).lines[0]
    assert (line.shares, line.total_value, line.value_after, line.underlying_value) == (
        None,
        Decimal(90000),
        Decimal(1),
        Decimal(7),
    )
    assert line.amount is None


def test_document_keeps_its_heading() -> None:
    """Form, schema, dates, issuer, remarks and signatures come out as filed."""
    parsed = parse(document(form="4/A", original="2024-01-10", remarks="Corrects\nline 1.", box="1"))
    assert (parsed.form_type, parsed.schema_version, parsed.period_of_report) == ("4/A", "X0508", "2024-01-15")
    assert parsed.date_of_original_submission == "2024-01-10"
    assert str(parsed.original_date) == "2024-01-10"
    assert (parsed.issuer.cik, parsed.issuer.name, parsed.issuer.symbol) == ("0000012345", "Example Corp", "EXMP")
    assert parsed.remarks == "Corrects\nline 1."
    assert [(each.name, each.date) for each in parsed.signatures] == [("/s/ Jane Doe", "2024-01-17")]
    assert parsed.rule_10b5_1 is True
    assert parsed.flags == ()


def test_every_owner_keeps_roles_and_words() -> None:
    """Joint owners are all there, each with the roles that are ticked, in any spelling of true."""
    owners = [
        owner("67890", "Doe Jane", director="true", officer="TRUE", title="See  Remarks"),
        owner("0000067891", "Fund LP", director="0", ten_percent="1", other="True", other_text="Adviser"),
        owner("0000067892", "Nobody", director=None),
    ]
    first, second, third = parse(document(owners=owners)).owners
    assert (first.cik, first.roles, first.title) == ("0000067890", (Role.DIRECTOR, Role.OFFICER), "See Remarks")
    assert (second.roles, second.other_text) == ((Role.TEN_PERCENT, Role.OTHER), "Adviser")
    assert third.roles == ()


def test_identical_lines_are_all_kept() -> None:
    """Three fills alike, and a direct and an indirect row of one size, are five lines (pitfall 1)."""
    rows = [transaction()] * 3 + [transaction(), transaction(ownership="I", nature="By Trust")]
    parsed = parse(document(*rows))
    assert [(line.line, line.ordinal) for line in parsed.lines] == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert parsed.summary.buy_count == 5
    assert parsed.summary.total_buys == Decimal("5250.00")


def test_lines_count_holdings_and_ordinals_do_not() -> None:
    """`line` counts every row of its table from 1, `ordinal` only its transactions; each table counts alone."""
    parsed = parse(document(holding(), transaction(), holding(), transaction(), transaction(table="derivative")))
    places = [(line.table, line.kind, line.line, line.ordinal) for line in parsed.lines]
    assert places == [
        (Table.NON_DERIVATIVE, Kind.HOLDING, 1, None),
        (Table.NON_DERIVATIVE, Kind.TRANSACTION, 2, 1),
        (Table.NON_DERIVATIVE, Kind.HOLDING, 3, None),
        (Table.NON_DERIVATIVE, Kind.TRANSACTION, 4, 2),
        (Table.DERIVATIVE, Kind.TRANSACTION, 1, 1),
    ]


def test_balances_stay_with_their_security_and_ownership() -> None:
    """Balances of shares, of a trust's shares and of options are told apart, in filed order (pitfall 12)."""
    parsed = parse(
        document(
            transaction(shares_after="900"),
            holding(shares_after="50", ownership="I", nature="By Trust"),
            transaction(table="derivative", title="Option", shares_after="7"),
        ),
    )
    balances = [(line.table, line.ownership, line.shares_after) for line in parsed.lines]
    assert balances == [
        (Table.NON_DERIVATIVE, Ownership.DIRECT, Decimal(900)),
        (Table.NON_DERIVATIVE, Ownership.INDIRECT, Decimal(50)),
        (Table.DERIVATIVE, Ownership.DIRECT, Decimal(7)),
    ]


def test_a_line_takes_nothing_from_its_neighbours() -> None:
    """Code, date and price that a line lacks are not those of the next (pitfall 15)."""
    lines = parse(document(transaction(code=None, date=None, price=None), transaction(code="S", acquired="D"))).lines
    assert (lines[0].code, lines[0].date, lines[0].price) == (None, None, None)
    assert (lines[1].code, lines[1].date, lines[1].price) == ("S", "2024-01-15", Decimal("10.50"))


def test_footnotes_join_lines_and_fields() -> None:
    """Each reference says which field it hangs on; a line names each footnote once, in order of reference."""
    row = transaction(
        notes={"transactionPricePerShare": ["F2", "F1"], "transactionCoding": ["F1"], "natureOfOwnership": ["F3"]},
    )
    parsed = parse(document(row, footnotes={"F1": " One. ", "F2": "Two.", "F3": "Three."}))
    line = parsed.lines[0]
    assert line.footnote_ids == ("F1", "F2", "F3")
    assert line.field_footnotes == (
        FieldFootnote("code", "F1"),
        FieldFootnote("price", "F2"),
        FieldFootnote("price", "F1"),
        FieldFootnote("nature", "F3"),
    )
    assert parsed.footnotes == {"F1": "One.", "F2": "Two.", "F3": "Three."}


def test_a_missing_footnote_is_flagged() -> None:
    """A reference to a footnote that the document does not have is kept, and told."""
    line = parse(document(transaction(notes={"securityTitle": ["F9"]}))).lines[0]
    assert line.footnote_ids == ("F9",)
    assert line.flags == (LineFlag.FOOTNOTE_MISSING,)


def test_unknown_elements_are_counted_and_cost_nothing() -> None:
    """What a later schema adds is counted by place; the rest of the line and document is read as ever."""
    row = transaction(extra="<transactionVenue><value>XNYS</value></transactionVenue>")
    parsed = parse(document(row, row, extra="<quantumBox>1</quantumBox>", schema="X0801"))
    assert parsed.unknown_elements == {
        "nonDerivativeTransaction/transactionVenue": 2,
        "transactionVenue/value": 2,
        "ownershipDocument/quantumBox": 1,
    }
    assert set(parsed.flags) == {DocumentFlag.UNKNOWN_ELEMENTS, DocumentFlag.SCHEMA_VERSION_UNKNOWN}
    assert parsed.summary.buy_count == 2


def test_an_unknown_row_gives_nothing_to_the_row_before() -> None:
    """A row of an unknown kind is counted, and none of its values fills a gap of the line before it."""
    stranger = transaction(price="99", shares="1").replace("nonDerivativeTransaction", "syntheticTransaction")
    parsed = parse(document(transaction(price=None), stranger, transaction()))
    assert [line.price for line in parsed.lines] == [None, Decimal("10.50")]
    assert parsed.unknown_elements == {"nonDerivativeTable/syntheticTransaction": 1}


def test_the_newest_known_schema_is_not_flagged() -> None:
    """Release 26.1 added a foreign symbol and owners' addresses abroad; both are known."""
    body = document(schema="X0609").replace(
        b"</issuer>", b"<issuerForeignTradingSymbol>EXM.L</issuerForeignTradingSymbol></issuer>"
    )
    body = body.replace(b"<rptOwnerCity>", b"<rptOwnerNonUSAddressFlag>true</rptOwnerNonUSAddressFlag><rptOwnerCity>")
    parsed = parse(body)
    assert parsed.issuer.foreign_symbol == "EXM.L"
    assert parsed.flags == ()


@pytest.mark.parametrize("symbol", ["NONE", "N/A", "(SIRI)", "NYSE: KRC", "BFA, BFB", "fmbm", "-"])
def test_symbols_are_evidence_as_filed(symbol: str) -> None:
    """Whatever stands for a symbol is kept as filed and decides nothing: the CIK is the key (pitfall 20)."""
    issuer = parse(document(symbol=symbol)).issuer
    assert (issuer.cik, issuer.symbol) == ("0000012345", symbol)


@pytest.mark.parametrize("cik", [None, "", "0000000000", "ABC", "12345678901", "-5"])
def test_a_document_without_an_issuer_is_refused(cik: str | None) -> None:
    """Lines that belong to no issuer belong to nobody (pitfall 2)."""
    with pytest.raises(IssuerMissingError):
        parse(document(issuer_cik=cik))


def test_oddities_of_the_document_are_flagged() -> None:
    """Missing and unreadable parts of the heading are told, and cost no line."""
    parsed = parse(
        document(transaction(), form="4X", schema=None, period=None, box="maybe", owners=[owner("nobody", "Doe Jane")]),
    )
    assert set(parsed.flags) == {
        DocumentFlag.FORM_TYPE_UNKNOWN,
        DocumentFlag.SCHEMA_VERSION_UNKNOWN,
        DocumentFlag.PERIOD_ABSENT,
        DocumentFlag.BOOLEAN_UNREADABLE,
        DocumentFlag.CIK_UNREADABLE,
    }
    assert parsed.owners[0].cik is None
    assert parsed.rule_10b5_1 is None
    assert len(parsed.lines) == 1


def test_a_document_without_owner_or_lines_is_a_document() -> None:
    """A filing may hold no line; one without an owner is told."""
    parsed = parse(document(owners=[]))
    assert (parsed.lines, parsed.owners) == ((), ())
    assert parsed.flags == (DocumentFlag.OWNER_ABSENT,)
    assert (parsed.summary.total_buys, parsed.summary.total_sells) == (Decimal(0), Decimal(0))


def test_repeated_parts_keep_the_first() -> None:
    """A field or footnote that occurs twice keeps its first text, and the document says so."""
    body = document(
        transaction(extra="<securityTitle><value>Other</value></securityTitle>"), footnotes={"F1": "First."}
    )
    body = body.replace(b"</footnotes>", b'<footnote id="F1">Second.</footnote></footnotes>')
    parsed = parse(body.replace(b"</issuer>", b"<issuerName>Other</issuerName></issuer>"))
    assert parsed.lines[0].security_title == "Common Stock"
    assert parsed.lines[0].flags == (LineFlag.ELEMENT_REPEATED,)
    assert (parsed.footnotes, parsed.issuer.name) == ({"F1": "First."}, "Example Corp")
    assert set(parsed.flags) == {DocumentFlag.ELEMENT_REPEATED, DocumentFlag.FOOTNOTE_REPEATED}


def test_text_of_one_line_has_single_blanks() -> None:
    """Breaks and indentation inside a title are one blank; an overlong one is cut and flagged."""
    first, second = parse(
        document(transaction(title="Class A\n   Common\u00a0Stock"), transaction(title="x" * 5000))
    ).lines
    assert first.security_title == "Class A Common Stock"
    assert second.security_title == "x" * 1000
    assert second.flags == (LineFlag.TEXT_CUT,)
