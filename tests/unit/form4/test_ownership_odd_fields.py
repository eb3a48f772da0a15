"""A field is read however its value stands in it, or says that it was not."""

from decimal import Decimal

import pytest

from services.form4.domain import DocumentFlag, FieldFootnote, LineFlag, UnreadValue
from services.form4.ownership import parse
from services.form4.ownership.errors import IssuerMissingError
from tests.factories.ownership import document, owner, transaction

UNKNOWN = LineFlag.UNKNOWN_ELEMENTS
REPEATED = LineFlag.ELEMENT_REPEATED
INTERRUPTED = LineFlag.VALUE_INTERRUPTED


def with_shares(inside: str) -> bytes:
    """Write a document of one purchase with this inside its shares."""
    row = transaction(shares="SHARES")
    return document(row.replace("<value>SHARES</value>", inside), footnotes={"F1": "A."})


@pytest.mark.parametrize(
    ("inside", "shares", "flags"),
    [
        pytest.param("<newUnit>x</newUnit><value>5</value>", 5, (UNKNOWN,), id="unknown before"),
        pytest.param("<value>5</value><newUnit>x</newUnit>", 5, (UNKNOWN,), id="unknown behind"),
        pytest.param("<newUnit><value>9</value></newUnit><value>5</value>", 5, (UNKNOWN,), id="value of an unknown"),
        pytest.param("<newUnit><value>9</value></newUnit>", None, (UNKNOWN,), id="value of an unknown alone"),
        pytest.param("<u:x xmlns:u='urn:u'/><value>5</value>", 5, (UNKNOWN,), id="unknown namespace"),
        pytest.param("<u:value xmlns:u='urn:u'>5</u:value>", None, (UNKNOWN,), id="value in another namespace"),
        pytest.param("<newUnit/><value>5</value><value>6</value>", 5, (UNKNOWN, REPEATED), id="unknown, several"),
        pytest.param("<value>5</value><value>6</value>", 5, (REPEATED,), id="several"),
        pytest.param("<value/><value>5</value>", 5, (), id="the first is empty"),
        pytest.param("<value/>", None, (), id="empty"),
        pytest.param("<value> \n </value>", None, (), id="blank"),
        pytest.param("<value unit='shares' xmlns:u='urn:u' u:nil='false'>5</value>", 5, (), id="attributes"),
        pytest.param("<value>1<!-- x -->2</value>", 12, (), id="comment inside"),
        pytest.param("<!-- x --><value>5</value>", 5, (), id="comment before"),
        pytest.param("<value>1<![CDATA[2]]>3</value>", 123, (), id="CDATA"),
        pytest.param("<value>1&#48;</value>", 10, (), id="reference"),
        pytest.param("5", 5, (), id="no value"),
        pytest.param("5<footnoteId id='F1'/>", 5, (), id="no value, a footnote"),
        pytest.param("<footnoteId id='F1'/><value>5</value>", 5, (), id="footnote before"),
        pytest.param("<value>5<footnoteId id='F1'/></value>", 5, (), id="footnote inside"),
        pytest.param("5<value>6</value>", 5, (REPEATED,), id="with and without value"),
        pytest.param("<value>1<b/>000</value>", None, (INTERRUPTED,), id="unknown amid"),
        pytest.param("<value>1<footnoteId id='F1'/>000</value>", None, (INTERRUPTED,), id="footnote amid"),
        pytest.param("<value><b>5</b></value>", None, (INTERRUPTED,), id="unknown around"),
        pytest.param("<newUnit/><value>1<b/>000</value>", None, (UNKNOWN, INTERRUPTED), id="unknown before and amid"),
    ],
)
def test_a_value_is_read_or_missed_aloud(inside: str, shares: int | None, flags: tuple[LineFlag, ...]) -> None:
    """What surrounds or splits a value neither takes it away nor changes it without a word; its neighbours stay."""
    line = parse(with_shares(inside)).lines[0]
    assert line.shares == (None if shares is None else Decimal(shares))
    assert line.flags == flags
    assert (line.price, line.acquired_disposed) == (Decimal("10.50"), "A")
    assert line.amount == (None if shares is None else shares * Decimal("10.50"))


