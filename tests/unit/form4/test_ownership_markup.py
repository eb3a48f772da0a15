"""Damaged files are mended and say so; hostile ones are refused, quickly, by a typed error."""

import time
from collections.abc import Callable, Iterator

import pytest

from services.form4.domain import DocumentFlag
from services.form4.ownership import OwnershipError, parse
from services.form4.ownership.errors import (
    DocumentTooLargeError,
    EmptyDocumentError,
    IssuerMissingError,
    NotXmlError,
    UnsafeDocumentError,
    WrongRootError,
)
from services.limits import MAX_DOCUMENT_BYTES
from tests.factories.ownership import document, owner, transaction

ENTITIES = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
BOMB = b'<!DOCTYPE x [<!ENTITY a0 "lol">%s]><ownershipDocument>&a9;</ownershipDocument>' % ENTITIES
STOLEN = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ownershipDocument>&e;</ownershipDocument>'


@pytest.fixture(autouse=True)
def quickly() -> Iterator[None]:
    """Fail what takes more processor time than a hostile file may."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"", EmptyDocumentError, id="no bytes"),
        pytest.param(b" \r\n\t", EmptyDocumentError, id="blanks"),
        pytest.param(b"not XML at all", NotXmlError, id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0", NotXmlError, id="picture"),
        pytest.param(b"{}", NotXmlError, id="JSON"),
        pytest.param(b"<html><body>Request Rate Threshold Exceeded<br></body></html>", WrongRootError, id="HTML"),
        pytest.param(b"<edgarSubmission><ownershipDocument/></edgarSubmission>", WrongRootError, id="wrong root"),
        pytest.param(b"x" * (MAX_DOCUMENT_BYTES + 1), DocumentTooLargeError, id="a byte too many"),
        pytest.param(document(remarks=" " * 40_000_000), DocumentTooLargeError, id="40 MB"),
        pytest.param(BOMB, UnsafeDocumentError, id="entity bomb"),
        pytest.param(BOMB.replace(b"&a9;", b'<footnote id="&a9;"/>'), UnsafeDocumentError, id="bomb in an attribute"),
        pytest.param(BOMB.replace(b"&a9;", b""), UnsafeDocumentError, id="bomb unused"),
        pytest.param(b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><ownershipDocument/>', UnsafeDocumentError, id="DTD"),
        pytest.param(STOLEN, UnsafeDocumentError, id="file as entity"),
        pytest.param(b"<ownershipDocument>" * 200_000, UnsafeDocumentError, id="deep"),
        pytest.param(b"<XML>" + b"<ownershipDocument>" * 200_000, UnsafeDocumentError, id="deep in SGML"),
        pytest.param(b"<XML>" + BOMB, IssuerMissingError, id="bomb in SGML"),
        pytest.param(b"<ownershipDocument>&nbsp;" + b"<a>" * 300, UnsafeDocumentError, id="deep behind other damage"),
        pytest.param(document(*[transaction()] * 2_001), DocumentTooLargeError, id="lines"),
        pytest.param(document(transaction(notes={"securityTitle": ["F1"] * 301})), DocumentTooLargeError, id="refers"),
        pytest.param(document(extra="<footnote/>" * 100_000), DocumentTooLargeError, id="footnotes"),
        pytest.param(document(extra="<reportingOwner/>" * 100_000), DocumentTooLargeError, id="owners"),
        pytest.param(document(extra="<a/>" * 1_900_000), DocumentTooLargeError, id="unknown elements"),
    ],
)
def test_hostile_bytes_are_refused(data: bytes, error: type[OwnershipError]) -> None:
    """No bytes end in anything but a document or the typed error that names the cause."""
    with pytest.raises(error):
        parse(data)


def test_causes_are_stable_words() -> None:
    """Every error carries the word that clients are told."""
    causes = {error.cause for error in OwnershipError.__subclasses__()}
    assert causes == {"empty", "too_large", "not_xml", "wrong_root", "no_issuer", "unsafe"}


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data.replace(b"</transactionShares>", b"</value>", 1), id="wrong end tag"),
        pytest.param(
            lambda data: data.replace(b"</value></transactionShares>", b"</transactionShares>", 1), id="no end"
        ),
        pytest.param(lambda data: data.replace(b"</nonDerivativeTransaction>", b"", 1), id="row without end"),
        pytest.param(lambda data: data.replace(b"</reportingOwnerId>", b"</a>" * 15, 1), id="end tags too many"),
        pytest.param(lambda data: data + data.replace(b"10.50", b"99"), id="two documents"),
        pytest.param(lambda data: data[: data.index(b"<footnotes>")], id="cut short"),
        pytest.param(lambda data: b"\n\n" + data, id="blank lines before"),
        pytest.param(lambda data: data + b"</ownershipDocument>trailing", id="text after"),
        pytest.param(lambda data: data.replace(b"Jane Doe", b"Jane & John Doe < Co"), id="bare ampersand"),
        pytest.param(lambda data: data.replace(b'"1.0"', b'"1.0" encoding="x-unknown"'), id="unknown encoding"),
        pytest.param(lambda data: data.replace(b'"1.0"', b'"1.0" encoding="UTF-16"'), id="false encoding"),
        pytest.param(lambda data: data.replace(b"/s/", b"\x92\x93/s/"), id="bytes of another encoding"),
        pytest.param(lambda data: data.replace(b"/s/", b"\0\1/s/"), id="control characters"),
    ],
)
def test_damage_costs_no_other_line(damage: Callable[[bytes], bytes]) -> None:
    """A file that is not well formed gives every line that it still has, and says that it was mended."""
    parsed = parse(damage(document(*[transaction(shares=str(number)) for number in (1, 2, 3)])))
    assert DocumentFlag.RECOVERED in parsed.flags
    assert [line.ordinal for line in parsed.lines] == [1, 2, 3]
    assert [line.shares for line in parsed.lines] == [1, 2, 3]
    assert {(line.code, line.date, str(line.price)) for line in parsed.lines} == {("P", "2024-01-15", "10.50")}


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(b"\xef\xbb\xbf<XML>\n", id="XML"),
        pytest.param(b"\r\n<TYPE>4\n<SEQUENCE>1\n<TEXT>\n<XML>\n", id="document"),
        pytest.param(b"<SEC-DOCUMENT>1.txt : 20240117\n<SEC-HEADER>\nNAME: A & B\n</SEC-HEADER>\n", id="submission"),
        pytest.param(b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nProc-Type: 2001,MIC-CLEAR\n\n<XML>", id="enhanced"),
    ],
)
def test_the_sgml_around_a_document_is_left_aside(opened: bytes) -> None:
    """A document within a submission, or within what is left of one, is read as if it stood alone."""
    data = document(transaction(), remarks="Caf\u00e9 & more")
    parsed = parse(opened + data + b"\n</XML>\n</TEXT>\n<TEXT>\nbegin 644 a.jpg\nM&_<8V]?X!&>\n</TEXT>\n")
    assert parsed == parse(data)
    assert parsed.flags == ()


def test_the_sgml_around_a_damaged_document_is_left_aside() -> None:
    """A document without an end ends with its element in the submission."""
    data = document(transaction(), remarks="The end.").replace(b"</ownershipDocument>", b"")
    parsed = parse(b"<TEXT>\n<XML>\n" + data + b"\n</XML>\n</TEXT>\n<TEXT>\n<footnote>Other.</footnote>\n")
    assert (len(parsed.lines), parsed.remarks, parsed.footnotes) == (1, "The end.", {})
    assert parsed.flags == (DocumentFlag.RECOVERED,)


def test_mended_text_is_what_was_meant() -> None:
    """Bare ampersands and the names of HTML's characters read as what the filer saw."""
    data = document(remarks="REMARKS").replace(b"REMARKS", b"AT&T &amp; R&D&nbsp;&copy; &#38; &unheard; &LT; Co\x92s")
    assert parse(data).remarks == "AT&T & R&D\u00a0\u00a9 & &unheard; < Co\u2019s"


