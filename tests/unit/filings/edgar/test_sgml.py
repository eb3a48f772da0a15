"""Check the reading of complete submissions."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from services.filings.domain import OWNERSHIP_FORMS
from services.filings.edgar.errors import Malformed
from services.filings.edgar.sgml import ownership_xml, parse_submission
from tests.unit.filings.edgar.real import REAL, needs_real, real_files

XML = b'<?xml version="1.0"?>\n<ownershipDocument><documentType>4</documentType></ownershipDocument>'
DOCUMENT = (
    b"<DOCUMENT>\n<TYPE>4\n<SEQUENCE>1\n<FILENAME>form4.xml\n<TEXT>\n<XML>\n"
    + XML
    + b"\n</XML>\n</TEXT>\n</DOCUMENT>\n"
)
EXHIBIT = (
    b"<DOCUMENT>\n<TYPE>EX-24\n<SEQUENCE>2\n<FILENAME>poa.txt\n<DESCRIPTION>POWER: <b>\n"
    b"<TEXT>\nI hereby\n</TEXT>\n</DOCUMENT>\n"
)
HEADER = b"""<SEC-DOCUMENT>0001127602-25-001055.txt : 20250110
<SEC-HEADER>0001127602-25-001055.hdr.sgml : 20250110
<ACCEPTANCE-DATETIME>20250110160730
ACCESSION NUMBER:\t\t0001127602-25-001055
CONFORMED SUBMISSION TYPE:\t4
CONFORMED PERIOD OF REPORT:\t20250109
FILED AS OF DATE:\t\t20250110

REPORTING-OWNER:\t

\tOWNER DATA:
\t\tCENTRAL INDEX KEY:\t\t\t0001806647

ISSUER:

