"""What a document may cost is bounded by counts that are taken before the work is done."""

import pytest
from lxml import etree

from services.form4.domain import DocumentFlag, LineFlag, PlannedSource
from services.form4.ownership import OwnershipError, parse
from services.form4.ownership.errors import DocumentTooLargeError, UnsafeDocumentError
from services.form4.ownership.markup import MAX_MARKUP, MAX_REPAIRS
from services.form4.ownership.plans import MAX_JUDGED
from services.form4.ownership.reading import MAX_FOOTNOTE_ID
from services.limits import MAX_DOCUMENT_BYTES
from tests.factories.ownership import document, transaction

START = b"<ownershipDocument><issuer><issuerCik>1</issuerCik></issuer>"
END = b"</ownershipDocument>"
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "b">]>'


@pytest.fixture
def parsed_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the length of every text that libxml2 is given, in order."""
    lengths = []
    real = etree.fromstring

    def counting(text: bytes, parser: etree.XMLParser) -> etree._Element:
        lengths.append(len(text))
        return real(text, parser)

    monkeypatch.setattr(etree, "fromstring", counting)
    return lengths


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(START + b"<a/>" * MAX_MARKUP + END, DocumentTooLargeError, id="elements"),
        pytest.param(START + b"<!---->" * MAX_MARKUP + END, DocumentTooLargeError, id="comments"),
        pytest.param(START + b"</a>" * MAX_MARKUP, DocumentTooLargeError, id="end tags"),
        pytest.param(START + b"<" * MAX_MARKUP, DocumentTooLargeError, id="errors"),
        pytest.param(DOCTYPE + START + END, UnsafeDocumentError, id="document type"),
        pytest.param(b"\xef\xbb\xbf" + DOCTYPE + START + END, UnsafeDocumentError, id="document type behind a mark"),
        pytest.param(
            b'<?xml version="1.0"?>\n<!-- <x> -->\n' + DOCTYPE + START + END,
            UnsafeDocumentError,
            id="document type behind a comment",
        ),
        pytest.param(
            (DOCTYPE + START + END).decode().encode("utf-16"), UnsafeDocumentError, id="document type in UTF-16"
        ),
        pytest.param((DOCTYPE + START + END).decode().encode("utf-16-be"), UnsafeDocumentError, id="the other UTF-16"),
    ],
)
def test_refused_before_parsing(data: bytes, error: type[OwnershipError], parsed_bytes: list[int]) -> None:
    """Too much markup and any document type are seen in the bytes."""
    with pytest.raises(error):
        parse(data)
    assert parsed_bytes == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(START + b"&" * (MAX_REPAIRS + 1), UnsafeDocumentError, id="ampersands"),
        pytest.param(START + b"&a;" * (MAX_REPAIRS + 1), UnsafeDocumentError, id="unknown names"),
        pytest.param(START + b"&nbsp;" * (MAX_REPAIRS + 1), UnsafeDocumentError, id="names"),
        pytest.param(START + b"&#1;" * (MAX_REPAIRS + 1), UnsafeDocumentError, id="numbers"),
        pytest.param(START + b'<a b="' + b"&" * (MAX_REPAIRS + 1), UnsafeDocumentError, id="in an attribute"),
        pytest.param(START + b"\x92" * (MAX_DOCUMENT_BYTES // 2), DocumentTooLargeError, id="longer as UTF-8"),
    ],
)
def test_refused_before_mending_is_parsed(data: bytes, error: type[OwnershipError], parsed_bytes: list[int]) -> None:
    """Damage whose repair would be large is not read a second time."""
    with pytest.raises(error):
        parse(data)
    assert parsed_bytes == [len(data)]


def test_repairs_within_the_bound_are_made() -> None:
    """As many references as may be repaired are."""
    parsed = parse(document(remarks="REMARKS").replace(b"REMARKS", b"&" * MAX_REPAIRS))
    assert parsed.remarks == "&" * MAX_REPAIRS


def test_a_document_type_in_a_text_is_text() -> None:
    """What stands in a comment or in CDATA declares nothing."""
    data = document(remarks="REMARKS").replace(b"REMARKS", b"<![CDATA[<!DOCTYPE x>]]>")
    parsed = parse(data.replace(b"<ownershipDocument>", b"<!-- <!DOCTYPE x> --><ownershipDocument>"))
    assert (parsed.remarks, parsed.flags) == ("<!DOCTYPE x>", ())


@pytest.mark.parametrize(
    ("box", "planned"), [(None, (None, None)), ("0", (None, None)), ("1", (True, PlannedSource.BOX))]
)
def test_an_unjudged_footnote_leaves_unknown(
    box: str | None, planned: tuple[bool | None, PlannedSource | None]
) -> None:
    """A line that refers to a footnote that was not judged is unknown, unless by the box, and the document says so."""
    row = transaction(notes={"securityTitle": ["F1"]})
    parsed = parse(document(row, box=box, footnotes={"F1": "10b5-1 " + "x" * MAX_JUDGED}))
    assert (parsed.lines[0].planned, parsed.lines[0].planned_source) == planned
    assert parsed.flags == (DocumentFlag.FOOTNOTES_UNJUDGED,)


def test_an_unjudged_footnote_of_other_lines_changes_nothing() -> None:
    """The box still speaks for lines that do not refer to what was not judged."""
    parsed = parse(document(transaction(), box="0", footnotes={"F1": "10b5-1 " + "x" * MAX_JUDGED}))
    assert (parsed.lines[0].planned, parsed.lines[0].planned_source) == (False, PlannedSource.BOX)


def test_long_ids_of_footnotes_are_cut() -> None:
    """An id that no index could hold is cut alike in the footnote and in what refers to it, and both say so."""
    name = "F" * 3_000
    parsed = parse(document(transaction(notes={"securityTitle": [name]}), footnotes={name: "Text."}))
    assert parsed.footnotes == {"F" * MAX_FOOTNOTE_ID: "Text."}
    assert parsed.lines[0].footnote_ids == ("F" * MAX_FOOTNOTE_ID,)
    assert parsed.lines[0].flags == (LineFlag.TEXT_CUT,)
    assert parsed.flags == (DocumentFlag.TEXT_CUT,)
