"""Write the daily indexes: by form, by company, for crawlers, and the master index."""

from collections.abc import Iterator
from datetime import date

from tests.edgar.answer import Answer, access_denied
from tests.edgar.catalog import Catalog
from tests.edgar.filing import Filing, Party

TITLES = {
    "form": "Daily Index of EDGAR Dissemination Feed by Form Type",
    "company": "Daily Index of EDGAR Dissemination Feed by Company Name",
    "crawler": "Daily Crawler Index of EDGAR Dissemination Feed by Company Name",
    "master": "Daily Index of EDGAR Dissemination Feed",
}
MONTHS_A_QUARTER = 3


def daily_index(catalog: Catalog, year: int, quarter: int, kind: str, digits: str) -> Answer:
    """Answer with the index of one day; a day without filings has none, which the SEC says with a 403."""
    try:
        day = date.fromisoformat(digits)
    except ValueError:
        return access_denied()
    entries = [(party, filing) for filing in catalog.newest if filing.filed == day for party in filing.parties]
    if not entries or (day.year, (day.month - 1) // MONTHS_A_QUARTER + 1) != (year, quarter):
        return access_denied()
    lines = [*_head(kind, day), *_master(entries)] if kind == "master" else [*_head(kind, day), *_table(kind, entries)]
    return Answer("\n".join([*lines, ""]).encode("latin-1", "replace"), "text/plain", modified=entries[0][1].accepted)


def _head(kind: str, day: date) -> Iterator[str]:
    """Write the lines before the first column head."""
    yield f"Description:           {TITLES[kind]}"
    yield f"Last Data Received:    {day:%b} {day.day:2d}, {day.year}"
    yield "Comments:              webmaster@sec.gov"
    if kind != "crawler":
        yield "Anonymous FTP:         ftp://ftp.sec.gov/edgar/"
    yield from ([""] if kind == "master" else [" "] * 4)


def _master(entries: list[tuple[Party, Filing]]) -> Iterator[str]:
    """Write the master index: columns between bars, ordered by the text of the CIK."""
    yield "CIK|Company Name|Form Type|Date Filed|File Name"
    yield "-" * 80
    for party, filing in sorted(entries, key=lambda entry: (str(int(entry[0].cik)), entry[1].accession)):
        yield f"{int(party.cik)}|{party.name}|{filing.form}|{filing.filed:%Y%m%d}|{_file_name(party, filing)}"


def _table(kind: str, entries: list[tuple[Party, Filing]]) -> Iterator[str]:
    """Write an index in columns of fixed width; company and crawler heads are broken over two lines by the SEC."""
    if kind == "form":
        yield f"{'Form Type':<12}{'Company Name':<62}{'CIK':<12}{'Date Filed':<12}File Name"
    else:
        yield f"{'Company Name':<62}{'Form Type':<12}CIK"
        yield f"{'':<6}{'Date Filed':<12}{'URL ' if kind == 'crawler' else 'File Name'}"
    yield "-" * 141
    by_form = kind == "form"
    for party, filing in sorted(entries, key=lambda entry: _order(*entry, by_form=by_form)):
        first = f"{filing.form:<12}{party.name:<62}" if by_form else f"{party.name:<62}{filing.form:<12}"
        name = _address(party, filing) if kind == "crawler" else _file_name(party, filing)
        yield f"{first}{int(party.cik):<12}{filing.filed:%Y%m%d}    {name}         "


def _order(party: Party, filing: Filing, *, by_form: bool) -> tuple[str, str, str]:
    """Return what an index is ordered by."""
    form = filing.form if by_form else ""
    return form, party.name, filing.accession


def _file_name(party: Party, filing: Filing) -> str:
    """Return the path of the submission text below the archive."""
    return f"edgar/data/{int(party.cik)}/{filing.accession}.txt"


def _address(party: Party, filing: Filing) -> str:
    """Return the address of the index page."""
    return f"http://www.sec.gov/Archives/edgar/data/{int(party.cik)}/{filing.accession}-index.htm"
