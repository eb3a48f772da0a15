"""Write a filer's listing as data.sec.gov/submissions does: recent filings in columns, older ones in pages."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tests.edgar.answer import Answer, as_json, no_such_key
from tests.edgar.catalog import Catalog, Listed
from tests.edgar.filing import OWNERSHIP_FORMS, Filing, zulu

COLUMNS = (
    "accessionNumber",
    "filingDate",
    "reportDate",
    "acceptanceDateTime",
    "act",
    "form",
    "fileNumber",
    "filmNumber",
    "items",
    "core_type",
    "size",
    "isXBRL",
    "isInlineXBRL",
    "primaryDocument",
    "primaryDocDescription",
)


def submissions(catalog: Catalog, cik: str, recent: int, *, held_only: bool) -> Answer:
    """Answer with a filer's header, its newest filings, and the names of the older pages."""
    if not catalog.knows(cik):
        return no_such_key(f"submissions/CIK{cik}.json")
    first, *older = _pages(catalog, cik, recent, held_only=held_only)
    files = [
        {
            "name": _page_name(cik, number),
            "filingCount": len(rows),
            "filingFrom": rows[-1]["filingDate"],
            "filingTo": rows[0]["filingDate"],
        }
        for number, rows in enumerate(older, start=1)
    ]
    told = {**_header(catalog, cik), "filings": {"recent": _columns(first), "files": files}}
    return as_json(told, _modified(catalog, cik))


def older_page(catalog: Catalog, cik: str, number: int, recent: int, *, held_only: bool) -> Answer:
    """Answer with one older page: columns alone."""
    pages = _pages(catalog, cik, recent, held_only=held_only) if catalog.knows(cik) else []
    if not 1 <= number < len(pages):
        return no_such_key(f"submissions/{_page_name(cik, number)}")
    return as_json(_columns(pages[number]), _modified(catalog, cik))


def _page_name(cik: str, number: int) -> str:
    """Return the file name of an older page."""
    return f"CIK{cik}-submissions-{number:03d}.json"


def _modified(catalog: Catalog, cik: str) -> datetime:
    """Return the time at which a listing last changed."""
    filings = catalog.by_cik.get(cik)
    return filings[0].accepted if filings else datetime(2020, 1, 1, tzinfo=UTC)


def _pages(catalog: Catalog, cik: str, size: int, *, held_only: bool) -> list[list[Listed]]:
    """Return all rows of a filer, newest first, in pages; the first may be empty."""
    rows = sorted(_rows(catalog, cik, held_only=held_only), key=_when, reverse=True)
    return [rows[start : start + size] for start in range(0, max(len(rows), 1), size)]


def _when(row: Listed) -> tuple[str, str]:
    """Return what a listing is ordered by."""
    return str(row["filingDate"]), str(row["acceptanceDateTime"])


def _rows(catalog: Catalog, cik: str, *, held_only: bool) -> Iterator[Listed]:
    """Return the real rows, and one for each filing that is held here and not among them."""
    listing = catalog.listings.get(cik)
    seen = set()
    for row in listing.rows() if listing else []:
        accession = str(row["accessionNumber"])
        if accession not in seen and (not held_only or accession in catalog.by_accession):
            yield row
        seen.add(accession)
    clock = listing.clock if listing else next((c.clock for c in catalog.companies_of(cik)), "utc")
    for filing in catalog.by_cik.get(cik, []):
        if filing.accession not in seen:
            yield _row(filing, clock)


def _row(filing: Filing, clock: str) -> Listed:
    """Write the row of a filing that no real listing has; numbers that nobody kept are empty."""
    size = len(filing.documents[0].read()) if filing.documents else 0
    values = (
        filing.accession, filing.filed.isoformat(), filing.period, zulu(filing.accepted, clock), "", filing.form,
        "", "", "", filing.form, size, 0, 0, filing.primary_document,
        "OWNERSHIP DOCUMENT" if filing.form in OWNERSHIP_FORMS else filing.form,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _columns(rows: list[Listed]) -> dict[str, list[object]]:
    """Turn rows into columns; a column that only some readings have is filled up with empty text."""
    names = dict.fromkeys(COLUMNS) | dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, "") for row in rows] for name in names}


def _header(catalog: Catalog, cik: str) -> dict[str, object]:
    """Return what stands before the filings: as kept, or what tickers and filings tell."""
    if listing := catalog.listings.get(cik):
        return listing.header()
    companies = catalog.companies_of(cik)
    parties = [party for filing in catalog.by_cik.get(cik, []) for party in filing.parties if party.cik == cik]
    names = [company.name for company in companies] + [party.name for party in parties]
    roles = {party.role for party in parties}
    return {
        "cik": cik,
        "entityType": "operating" if companies or "Issuer" in roles else "other",
        "insiderTransactionForOwnerExists": int("Reporting" in roles),
        "insiderTransactionForIssuerExists": int("Issuer" in roles),
        "name": names[0],
        "tickers": [company.ticker for company in companies],
        "exchanges": [company.exchange for company in companies],
        "formerNames": [],
    }
