"""Write the Atom feed of the latest filings, as browse-edgar's getcurrent does."""

from collections.abc import Iterator, Mapping
from html import escape

from tests.edgar.answer import Answer, not_found, unavailable
from tests.edgar.catalog import Catalog
from tests.edgar.filing import OWNERSHIP_FORMS, Filing, Party

LONGEST_NUMBER = 9  # digits
COUNTS = (100, 80, 40, 20, 10)
DEFAULT_COUNT = 40


def latest(catalog: Catalog, query: Mapping[str, str]) -> Answer:
    """Answer with one page of entries, one for each entity of each filing, newest first.

    Source: `type` matches the beginning of a form type, so 4 brings 424B2; `count` is rounded down to 10, 20,
    40, 80 or 100; past the end the SEC answers 503 with a page of HTML.
    """
    if query.get("action") != "getcurrent" or query.get("output") != "atom":
        return not_found()
    count, start = _count(query.get("count", "")), _number(query.get("start", ""), 0)
    entries = _entries(catalog, query.get("type", ""), query.get("owner", "include"))
    wanted = [entry for position, entry in enumerate(entries) if start <= position < start + count]
    if start and not wanted:
        return unavailable()
    feed = "\n".join([*_opening(catalog), *(_entry(filing, party) for filing, party in wanted), "</feed>", ""])
    return Answer(feed.encode("latin-1", "xmlcharrefreplace"), "application/atom+xml")


def _number(text: str, default: int) -> int:
    """Read a number of the query."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else default


def _count(text: str) -> int:
    """Round the wanted number of entries down to one that the SEC serves."""
    wanted = _number(text, DEFAULT_COUNT)
    return next((count for count in COUNTS if count <= wanted), COUNTS[-1])


def _entries(catalog: Catalog, form: str, owner: str) -> Iterator[tuple[Filing, Party]]:
    """Return what matches, one entry an entity."""
    for filing in catalog.newest:
        left_out = "exclude" if filing.form in OWNERSHIP_FORMS else "only"
        if filing.form.startswith(form) and owner != left_out:
            for party in filing.parties:
                yield filing, party


def _opening(catalog: Catalog) -> Iterator[str]:
    """Write the head of the feed, as if read a moment after the newest filing."""
    now = catalog.newest[0].accepted
    yield '<?xml version="1.0" encoding="ISO-8859-1" ?>'
    yield '<feed xmlns="http://www.w3.org/2005/Atom">'
    yield f"<title>Latest Filings - {now:%a, %d %b %Y %H:%M:%S %Z}</title>"
    yield '<link rel="self" href="/cgi-bin/browse-edgar?action=getcurrent"/>'
    yield "<id>https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent</id>"
    yield f"<updated>{now.isoformat()}</updated>"


def _entry(filing: Filing, party: Party) -> str:
    """Write one entry."""
    address = f"https://www.sec.gov/Archives/edgar/data/{int(party.cik)}/{filing.folder_name}"
    summary = escape(f"<b>Filed:</b> {filing.filed} <b>AccNo:</b> {filing.accession}")
    title = escape(f"{filing.form} - {party.name} ({party.cik}) ({party.role})")
    return (
        f"<entry>\n<title>{title}</title>\n"
        f'<link rel="alternate" type="text/html" href="{address}/{filing.accession}-index.htm"/>\n'
        f'<summary type="html">\n {summary}\n</summary>\n<updated>{filing.accepted.isoformat()}</updated>\n'
        f'<category scheme="https://www.sec.gov/" label="form type" term="{escape(filing.form)}"/>\n'
        f"<id>urn:tag:sec.gov,2008:accession-number={filing.accession}</id>\n</entry>"
    )
