"""Read the submissions JSON: what a company or person filed, in columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.chassis.errors import InvalidField
from services.filings.edgar.acceptance import Acceptance, Clock, Stamp, clock_of, from_listing
from services.filings.edgar.errors import Malformed
from services.filings.edgar.reading import count, day, parse_json, text
from services.identifiers import AccessionNumber, Cik

_KEY_COLUMNS: Final = ("accessionNumber", "form", "filingDate")
_OTHER_COLUMNS: Final = (
    "acceptanceDateTime",
    "reportDate",
    "primaryDocument",
    "primaryDocDescription",
    "items",
    "size",
)

Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class FilingRow:
    """Hold one filing as the submissions JSON lists it; absent text is empty.

    Shape: form is exact, amendments apart (4 and 4/A). items are 8-K item codes in the order of the filing.
    Unit: size is bytes.
    """

    accession_number: AccessionNumber
    form: str
    filing_date: date
    acceptance: Acceptance
    report_date: date | None
    primary_document: str
    primary_document_description: str
    items: tuple[str, ...]
    size: int | None


@dataclass(frozen=True, slots=True)
class FilingPage:
    """Hold the readable rows of one page in the order of the page, and what was not readable.

    Shape: bad_columns names columns left out because their length differs from the others'.
    """

    rows: tuple[FilingRow, ...]
    bad_rows: int
    bad_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OlderPage:
    """Name an older page and the filing dates that it spans, both included."""

    name: str
    filing_from: date
    filing_to: date


@dataclass(frozen=True, slots=True)
class Submissions:
    """Hold the newest page of one company or person, and the names of the older ones, newest first."""

    cik: Cik
    name: str
    page: FilingPage
    older: tuple[OlderPage, ...]
    bad_pages: int


def parse_submissions(body: bytes) -> Submissions:
    """Read CIK##########.json.

    Raises: Malformed when it is not the filings of one CIK.
    """
    file = parse_json(body, "the submissions file")
    if not isinstance(file, dict) or not isinstance(file.get("filings"), dict):
        raise Malformed("the submissions file holds no filings")
    try:
        cik = Cik(str(file.get("cik")))
    except InvalidField as error:
        raise Malformed("the submissions file names no CIK") from error
    listed = file["filings"].get("files") or []
    if not isinstance(listed, list):
        raise Malformed("the submissions file does not list its older pages")
    pages = [page for page in map(_older_page, listed) if page is not None]
    pages.sort(key=lambda page: page.filing_to, reverse=True)
    recent = _page(file["filings"].get("recent"))
    return Submissions(cik, text(file.get("name")), recent, tuple(pages), len(listed) - len(pages))


def parse_older_page(body: bytes) -> FilingPage:
    """Read CIK##########-submissions-###.json, where the columns stand at the top.

    Raises: Malformed.
    """
    return _page(parse_json(body, "a page of submissions"))


def _older_page(listed: object) -> OlderPage | None:
    """Read the name and span of an older page."""
    if not isinstance(listed, dict):
        return None
    name, first, last = text(listed.get("name")), day(listed.get("filingFrom")), day(listed.get("filingTo"))
    return OlderPage(name, first, last) if name and first and last else None


def _page(columns: object) -> FilingPage:
    """Turn columns into rows."""
    table, bad_columns = _columns(columns)
    stamps = [_stamp(table, index) for index in range(len(table["form"]))]
    clock = clock_of(stamp for stamp in stamps if stamp is not None)
    rows = [row for index, stamp in enumerate(stamps) if (row := _row(table, index, stamp, clock)) is not None]
    return FilingPage(tuple(rows), len(stamps) - len(rows), bad_columns)


def _columns(columns: object) -> tuple[Columns, tuple[str, ...]]:
    """Take the columns that belong together.

    Shape: a column of another length is left out whole, because nothing says which of its values is missing.
    Raises: Malformed when that happens to a column that names the filing.
    """
    if not isinstance(columns, dict):
        raise Malformed("a page of submissions holds no columns")
    length = len(columns["form"]) if isinstance(columns.get("form"), list) else -1
    table: dict[str, Sequence[object]] = {}
    for name in _KEY_COLUMNS + _OTHER_COLUMNS:
        column = columns.get(name)
        if isinstance(column, list) and len(column) == length:
            table[name] = column
    for name in _KEY_COLUMNS:
        if name not in table:
            raise Malformed(f"a page of submissions has no sound column {name}")
    return table, tuple(name for name in _OTHER_COLUMNS if name in columns and name not in table)


def _stamp(table: Columns, index: int) -> Stamp | None:
    """Read a row's form and dates, or nothing when it has none."""
    form, filing_date = text(table["form"][index]), day(table["filingDate"][index])
    if not form or filing_date is None:
        return None
    return Stamp(form, filing_date, text(_cell(table, "acceptanceDateTime", index)))


def _row(table: Columns, index: int, stamp: Stamp | None, clock: Clock) -> FilingRow | None:
    """Read one filing, or nothing when its number, form or filing date is missing or wrong."""
    if stamp is None:
        return None
    try:
        accession = AccessionNumber(text(table["accessionNumber"][index]))
    except InvalidField:
        return None
    items = text(_cell(table, "items", index))
    return FilingRow(
        accession_number=accession,
        form=stamp.form,
        filing_date=stamp.filing_date,
        acceptance=from_listing(stamp, clock),
        report_date=day(_cell(table, "reportDate", index)),
        primary_document=text(_cell(table, "primaryDocument", index)),
        primary_document_description=text(_cell(table, "primaryDocDescription", index)),
        items=tuple(item.strip() for item in items.split(",") if item.strip()),
        size=count(_cell(table, "size", index)),
    )


def _cell(table: Columns, name: str, index: int) -> object:
    """Return one value of a column that may be missing."""
    column = table.get(name)
    return None if column is None else column[index]
