"""Answer for the archive's folders: a filing's text, index and documents."""

from collections.abc import Iterator
from html import escape

from tests.edgar.answer import HTML, XML, Answer, as_json, not_found
from tests.edgar.catalog import Catalog
from tests.edgar.filing import Filing, cik10
from tests.edgar.submission_text import write_submission


def in_folder(catalog: Catalog, cik: str, folder: str, name: str) -> Answer:
    """Answer for a file in a filing's folder."""
    filing = catalog.by_folder.get(folder)
    if filing is None or not _belongs(filing, cik):
        return not_found()
    if name == "index.json":
        return _index_json(filing, cik)
    if name in ("", f"{filing.accession}-index.html", f"{filing.accession}-index.htm"):
        return _page(filing, cik)
    if name == f"{filing.accession}.txt":
        return _text(filing)
    return _document(filing, name)


def beside_folders(catalog: Catalog, cik: str, accession: str, kind: str) -> Answer:
    """Answer for the text or the index page that stands next to a filing's folder."""
    filing = catalog.by_accession.get(accession)
    if filing is None or not _belongs(filing, cik):
        return not_found()
    return _text(filing) if kind == ".txt" else _page(filing, cik)


def _belongs(filing: Filing, cik: str) -> bool:
    """Tell whether a filing stands under a CIK; one whose parties nobody kept stands under any."""
    return not filing.parties or cik10(cik) in {party.cik for party in filing.parties}


def _text(filing: Filing) -> Answer:
    """Answer with the complete submission text."""
    return Answer(write_submission(filing), "text/plain", modified=filing.accepted)


def _page(filing: Filing, cik: str) -> Answer:
    """Answer with the page that lists a filing's documents."""
    return Answer(_index_page(filing, cik).encode(), HTML, modified=filing.accepted)


def _document(filing: Filing, name: str) -> Answer:
    """Answer with a document, or for an ownership document also with a rendering that is no XML."""
    rendered = name.startswith("xslF345X")
    for document in filing.documents:
        if rendered and name.endswith(f"/{document.name}"):
            return Answer(_rendering(filing).encode(), HTML, modified=filing.accepted)
        if name == document.name:
            content_type = XML if name.endswith(".xml") else HTML
            return Answer(document.read(), content_type, modified=filing.accepted)
    return not_found()


def _index_json(filing: Filing, cik: str) -> Answer:
    """Answer with the machine-readable list of a folder's files."""
    names = [f"{filing.accession}-index.html", f"{filing.accession}.txt", *(d.name for d in filing.documents)]
    directory = f"/Archives/edgar/data/{int(cik)}/{filing.folder_name}"
    items = [
        {"last-modified": f"{filing.accepted:%Y-%m-%d %H:%M:%S}", "name": name, "type": "text.gif", "size": ""}
        for name in names
    ]
    parent = f"/Archives/edgar/data/{int(cik)}"
    return as_json({"directory": {"item": items, "name": directory, "parent-dir": parent}}, filing.accepted)


def _index_page(filing: Filing, cik: str) -> str:
    """Write that page: particulars, then a link to each file."""
    return (
        f"<!DOCTYPE html>\n<html><head><title>EDGAR Filing Documents for {filing.accession}</title></head><body>\n"
        f"<h1>Form {escape(filing.form)}</h1>\n<dl>{''.join(_particulars(filing))}</dl>\n"
        f'<table summary="Document Format Files">{"".join(_links(filing, cik))}</table>\n</body></html>\n'
    )


def _particulars(filing: Filing) -> Iterator[str]:
    """Write the dates and entities of a filing."""
    yield f"<dt>SEC Accession No.</dt><dd>{filing.accession}</dd>\n<dt>Filing Date</dt><dd>{filing.filed}</dd>\n"
    yield f"<dt>Accepted</dt><dd>{filing.accepted:%Y-%m-%d %H:%M:%S}</dd>\n"
    yield f"<dt>Period of Report</dt><dd>{filing.period}</dd>\n"
    for party in filing.parties:
        yield f"<dt>{party.role}</dt><dd>{escape(party.name)} (CIK {party.cik})</dd>\n"


def _links(filing: Filing, cik: str) -> Iterator[str]:
    """Write a link to each file: the rendering first, as the SEC does."""
    directory = f"/Archives/edgar/data/{int(cik)}/{filing.folder_name}"
    names = [filing.primary_document, *(d.name for d in filing.documents), f"{filing.accession}.txt"]
    for name in dict.fromkeys(filter(None, names)):
        yield f'<tr><td><a href="{directory}/{escape(name)}">{escape(name.rpartition("/")[2])}</a></td></tr>\n'


def _rendering(filing: Filing) -> str:
    """Write the page that people see in place of the XML; nothing can be parsed from it."""
    parties = "".join(f"<li>{escape(party.name)}</li>" for party in filing.parties)
    head = f"<head><title>SEC FORM {filing.form}</title></head>"
    return f"<!DOCTYPE html>\n<html>{head}<body><ul>{parties}</ul></body></html>"