\tCOMPANY DATA:
\t\tCENTRAL INDEX KEY:\t\t\t0000001750
</SEC-HEADER>
"""
SUBMISSION = HEADER + DOCUMENT + EXHIBIT + b"</SEC-DOCUMENT>\n"
DISSEMINATED = (
    b"<SUBMISSION>\r\n<ACCESSION-NUMBER>0001127602-25-004598<TYPE>4<PERIOD>20250212<FILING-DATE>20250213<REPORTING-OWNER>"
    b"<OWNER-DATA><CIK>0001870985</OWNER-DATA></REPORTING-OWNER><ISSUER><COMPANY-DATA><CIK>0000007536</COMPANY-DATA></ISSUER>"
    b"<DOCUMENT><TYPE>4<SEQUENCE>1<FILENAME>form4.xml<TEXT><XML>" + XML + b"</XML></TEXT></DOCUMENT></SUBMISSION>"
)


def test_a_header_of_lines_is_read() -> None:
    """Number, filing date and time of acceptance come from the header."""
    submission = parse_submission(SUBMISSION)
    assert (submission.accession_number, submission.filing_date) == ("0001127602-25-001055", date(2025, 1, 10))
    assert submission.acceptance is not None
    assert submission.acceptance.at == datetime(2025, 1, 10, 21, 7, 30, tzinfo=UTC)


def test_documents_are_cut_out() -> None:
    """Each document has its type and its text, and the XML is found."""
    submission = parse_submission(SUBMISSION)
    form, exhibit = submission.documents
    assert (form.type, exhibit.type) == ("4", "EX-24")
    assert exhibit.text.strip() == b"I hereby"
    assert ownership_xml(submission) == XML


def test_the_dissemination_form_is_read() -> None:
    """Tags on one line say the same, but no time of acceptance."""
    submission = parse_submission(DISSEMINATED)
    assert (submission.accession_number, submission.filing_date) == ("0001127602-25-004598", date(2025, 2, 13))
    assert submission.acceptance is None
    assert ownership_xml(submission) == XML


def test_a_privacy_enhanced_head_is_passed_over() -> None:
    """What stands before the header, in the years up to 2010, changes nothing."""
    head = (
        b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nProc-Type: 2001,MIC-CLEAR\nTYPE: 99\nMIC-Info: RSA-MD5,RSA,\n x\n\n"
    )
    assert parse_submission(head + SUBMISSION) == parse_submission(SUBMISSION)


def test_the_xml_of_another_form_is_not_taken() -> None:
    """Only a document whose own type is an ownership form holds the XML that is looked for."""
    other = SUBMISSION.replace(b"<TYPE>4\n", b"<TYPE>D\n")
    assert ownership_xml(parse_submission(other)) is None
    second = HEADER + EXHIBIT.replace(b"I hereby", b"<XML>other</XML>") + DOCUMENT
    assert ownership_xml(parse_submission(second)) == XML


@pytest.mark.parametrize("length", [len(HEADER) + 30, len(HEADER) + 120, len(HEADER) + len(DOCUMENT) - 5])
def test_what_is_cut_short_is_kept(length: int) -> None:
    """A document without an end is kept as far as it goes."""
    (document,) = parse_submission(SUBMISSION[:length]).documents
    assert document.type == "4"
    assert document.text.strip() in DOCUMENT


def test_a_header_without_documents_and_documents_without_a_header_are_read() -> None:
    """Either half alone is enough to go on."""
    assert parse_submission(HEADER).documents == ()
    alone = parse_submission(DOCUMENT)
    assert (alone.accession_number, alone.filing_date, alone.acceptance) == (None, None, None)
    assert ownership_xml(alone) == XML


@pytest.mark.parametrize("body", [b"", b"<html>", b"\0" * 100, XML])
def test_something_else_is_malformed(body: bytes) -> None:
    """Neither a header nor a document is no submission."""
    with pytest.raises(Malformed):
        parse_submission(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<DOCUMENT>" * 3_000_000,
        DOCUMENT * 20_000,
        b"<SEC-HEADER>" + b"<" * 30_000_000,
        b"<SEC-HEADER>" + b"<CIK>1" * 4_000_000,
        b"<SEC-HEADER>\nISSUER:\n" + b"CIK:1\n" * 4_000_000,
        b"<DOCUMENT>" + b"<TEXT>" * 4_000_000,
        b"<DOCUMENT><TYPE>4<TEXT>" + b"<XML>" * 5_000_000,
        HEADER + b"</DOCUMENT>" * 2_000_000,
    ],
    ids=["starts", "documents", "brackets", "tags", "lines", "texts", "xmls", "ends"],
)
def test_thirty_megabytes_of_anything_take_a_moment(body: bytes) -> None:
    """Hostile repetitions are read in linear time or refused."""
    started = time.process_time()
    with suppress(Malformed):
        ownership_xml(parse_submission(body))
    assert time.process_time() - started < 3


PIECES = st.sampled_from([
    b"<SEC-HEADER>", b"<SUBMISSION>", b"<DOCUMENT>", b"</DOCUMENT>", b"<TYPE>4", b"<TEXT>", b"</TEXT>", b"<XML>",
    b"</XML>", b"\n", b"ISSUER:", b"CENTRAL INDEX KEY:", b"<CIK>", b"1", b"<SEQUENCE>", b":", b"<", b">", b"\xff",
    b"<ACCEPTANCE-DATETIME>", b"20250110160730", b"FILED AS OF DATE:",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40))
def test_no_arrangement_breaks_the_reader(pieces: list[bytes]) -> None:
    """Any order of the words of a submission is read or refused."""
    try:
        ownership_xml(parse_submission(b"".join(pieces)))
    except Malformed:
        return


@needs_real
def test_real_submissions_are_read() -> None:
    """Every real submission gives its number, except the one without a header, and its XML where its form has one."""
    for path in real_files("sgml"):
        submission = parse_submission(path.read_bytes())
        assert submission.documents, path.name
        if path.name.startswith("0000899681-95"):
            assert submission.accession_number is None
            continue
        assert submission.accession_number == path.name[:20], path.name
        assert submission.filing_date is not None, path.name
        xml = ownership_xml(submission)
        is_ownership = submission.documents[0].type in OWNERSHIP_FORMS
        assert (xml is not None) == (is_ownership and "-00-" not in path.name), path.name
        if xml is not None:
            assert etree.fromstring(xml).tag == "ownershipDocument"


@needs_real
def test_a_real_form_4_has_document_and_time() -> None:
    """The XML is that of the issuer, and the header says when the SEC accepted it."""
    submission = parse_submission((REAL / "sgml/0000320193-22-000061.txt").read_bytes())
    xml = ownership_xml(submission)
    assert xml is not None
    assert etree.fromstring(xml).findtext("issuer/issuerCik") == "0000320193"
    assert submission.acceptance is not None
    assert submission.acceptance.at == datetime(2022, 5, 6, 22, 30, 57, tzinfo=UTC)


@needs_real
def test_a_form_4_of_2000_has_no_xml() -> None:
    """A header with tags among its lines, of a form in plain text, gives number and filing date and no XML."""
    submission = parse_submission((REAL / "sgml/0001094891-00-000193.txt").read_bytes())
    assert submission.accession_number == "0001094891-00-000193"
    assert submission.filing_date is not None
    assert submission.acceptance is None
    assert ownership_xml(submission) is None


@needs_real
def test_all_documents_of_a_long_submission_are_found() -> None:
    """A filing of 74 documents has the 72 that its source kept."""
    submission = parse_submission((REAL / "sgml/0000320193-17-000009-index-headers.txt").read_bytes())
    assert len(submission.documents) == 72
    assert all(document.type for document in submission.documents)
