"""List what a company or person filed, newest first, asking for no page that is not needed."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date

from services.filings.domain import Priority
from services.filings.edgar.client import EdgarClient
from services.filings.edgar.errors import NotFound
from services.filings.edgar.submissions import FilingPage, FilingRow, parse_older_page, parse_submissions
from services.identifiers import AccessionNumber, Cik


@dataclass(frozen=True, slots=True)
class ListedFilings:
    """Hold the filings of one page, newest first, and what its reading left out.

    Shape: missing_page names a page that EDGAR lists and does not have, missing_until the last day on it.
    """

    rows: tuple[FilingRow, ...]
    bad_rows: int = 0
    missing_page: str = ""
    missing_until: date | None = None


async def list_filings(
    client: EdgarClient, cik: Cik, *, forms: frozenset[str], since: date, priority: Priority
) -> AsyncGenerator[ListedFilings, None]:
    """Yield the filings of some exact forms that were filed on a day or later, page by page, each filing once.

    Shape: one request a page, made when the caller asks for the next; pages that end before the day are not fetched.
    Raises: NotFound for a CIK that never filed; other EdgarErrors.
    """
    first = await client.get(client.urls.submissions(cik), priority)
    # In a thread: 40,000 rows take seconds, in which the loop must go on giving grants and signs of life.
    newest = await asyncio.to_thread(parse_submissions, first.body)
    seen: set[AccessionNumber] = set()
    yield _chosen(newest.page, forms, since, seen)
    for older in newest.older:
        if older.filing_to < since:
            return
        resource = client.urls.submissions_page(cik, older.name)
        try:
            document = await client.get(resource, priority)
            page = await asyncio.to_thread(parse_older_page, document.body)
        except NotFound:
            yield ListedFilings(rows=(), missing_page=older.name, missing_until=older.filing_to)
        else:
            yield _chosen(page, forms, since, seen)


def _chosen(page: FilingPage, forms: frozenset[str], since: date, seen: set[AccessionNumber]) -> ListedFilings:
    """Choose the rows that are wanted and were not listed before."""
    rows: list[FilingRow] = []
    for row in sorted(page.rows, key=lambda row: row.filing_date, reverse=True):
        if row.form in forms and row.filing_date >= since and row.accession_number not in seen:
            seen.add(row.accession_number)
            rows.append(row)
    return ListedFilings(tuple(rows), page.bad_rows)