@pytest.mark.parametrize("number", [b"0", b"1", b"xD800", b"xDFFF", b"xFFFE", b"x110000", b"9999999", b"150"])
def test_references_to_no_character_break_nothing(number: bytes) -> None:
    """A reference to half a surrogate pair, a control or nothing at all leaves the text around it."""
    data = document(remarks="REMARKS", footnotes={"F1": "REMARKS"}).replace(b"REMARKS", b"a & b &#%s; c" % number)
    remarks = parse(data).remarks
    assert remarks is not None
    assert remarks.startswith("a & b ")
    assert remarks.endswith(" c")
    assert remarks.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding: str) -> None:
    """A document in the encoding that it declares needs no mending."""
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = document(remarks="Caf\u00e9").decode().replace('"1.0"', f'"1.0" encoding="{name}"')
    parsed = parse(text.encode(encoding))
    assert (parsed.remarks, parsed.flags) == ("Caf\u00e9", ())


@pytest.mark.parametrize("declared", ["utf-16", "utf-8", "us-ascii"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_that_says_otherwise_is_read(declared: str, encoding: str) -> None:
    """What the bytes are decides, not what they declare."""
    text = document(transaction()).decode().replace('"1.0"', f'"1.0" encoding="{declared}"')
    assert len(parse(text.encode(encoding)).lines) == 1


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        (b'<ownershipDocument xmlns="http://www.sec.gov/edgar/ownership">', b"</ownershipDocument>"),
        (b'<ownershipDocument xmlns="urn:x" xmlns:xsi="urn:y" xsi:schemaLocation="z">', b"</ownershipDocument>"),
    ],
)
def test_namespaces_are_left_aside(opened: bytes, closed: bytes) -> None:
    """Elements in a namespace are read by their local names, and the document says so."""
    data = document(transaction()).replace(b"<ownershipDocument>", opened).replace(b"</ownershipDocument>", closed)
    parsed = parse(data)
    assert parsed.flags == (DocumentFlag.NAMESPACE_IGNORED,)
    assert parsed.summary.buy_count == 1


