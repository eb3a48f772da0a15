"""Serve any folder of real files, and make up plainly what it lacks.

Shape: `ownership/*.xml` (or the folder's own `*.xml`), and where they exist `sgml/`, `html/`, `submissions/`,
`feeds/` and `tickers/`. Files are looked through once at the start; their contents are read when asked for.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from lxml import etree

from tests.edgar.catalog import Catalog, Listed, Listing, listed_rows
from tests.edgar.facts import Company
from tests.edgar.filing import (
    NEW_YORK,
    Document,
    Filing,
    Party,
    assumed_acceptance,
    cik10,
    from_clock,
    invented_accession,
)
from tests.edgar.submission_text import Header, read_header

ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
OPENING_HOUR, CLOSING_HOUR = 6, 22  # EDGAR accepts filings in these hours of New York, so the others tell clocks apart
FIRST_YEAR, LAST_YEAR = 1993, 2100
NO_DAY = date(2000, 1, 1)  # for a document that states no credible day at all


@dataclass(frozen=True, slots=True)
class Told:
    """What a listing or feed says of one filing."""

    accepted: datetime
    filed: date
    document: str = ""


@dataclass(slots=True)
class Finds:
    """What the folder holds beside its ownership documents."""

    told: dict[str, Told] = field(default_factory=dict)
    headers: dict[str, tuple[Path, Header]] = field(default_factory=dict)
    pages: dict[str, Path] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)


def catalog_of_folder(folder: Path) -> Catalog:
    """Return the catalog of a folder of real files.

    Raises: ValueError where the folder has no ownership document that can be listed.
    """
    paths = sorted((folder / "ownership").glob("*.xml")) or sorted(folder.glob("*.xml"))
    if not paths:
        raise ValueError(f"{folder} has no ownership/*.xml")
    finds = _look_through(folder)
    filings: dict[str, Filing] = {}
    skipped = []
    for path in sorted(paths, key=lambda path: not ACCESSION.fullmatch(path.stem)):
        filing = _ownership(path, finds, set(filings))
        if filing is None:
            skipped.append(path.name)
        else:
            filings[filing.accession] = filing
    if not filings:
        raise ValueError(f"{folder} has no ownership document that names its issuer and an owner")
    for filing in _others(finds):
        filings.setdefault(filing.accession, filing)
    return Catalog(filings.values(), lambda: _companies(folder), finds.listings, tuple(skipped))


def _look_through(folder: Path) -> Finds:
    """Note where submission texts, pages, listings and acceptance times stand."""
    finds = Finds()
    for path in sorted((folder / "sgml").glob("*.txt")):
        header = read_header(path)
        if ACCESSION.fullmatch(path.stem) and header.accepted:
            finds.headers[path.stem] = (path, header)
    for path in sorted((folder / "html").glob("*.htm*")):
        if found := ACCESSION.match(path.name):
            finds.pages[found[0]] = path
    for path in sorted((folder / "feeds").rglob("*.atom")):
        finds.told.update(_feed(path))
    _read_listings(folder / "submissions", finds)
    return finds


def _root(path: Path) -> etree._Element | None:
    """Read an XML file as far as it can be read; none where that is nowhere."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        return etree.parse(path, parser).getroot()
    except etree.XMLSyntaxError:
        return None


def _feed(path: Path) -> Iterator[tuple[str, Told]]:
    """Read the acceptance times of an Atom feed."""
    root = _root(path)
    for entry in [] if root is None else root.iterfind("{*}entry"):
        accession = ACCESSION.search(entry.findtext("{*}id") or "")
        updated = entry.findtext("{*}updated")
        if accession and updated:
            accepted = datetime.fromisoformat(updated).astimezone(NEW_YORK)
            yield accession[0], Told(accepted, accepted.date())


def _read_listings(folder: Path, finds: Finds) -> None:
    """Note the main file and the older pages of each filer; of several readings the one with the newest filing."""
    older: dict[str, list[Path]] = {}
    newest: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_bytes())
        rows = listed_rows(told)
        clock = _clock(rows)
        finds.told.update(_told(rows, clock))
        if "filings" not in told:
            older.setdefault(path.name[3:13], []).append(path)
            continue
        cik, latest = cik10(str(told["cik"])), max((str(row["filingDate"]) for row in rows), default="")
        if latest >= newest.get(cik, ""):
            newest[cik] = latest
            finds.listings[cik] = Listing(path, (), clock)
    for cik, pages in older.items():
        if cik in finds.listings:
            finds.listings[cik] = replace(finds.listings[cik], pages=tuple(pages))


def _clock(rows: list[Listed]) -> str:
    """Tell by which clock a listing writes its acceptance times: the one with fewer outside EDGAR's hours."""
    as_new_york = as_utc = 0
    for row in rows:
        moment = _moment(row).replace(tzinfo=UTC)
        as_new_york += not OPENING_HOUR <= moment.hour < CLOSING_HOUR
        as_utc += not OPENING_HOUR <= moment.astimezone(NEW_YORK).hour < CLOSING_HOUR
    return "new_york" if as_new_york < as_utc else "utc"


