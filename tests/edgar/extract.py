"""Extract the facts of filings from a folder of real files into facts.tsv.

Run as `python -m tests.edgar.extract FOLDER [NAME…]`: it reads again what facts.tsv already holds, adds the
ownership documents named, and writes the file anew. No sentence of a filer is taken over, and no address.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from tests.edgar import facts as known
from tests.edgar.catalog import Catalog
from tests.edgar.facts import Company, Facts, Row, join_cell
from tests.edgar.filing import Filing
from tests.edgar.folder import catalog_of_folder
from tests.edgar.layout import HEAD, ISSUER, LINE, OWNER_ID, OWNER_ROLES, ROWS, Column
from tests.edgar.sentences import recognise, recognise_remark

KINDS = {path: kind for kind, path in ROWS.items()}
BEST_KNOWN = 40  # companies at the head of the ticker file, kept so that a search has something to choose from


def main() -> None:
    """Write facts.tsv anew."""
    folder, *names = sys.argv[1:]
    held = known.read()[1] if known.FILE.exists() else []
    names += [facts.source or facts.accession for facts in held]
    known.FILE.write_text(extract(Path(folder), names), encoding="utf-8")


def extract(folder: Path, names: Iterable[str]) -> str:
    """Return the text of a file of facts about the named documents of a folder.

    Shape: names are stems of `ownership/*.xml`; filings are ordered by issuer, then acceptance, then number.
    """
    catalog = catalog_of_folder(folder)
    wanted = set(names)
    filings = []
    for filing in catalog.newest:
        if filing.source in wanted:
            filings.append((filing, read_facts(filing)))
            wanted.discard(filing.source)
    if wanted:
        raise ValueError(f"not in {folder}: {', '.join(sorted(wanted))}")
    filings.sort(key=lambda pair: (pair[1].issuer[0], pair[0].accepted, pair[0].accession))
    return known.write(_companies(catalog, [filing for filing, _ in filings]), [facts for _, facts in filings])


def read_facts(filing: Filing) -> Facts:
    """Read what a filing states."""
    root = etree.fromstring(filing.documents[0].read())
    return Facts(
        accession=filing.accession,
        source="" if filing.source == filing.accession else filing.source,
        filed=filing.filed.isoformat(),
        accepted=f"{filing.accepted:%Y%m%d%H%M%S}" if filing.exact else "",
        head=_texts(root, HEAD),
        issuer=_texts(root.find("issuer"), ISSUER),
        box=_text(root, "aff10b5One"),
        signed=",".join(_text(signature, "signatureDate") for signature in root.iterfind("ownerSignature")),
        remark=recognise_remark(_text(root, "remarks")),
        owners=[
            _texts(owner.find("reportingOwnerId"), OWNER_ID)
            + _texts(owner.find("reportingOwnerRelationship"), OWNER_ROLES)
            for owner in root.iterfind("reportingOwner")
        ],
        notes=[(note.get("id", ""), recognise(note.text or "")) for note in root.iterfind("footnotes/footnote")],
        rows=list(_rows(root)),
    )


def _text(parent: etree._Element | None, name: str) -> str:
    """Return the text of a child, empty where there is none."""
    return "" if parent is None else " ".join((parent.findtext(name) or "").split())


def _texts(parent: etree._Element | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of several children."""
    return tuple(_text(parent, name) for name in names)


def _rows(root: etree._Element) -> Iterator[Row]:
    """Read the rows of both tables, in their order."""
    for table in root:
        for row in table:
            if kind := KINDS.get((str(table.tag), str(row.tag))):
                yield Row(kind, tuple(_cell(row, column) for column in LINE))


def _cell(row: etree._Element, column: Column) -> str:
    """Read one value of a row with its footnotes."""
    element = row.find(column.path)
    if element is None:
        return ""
    if column.plain:
        return " ".join((element.text or "").split())
    return join_cell(_text(element, "value"), [note.get("id", "") for note in element.iterfind("footnoteId")])


def _companies(catalog: Catalog, filings: list[Filing]) -> list[Company]:
    """Return the rows of the real ticker file of the issuers and owners, and of the best known companies besides."""
    parties = {party.cik for filing in filings for party in filing.parties}
    clocks = {cik: listing.clock for cik, listing in catalog.listings.items()}
    return [
        Company(company.cik, company.ticker, company.exchange, clocks.get(company.cik, "utc"), company.name)
        for position, company in enumerate(catalog.read_companies())
        if position < BEST_KNOWN or company.cik in parties
    ]


if __name__ == "__main__":
    main()