def test_prefixed_elements_are_left_aside_too() -> None:
    """A prefix on every element changes nothing but the flag."""
    data = document(transaction()).replace(b"</", b"<!").replace(b"<", b"<o:").replace(b"<o:!", b"</o:")
    data = data.replace(b"<o:?xml", b"<?xml").replace(
        b"<o:ownershipDocument>", b'<o:ownershipDocument xmlns:o="urn:o">'
    )
    parsed = parse(data)
    assert parsed.flags == (DocumentFlag.NAMESPACE_IGNORED,)
    assert parsed.summary.buy_count == 1


def test_comments_instructions_and_cdata_are_text_or_nothing() -> None:
    """A number interrupted by a comment is one number; CDATA is text."""
    data = document(transaction(title="TITLE", shares="12345")).replace(b"12345", b"12<!-- x -->3<?y z?>45")
    line = parse(data.replace(b"TITLE", b"<![CDATA[A & B]]>")).lines[0]
    assert (str(line.shares), line.security_title) == ("12345", "A & B")


def test_unknown_names_are_bounded() -> None:
    """A file of a thousand different elements names fifty of them, and counts the others together."""
    unknown = parse(document(extra="".join(f"<x{number}/>" for number in range(1_000)))).unknown_elements
    assert len(unknown) == 51
    assert unknown["others"] == 950


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(document(transaction(title="x" * 7_000_000)), id="long title"),
        pytest.param(document(transaction(price="9" * 7_000_000)), id="long number"),
        pytest.param(document(transaction(price="9" * 100_000 + "x")), id="long number with a letter"),
        pytest.param(document(owners=[owner()[:-17] + "<isOther/>" * 700_000]), id="many elements"),
        pytest.param(
            document(transaction(extra="<securityTitle><value>x</value></securityTitle>" * 150_000)), id="repeated"
        ),
        pytest.param(
            document(transaction(extra="<transactionShares><value>x</value></transactionShares>" * 100_000)),
            id="unread",
        ),
        pytest.param(document(footnotes={f"F{n}": "not 10b5-1 " * 700 for n in range(900)}), id="denials"),
        pytest.param(
            document(
                *[transaction(notes={"transactionPricePerShare": [f"F{n}" for n in range(290)]})] * 600,
                footnotes={f"F{n}": "multiple trades $1 to $2 " * 300 for n in range(290)},
            )[:MAX_DOCUMENT_BYTES],
            id="price notes",
        ),
        pytest.param(document(extra="<a " + " ".join(f'b{n}="1"' for n in range(200_000)) + "/>"), id="attributes"),
        pytest.param(document(remarks="X").replace(b"X", b"&" * 7_000_000), id="ampersands"),
    ],
)
def test_large_but_allowed_documents_end_quickly(data: bytes) -> None:
    """Whatever fits into the size limit costs a bounded time, as a document or as an error."""
    try:
        parse(data)
    except OwnershipError:
        return