def _moment(row: Listed) -> datetime:
    """Read an acceptance time without saying by which clock it is told."""
    return datetime.fromisoformat(str(row["acceptanceDateTime"])[:19])


def _told(rows: list[Listed], clock: str) -> Iterator[tuple[str, Told]]:
    """Read what a listing says of its filings."""
    for row in rows:
        zone = NEW_YORK if clock == "new_york" else UTC
        accepted = _moment(row).replace(tzinfo=zone).astimezone(NEW_YORK)
        filed = date.fromisoformat(str(row["filingDate"]))
        yield str(row["accessionNumber"]), Told(accepted, filed, str(row["primaryDocument"]).rpartition("/")[2])


def _ownership(path: Path, finds: Finds, taken: set[str]) -> Filing | None:
    """Read an ownership document as far as its filing needs; none where it names no issuer or no owner."""
    root = _root(path)
    if root is None or not root.findtext("issuer/issuerCik") or not root.findtext("reportingOwner/*/rptOwnerCik"):
        return None
    known = ACCESSION.fullmatch(path.stem)
    day = _day(root)
    accession = path.stem if known else invented_accession(path.stem, day, taken)
    told = finds.told.get(accession)
    text = finds.headers.get(accession)
    if text:
        told = Told(from_clock(text[1].accepted), text[1].filed, told.document if told else "")
    form = (root.findtext("documentType") or "4").strip()
    document = (told.document if told else "") or f"form{form[0]}.xml"
    return Filing(
        accession=accession,
        form=form,
        schema=(root.findtext("schemaVersion") or "").strip(),
        period=(root.findtext("periodOfReport") or "").strip()[:10],
        filed=told.filed if told else day,
        accepted=told.accepted if told else assumed_acceptance(day),
        exact=told is not None,
        symbol=(root.findtext("issuer/issuerTradingSymbol") or "").strip(),
        parties=tuple(_parties(root)),
        documents=(Document(document, path.read_bytes),),
        complete=text[0].read_bytes if text else None,
        source=path.stem,
    )


def _parties(root: etree._Element) -> Iterator[Party]:
    """Read the owners, then the issuer, as the feed orders them."""
    for owner in root.iterfind("reportingOwner/reportingOwnerId"):
        if cik := owner.findtext("rptOwnerCik"):
            yield Party(cik10(cik), " ".join((owner.findtext("rptOwnerName") or "").split()), "Reporting")
    issuer = root.find("issuer")
    if issuer is not None:
        name = " ".join((issuer.findtext("issuerName") or "").split())
        yield Party(cik10(issuer.findtext("issuerCik") or ""), name, "Issuer")


def _day(root: etree._Element) -> date:
    """Return the last credible signature date, else the period of report."""
    signed = [day for element in root.iterfind("ownerSignature/signatureDate") if (day := _credible(element.text))]
    return max(signed) if signed else _credible(root.findtext("periodOfReport")) or NO_DAY


def _credible(text: str | None) -> date | None:
    """Read a date that may carry a zone; none where it is no date or its year is absurd."""
    try:
        day = date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < LAST_YEAR else None


def _others(finds: Finds) -> Iterator[Filing]:
    """Return the filings of which the folder has a submission text or a page, but no ownership document."""
    for accession, (path, header) in finds.headers.items():
        yield Filing(
            accession=accession,
            form=header.form,
            schema="",
            period=header.period,
            filed=header.filed,
            accepted=from_clock(header.accepted),
            exact=True,
            symbol="",
            parties=header.parties,
            documents=tuple(_pages(accession, finds)),
            complete=path.read_bytes,
        )
    for accession in finds.pages.keys() - finds.headers.keys():
        told = finds.told.get(accession, Told(assumed_acceptance(NO_DAY), NO_DAY))
        documents = tuple(_pages(accession, finds))
        yield Filing(accession, "", "", "", told.filed, told.accepted, False, "", (), documents)


def _pages(accession: str, finds: Finds) -> Iterator[Document]:
    """Return the page that the folder has of a filing, under the name that a listing gives it."""
    if path := finds.pages.get(accession):
        told = finds.told.get(accession)
        yield Document((told.document if told else "") or path.name, path.read_bytes)


def _companies(folder: Path) -> list[Company]:
    """Read the SEC's ticker files; exchanges come from the second where it has the same ticker."""
    exchanges: dict[tuple[int, str], str] = {}
    path = folder / "tickers" / "company_tickers_exchange.json"
    if path.exists():
        told = json.loads(path.read_bytes())
        rows = [dict(zip(told["fields"], row, strict=True)) for row in told["data"]]
        exchanges = {(row["cik"], row["ticker"]): row["exchange"] or "" for row in rows}
    path = folder / "tickers" / "company_tickers.json"
    told = json.loads(path.read_bytes()) if path.exists() else {}
    return [
        Company(cik10(str(row["cik_str"])), row["ticker"], exchanges.get((row["cik_str"], row["ticker"]), ""), "utc",
                row["title"])
        for row in told.values()
    ]  # fmt: skip
