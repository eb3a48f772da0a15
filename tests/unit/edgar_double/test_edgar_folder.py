"""A folder of real files is served as it is, and what it lacks is made up plainly."""

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.edgar.catalog import Catalog
from tests.edgar.filing import invented_accession
from tests.edgar.folder import catalog_of_folder
from tests.edgar.routes import Holdings, find
from tests.edgar.submissions import COLUMNS

DOCUMENT = """<?xml version="1.0"?>
<ownershipDocument><documentType>4</documentType><periodOfReport>{period}</periodOfReport>
<issuer><issuerCik>{issuer}</issuerCik><issuerName>Some Co</issuerName>
<issuerTradingSymbol>{symbol}</issuerTradingSymbol></issuer>
<reportingOwner><reportingOwnerId><rptOwnerCik>77</rptOwnerCik><rptOwnerName>Doe J</rptOwnerName></reportingOwnerId>
</reportingOwner>{signatures}</ownershipDocument>
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Return the catalog of the real files."""
    folder = Path(__file__).parents[4] / "shared" / "edgar"
    if not folder.exists():
        pytest.skip("the folder of real files does not exist")
    return catalog_of_folder(folder)


def listed(catalog: Catalog, cik: str, recent: int = 1000, *, held_only: bool = False) -> list[dict[str, Any]]:
    """Read a filer's whole listing, page by page, as a client would."""
    held = Holdings(catalog, recent, held_only)
    main = json.loads(find(held, f"/submissions/CIK{cik}.json", {}).body)
    pages = [main["filings"]["recent"]]
    pages += [json.loads(find(held, f"/submissions/{file['name']}", {}).body) for file in main["filings"]["files"]]
    return [dict(zip(page, row, strict=True)) for page in pages for row in zip(*page.values(), strict=True)]


def write(folder: Path, name: str, **parts: str) -> None:
    """Write an ownership document into a folder."""
    (folder / "ownership").mkdir(exist_ok=True)
    values = {"period": "2024-01-02", "issuer": "5", "symbol": "SOME", "signatures": "", **parts}
    (folder / "ownership" / f"{name}.xml").write_text(DOCUMENT.format(**values), encoding="utf-8")


def signed(day: str) -> str:
    """Write a signature of a day."""
    return f"<ownerSignature><signatureDate>{day}</signatureDate></ownerSignature>"


def test_every_document_is_reached_through_its_issuer(catalog: Catalog, real_files: Path) -> None:
    """Listing all issuers and fetching each text brings all 333 documents, byte for byte."""
    held = Holdings(catalog, 1000)
    found = {}
    for cik in {filing.issuer.cik for filing in catalog.newest if filing.issuer}:
        for row in listed(catalog, cik):
            accession = row["accessionNumber"]
            folder = accession.replace("-", "")
            answer = find(held, f"/Archives/edgar/data/{int(cik)}/{folder}/{accession}.txt", {})
            if answer.status == 200 and row["form"] in ("3", "4", "5", "4/A"):
                found[accession] = answer.body.partition(b"<XML>\n")[2].partition(b"</XML>")[0].strip()
    sources = {filing.accession: filing.source for filing in catalog.newest}
    real = {path.stem: path.read_bytes().strip() for path in (real_files / "ownership").glob("*.xml")}
    assert len(real) == 333
    assert {sources[accession]: body for accession, body in found.items()} == real


def test_every_document_is_listed_under_its_owners(catalog: Catalog) -> None:
    """Each owner's listing has the filing too."""
    for filing in catalog.newest:
        for party in filing.parties:
            if party.role == "Reporting":
                assert filing.accession in {row["accessionNumber"] for row in listed(catalog, party.cik)}


def test_real_rows_stay_and_ours_are_added(catalog: Catalog) -> None:
    """A real listing keeps the rows of filings that are not held, unless they are unwanted."""
    everything = {row["accessionNumber"] for row in listed(catalog, "0000320193")}
    held = {row["accessionNumber"] for row in listed(catalog, "0000320193", held_only=True)}
    assert len(everything) > 1900
    assert held == {filing.accession for filing in catalog.by_cik["0000320193"]} < everything


def test_listing_pages_cover_the_rows_once(catalog: Catalog) -> None:
    """Small pages give the same rows in the same order as large ones, none twice."""
    rows = listed(catalog, "0001318605")
    assert listed(catalog, "0001318605", recent=100) == rows
    accessions = [row["accessionNumber"] for row in rows]
    assert len(set(accessions)) == len(accessions)
    assert set(COLUMNS) <= set(rows[0])


def test_known_acceptance_times_are_used(catalog: Catalog) -> None:
    """Times come from submission texts, feeds and listings, whichever clock these use; else it is 16:00."""
    for accession, told, exact in (
        ("0000320193-22-000061", "2022-05-06T18:30:57-04:00", True),  # text; listings in both clocks
        ("0001062993-23-013573", "2023-06-14T18:05:36-04:00", True),  # feed
        ("0000899243-22-015989", "2022-04-29T09:08:21-04:00", True),  # listing in New York time
        ("0001494730-11-000002", "2011-01-25T18:50:24-05:00", True),  # listing in UTC
        ("0000707549-25-000004", "2025-01-21T13:23:57-05:00", True),  # text, six weeks after the signature
        ("0001828108-24-000151", "2024-11-18T16:00:00-05:00", False),
    ):
        filing = catalog.by_accession[accession]
        assert (filing.accepted.isoformat(), filing.exact) == (told, exact), accession


