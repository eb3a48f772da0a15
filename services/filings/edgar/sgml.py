"""Read a complete submission: its SGML header and the documents in it.

Three forms are met: `.txt` with a header of KEY: VALUE lines (the oldest wrapped in a privacy-enhanced message), the
same with tags among the lines, and `.nc`, the dissemination form, which is tags alone, on many lines or on one.
Everything is found by searching forward once, so the time is linear in the size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.chassis.errors import InvalidField
from services.filings.domain import OWNERSHIP_FORMS
from services.filings.edgar.acceptance import Acceptance, from_header
from services.filings.edgar.errors import Malformed
from services.filings.edgar.reading import day
from services.identifiers import AccessionNumber

# The longest header seen has 6 kB; one of a fund with hundreds of series reaches hundreds of kB.
_MAX_HEADER_BYTES: Final = 1024 * 1024
# Type, sequence, file name and description stand before the text.
_MAX_HEAD_BYTES: Final = 4_096
# Filings with every page as an image have some thousand.
_MAX_DOCUMENTS: Final = 10_000
_MAX_VALUE_CHARACTERS: Final = 255

_HEADER_STARTS: Final = (b"<SEC-DOCUMENT>", b"<SEC-HEADER>", b"<SUBMISSION>")
_ACCESSION_KEYS: Final = ("ACCESSION NUMBER", "ACCESSION-NUMBER")
_FILED_KEYS: Final = ("FILED AS OF DATE", "FILING-DATE")
_ACCEPTED_KEYS: Final = ("ACCEPTANCE-DATETIME",)
_TYPE_KEYS: Final = ("TYPE",)


@dataclass(frozen=True, slots=True)
class SgmlDocument:
    """Hold one document of a submission; what it lacks is empty."""

    type: str
    text: bytes


@dataclass(frozen=True, slots=True)
class SgmlSubmission:
    """Hold what is read of a submission's header, None where that lacks it, and its documents, as they come."""

    accession_number: AccessionNumber | None
    filing_date: date | None
    acceptance: Acceptance | None
    documents: tuple[SgmlDocument, ...]


def parse_submission(raw: bytes) -> SgmlSubmission:
    """Read a whole submission.

    Raises: Malformed when there is neither a header nor a document, or more documents than any filing has.
    """
    first = raw.find(b"<DOCUMENT>")
    header = raw[: first if first >= 0 else len(raw)][:_MAX_HEADER_BYTES]
    starts = [start for tag in _HEADER_STARTS if (start := header.find(tag)) >= 0]
    if first < 0 and not starts:
        raise Malformed("no SGML header and no document")
    pairs = list(_pairs(header[min(starts) :])) if starts else []
    return SgmlSubmission(
        accession_number=_accession(_first(pairs, _ACCESSION_KEYS)),
        filing_date=day(_first(pairs, _FILED_KEYS)),
        acceptance=from_header(_first(pairs, _ACCEPTED_KEYS)),
        documents=tuple(_documents(raw, first)),
    )


def ownership_xml(submission: SgmlSubmission) -> bytes | None:
    """Return the XML of the Form 3, 4 or 5 in a submission; older ones, in plain text or HTML, have none.

    Source: the <XML> of the first <DOCUMENT> whose <TYPE> is an ownership form.
    """
    for document in submission.documents:
        start = document.text.find(b"<XML>") if document.type in OWNERSHIP_FORMS else -1
        if start >= 0:
            end = document.text.find(b"</XML>", start)
            return document.text[start + len(b"<XML>") : end if end >= 0 else None].strip()
    return None


def _pairs(header: bytes) -> Iterator[tuple[str, str]]:
    """Yield the header's keys and values in order, of `KEY: value` lines and of `<KEY>value` tags alike."""
    for line in header.decode("latin-1").splitlines():
        stripped = line.strip()
        is_tags = stripped.startswith("<")
        for entry in stripped.split("<")[1:] if is_tags else [stripped]:
            key, _, value = entry.partition(">" if is_tags else ":")
            if key:
                yield key.strip().upper(), value.strip()[:_MAX_VALUE_CHARACTERS]


def _first(pairs: list[tuple[str, str]], keys: tuple[str, ...]) -> str:
    """Return the first value under one of several keys, or nothing."""
    return next((value for key, value in pairs if key in keys and value), "")


def _documents(raw: bytes, start: int) -> Iterator[SgmlDocument]:
    """Cut the documents out, one after the other; one without an end runs to the next or to the end of the file.

    Raises: Malformed for more than any filing has.
    """
    count, is_cut_short = 0, False
    while start >= 0:
        count += 1
        if count > _MAX_DOCUMENTS:
            raise Malformed(f"more than {_MAX_DOCUMENTS} documents in one submission")
        end = -1 if is_cut_short else raw.find(b"</DOCUMENT>", start)
        is_cut_short = end < 0  # then no further one has an end, and looking for it each time would take for ever
        following = raw.find(b"<DOCUMENT>", start + 1 if is_cut_short else end)
        stop = end if end >= 0 else following if following >= 0 else len(raw)
        yield _document(raw[start:stop])
        start = following


def _document(part: bytes) -> SgmlDocument:
    """Read the type of one document and cut out its text."""
    text_start = part.find(b"<TEXT>")
    head = part[: text_start if text_start >= 0 else len(part)][:_MAX_HEAD_BYTES]
    text = b""
    if text_start >= 0:
        text_end = part.rfind(b"</TEXT>", text_start)
        text = part[text_start + len(b"<TEXT>") : text_end if text_end >= 0 else None]
    return SgmlDocument(type=_first(list(_pairs(head)), _TYPE_KEYS), text=text)


def _accession(value: str) -> AccessionNumber | None:
    """Read an accession number, or nothing."""
    try:
        return AccessionNumber(value)
    except InvalidField:
        return None
