"""Write and read the complete submission text file: an SGML header, then every document.

Source: the form of the SEC's own `.txt` files, 2001 to 2026; times in them are New York time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.edgar.filing import Filing, Party, cik10

HEADER_SIZE = 64 * 1024  # headers of the SEC end within 20 kB; a file is not read further than this for one
SECTIONS = {
    "REPORTING-OWNER": "Reporting",
    "ISSUER": "Issuer",
    "FILER": "Filer",
    "SUBJECT COMPANY": "Subject",
    "FILED BY": "Filed by",
}
FIELD = re.compile(r"^[ \t]*([A-Z][A-Z -]+):[ \t]*(.*)$")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of its filing; accepted is empty where the file has no acceptance time."""

    form: str
    accepted: str
    filed: date
    period: str
    parties: tuple[Party, ...]


def read_header(path: Path) -> Header:
    """Read the SGML header of a submission text."""
    with path.open("rb") as file:
        text = file.read(HEADER_SIZE).decode("latin-1").partition("</SEC-HEADER>")[0]
    fields: dict[str, str] = {}
    for line in text.splitlines():
        if found := FIELD.match(line):
            fields.setdefault(found[1], found[2].strip())
    accepted = re.search(r"<ACCEPTANCE-DATETIME>(\d{14})", text)
    filed = fields.get("FILED AS OF DATE", "") or "20000101"
    period = fields.get("CONFORMED PERIOD OF REPORT", "")
    return Header(
        form=fields.get("CONFORMED SUBMISSION TYPE", ""),
        accepted=accepted[1] if accepted else "",
        filed=date.fromisoformat(filed),
        period=date.fromisoformat(period).isoformat() if period else "",
        parties=tuple(_parties(text)),
    )


def _parties(text: str) -> Iterator[Party]:
    """Read the entities of a header, each in its role."""
    role = name = ""
    for line in text.splitlines():
        found = FIELD.match(line)
        if not found:
            continue
        if not line[0].isspace() and found[1] in SECTIONS:
            role = SECTIONS[found[1]]
        elif found[1] == "COMPANY CONFORMED NAME":
            name = found[2].strip()
        elif found[1] == "CENTRAL INDEX KEY" and role:
            yield Party(cik10(found[2]), name, role)


def write_submission(filing: Filing) -> bytes:
    """Return the complete submission text of a filing: the real one where it is kept."""
    if filing.complete:
        return filing.complete()
    head = "\n".join(_head(filing)) + "\n"
    bodies = b"".join(_document(filing, number) for number in range(len(filing.documents)))
    return head.encode("latin-1", "replace") + bodies + b"</SEC-DOCUMENT>\n"


def _head(filing: Filing) -> Iterator[str]:
    """Write the SGML header."""
    day = f"{filing.filed:%Y%m%d}"
    yield f"<SEC-DOCUMENT>{filing.accession}.txt : {day}"
    yield f"<SEC-HEADER>{filing.accession}.hdr.sgml : {day}"
    yield f"<ACCEPTANCE-DATETIME>{filing.accepted:%Y%m%d%H%M%S}"
    yield f"ACCESSION NUMBER:\t\t{filing.accession}"
    yield f"CONFORMED SUBMISSION TYPE:\t{filing.form}"
    yield f"PUBLIC DOCUMENT COUNT:\t\t{len(filing.documents)}"
    if filing.period:
        yield f"CONFORMED PERIOD OF REPORT:\t{filing.period.replace('-', '')}"
    yield f"FILED AS OF DATE:\t\t{day}"
    yield f"DATE AS OF CHANGE:\t\t{day}"
    for party in filing.parties:
        yield from _section(party, filing.form)
    yield "</SEC-HEADER>"


def _section(party: Party, form: str) -> Iterator[str]:
    """Write one entity of the header."""
    owner = party.role == "Reporting"
    title = next(title for title, role in SECTIONS.items() if role == party.role)
    yield from ("", f"{title}:\t\t", "", f"\t{'OWNER' if owner else 'COMPANY'} DATA:\t")
    yield f"\t\tCOMPANY CONFORMED NAME:\t\t\t{party.name}"
    yield f"\t\tCENTRAL INDEX KEY:\t\t\t{party.cik}"
    if owner:
        yield from ("", "\tFILING VALUES:", f"\t\tFORM TYPE:\t\t{form}", "\t\tSEC ACT:\t\t1934 Act")


def _document(filing: Filing, number: int) -> bytes:
    """Write one document in its SGML wrapper."""
    document = filing.documents[number]
    opening = f"<DOCUMENT>\n<TYPE>{filing.form}\n<SEQUENCE>{number + 1}\n<FILENAME>{document.name}\n<TEXT>\n"
    body = document.read().rstrip() + b"\n"
    if document.name.endswith(".xml"):
        body = b"<XML>\n" + body + b"</XML>\n"
    return opening.encode() + body + b"</TEXT>\n</DOCUMENT>\n"