def test_real_text_is_served_where_it_is_kept(catalog: Catalog, real_files: Path) -> None:
    """A complete submission of the folder is given byte for byte, ownership or not."""
    for accession, cik in (("0000320193-22-000061", 1462356), ("0000943374-24-000509", 0)):
        number = cik or int(catalog.by_accession[accession].parties[0].cik)
        answer = find(Holdings(catalog, 1000), f"/Archives/edgar/data/{number}/{accession}.txt", {})
        assert answer.body == (real_files / "sgml" / f"{accession}.txt").read_bytes()


def test_page_is_served_under_its_listed_name(catalog: Catalog, real_files: Path) -> None:
    """An HTML document of the folder stands in its filing's folder."""
    path = "/Archives/edgar/data/887919/000088791921000012/0000887919-21-000012-8k.html"
    answer = find(Holdings(catalog, 1000), path, {})
    assert answer.body == (real_files / "html" / "0000887919-21-000012-8k.html").read_bytes()


def test_ticker_file_has_every_issuer_once(catalog: Catalog) -> None:
    """Issuers that the real file lacks are added; a symbol that another company has now is not given twice."""
    rows = json.loads(find(Holdings(catalog, 1000), "/files/company_tickers.json", {}).body).values()
    ciks = {f"{row['cik_str']:010d}" for row in rows}
    assert {filing.issuer.cik for filing in catalog.newest if filing.issuer} <= ciks
    tickers = [row["ticker"] for row in rows]
    assert len(set(tickers)) == len(tickers) > 10_000
    assert {"LNKD", "GOOG-OLD", "XYZ", "META"} <= set(tickers)
    assert "FB" not in tickers


def test_invented_numbers_do_not_depend_on_other_files(tmp_path: Path) -> None:
    """A document keeps its invented number when more files come."""
    write(tmp_path, "one")
    first = catalog_of_folder(tmp_path).newest[0].accession
    assert first.startswith("0000000000-24-")
    write(tmp_path, "another")
    assert first in catalog_of_folder(tmp_path).by_accession


def test_invented_numbers_never_collide(catalog: Catalog) -> None:
    """Two names with the same number get different ones."""
    day = catalog.newest[0].filed
    taken: set[str] = set()
    numbers = [invented_accession("same", day, taken) for _ in range(3)]
    assert set(numbers) == taken
    assert len(taken) == 3


@pytest.mark.parametrize(
    ("signatures", "filed"),
    [
        (signed("2024-01-03"), "2024-01-03"),
        (signed("2024-01-05") + signed("2024-01-04"), "2024-01-05"),
        (signed("2024-01-03-05:00"), "2024-01-03"),
        (signed("0022-01-03"), "2024-01-02"),
        (signed("soon"), "2024-01-02"),
        ("", "2024-01-02"),
    ],
)
def test_filing_day_is_the_last_credible_signature(tmp_path: Path, signatures: str, filed: str) -> None:
    """Without a known time a filing is of its last signature's day, else of its period, at 16:00 Eastern."""
    write(tmp_path, "0000000001-24-000001", signatures=signatures)
    filing = catalog_of_folder(tmp_path).newest[0]
    assert (filing.filed.isoformat(), filing.exact) == (filed, False)
    assert filing.accepted.isoformat() == f"{filed}T16:00:00-05:00"


def test_damaged_documents_are_named_and_left_out(tmp_path: Path) -> None:
    """What names no issuer is no filing, and the others are still served."""
    write(tmp_path, "0000000001-24-000001")
    write(tmp_path, "0000000001-24-000002", issuer="")
    (tmp_path / "ownership" / "empty.xml").write_bytes(b"")
    catalog = catalog_of_folder(tmp_path)
    assert [filing.accession for filing in catalog.newest] == ["0000000001-24-000001"]
    assert set(catalog.skipped) == {"0000000001-24-000002.xml", "empty.xml"}


def test_folder_without_a_whole_document_is_refused(tmp_path: Path) -> None:
    """A folder whose documents are all damaged serves nothing."""
    write(tmp_path, "0000000001-24-000002", issuer="")
    with pytest.raises(ValueError, match="no ownership document"):
        catalog_of_folder(tmp_path)


def test_bare_folder_of_documents_is_enough(tmp_path: Path) -> None:
    """Documents alone give tickers, listings and texts; awkward symbols are made unique."""
    for number, (issuer, symbol) in enumerate((("5", " some "), ("6", "SOME"), ("7", ""))):
        write(tmp_path, f"0000000001-24-00000{number}", issuer=issuer, symbol=symbol)
    catalog = catalog_of_folder(tmp_path)
    assert {company.cik[-1]: company.ticker for company in catalog.companies} == {
        "7": "CIK7",
        "6": "SOME",
        "5": "SOME-OLD",
    }
    (row,) = listed(catalog, "0000000006")
    assert row["acceptanceDateTime"] == "2024-01-02T21:00:00.000Z"
    answer = find(Holdings(catalog, 1000), f"/Archives/edgar/data/6/{row['accessionNumber']}.txt", {})
    body = answer.body.partition(b"<XML>\n")[2].partition(b"</XML>")[0]
    assert etree.fromstring(body).findtext("issuer/issuerCik") == "6"