def test_an_unknown_element_in_a_field_is_counted() -> None:
    """An element that a later schema adds to a field is counted by its place."""
    parsed = parse(with_shares("<newUnit>x</newUnit><value>5</value>"))
    assert parsed.unknown_elements == {"transactionShares/newUnit": 1}
    assert parsed.flags == (DocumentFlag.UNKNOWN_ELEMENTS,)
    assert parsed.summary.total_buys == Decimal("52.50")


def test_an_interrupted_value_keeps_its_text() -> None:
    """The text of a value that was taken back is kept as evidence."""
    assert parse(with_shares("<value>1<b>x</b>000</value>")).lines[0].unread == (UnreadValue("shares", "1x000"),)


@pytest.mark.parametrize(
    ("inside", "field"),
    [
        ("<newUnit/><footnoteId id='F1'/>", "shares"),
        ("<newUnit/><value>5</value><footnoteId id='F1'/>", "shares"),
        ("<value>5</value><newUnit><footnoteId id='F1'/></newUnit>", "newUnit"),
        ("<value>5</value></transactionShares><later><footnoteId id='F1'/></later><transactionShares>", "later"),
    ],
)
def test_footnotes_stay_with_their_field(inside: str, field: str) -> None:
    """A reference behind an unknown element is the field's, one inside is the unknown element's."""
    assert parse(with_shares(inside)).lines[0].field_footnotes == (FieldFootnote(field, "F1"),)


def test_a_footnote_at_the_head_of_a_line_is_of_no_field() -> None:
    """A reference before any field is the line's, not that of the last field of the line before."""
    head = "<nonDerivativeTransaction>"
    row = transaction(price=None).replace(head, f"{head}<footnoteId id='F1'/>")
    lines = parse(document(transaction(), row, footnotes={"F1": "A."})).lines
    assert lines[1].field_footnotes == (FieldFootnote("nonDerivativeTransaction", "F1"),)


def test_blanks_around_the_id_of_a_footnote_are_no_part_of_it() -> None:
    """An id is an XML ID, whose outer blanks mean nothing."""
    data = document(transaction(notes={"securityTitle": ["F1"]}), footnotes={"F1": "A."})
    parsed = parse(data.replace(b'Id id="F1"', b'Id id=" F1 "').replace(b'footnote id="F1"', b'footnote id="F1\n"'))
    assert parsed.footnotes == {"F1": "A."}
    assert (parsed.lines[0].footnote_ids, parsed.lines[0].flags) == (("F1",), ())


def test_a_code_in_a_value_is_read() -> None:
    """A field that has no child `value` is read from one all the same."""
    row = transaction(code="CODE").replace("CODE", "<value>S</value>")
    line = parse(document(row)).lines[0]
    assert (line.code, line.equity_swap) == ("S", False)


@pytest.mark.parametrize("text", ["123<b/>45", "<b>12345</b>"])
def test_an_interrupted_field_of_the_document_is_absent(text: str) -> None:
    """A CIK of which a part is missing is another company's: it is refused for an issuer, and told of an owner."""
    with pytest.raises(IssuerMissingError):
        parse(document(issuer_cik="CIK").replace(b"CIK", text.encode()))
    parsed = parse(document(owners=[owner(cik="CIK").replace("CIK", text)]))
    assert parsed.owners[0].cik is None
    assert DocumentFlag.VALUE_INTERRUPTED in parsed.flags


def test_an_interrupted_footnote_ends_there() -> None:
    """A footnote keeps what stands before an element in it, and the document says so."""
    data = document(footnotes={"F1": "Sold NOT under a plan.", "F2": "B."}).replace(b"NOT", b"<i>not</i>")
    parsed = parse(data)
    assert parsed.footnotes == {"F1": "Sold", "F2": "B."}
    assert DocumentFlag.VALUE_INTERRUPTED in parsed.flags


def test_a_missing_end_tag_interrupts_nothing() -> None:
    """Fields and footnotes that stand inside one whose end is missing are their own."""
    data = document(transaction(notes={"securityTitle": ["F1"]}), footnotes={"F1": "A.", "F2": "B."})
    parsed = parse(data.replace(b"A.</footnote>", b"A.").replace(b"100</value></transactionShares>", b"100"))
    assert parsed.footnotes == {"F1": "A.", "F2": "B."}
    assert (parsed.lines[0].shares, parsed.lines[0].flags) == (Decimal(100), ())
    assert DocumentFlag.VALUE_INTERRUPTED not in parsed.flags
