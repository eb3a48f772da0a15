"""The facts in the project are whole, varied, and those of the real documents."""

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from tests.edgar import facts as known
from tests.edgar.catalog import catalog_of_facts
from tests.edgar.document import write_document
from tests.edgar.extract import extract, read_facts
from tests.edgar.facts import Facts, join_cell, split_cell
from tests.edgar.layout import LINE

COMPANIES, FILINGS = known.read()
CATALOG = catalog_of_facts()
CODE, SIDE = ([column.name for column in LINE].index(name) for name in ("code", "acquired_disposed"))


def test_file_is_small_and_reads_back() -> None:
    """The file stays reviewable, and writing what was read gives the same bytes."""
    text = known.FILE.read_text(encoding="utf-8")
    assert len(text) < 300_000
    assert known.write(COMPANIES, FILINGS) == text


def test_companies_that_the_project_shows_are_there() -> None:
    """At least ten issuers have filings, the promised eight among them."""
    tickers = {company.ticker for company in COMPANIES if company.cik in {facts.issuer[0] for facts in FILINGS}}
    assert tickers >= {"AAPL", "MSFT", "TSLA", "PLTR", "SNOW", "MDB", "AFRM", "U"}
    assert len({facts.issuer[0] for facts in FILINGS}) >= 10


def test_kinds_of_filings_are_varied() -> None:
    """Purchases, joint owners, every kind of box, derivative lines, holdings, amendments, Forms 3 and 5 occur."""
    assert {facts.form for facts in FILINGS} == {"3", "4", "5", "4/A"}
    assert {facts.box for facts in FILINGS} == {"", "0", "1", "false", "true"}
    assert {row.kind for facts in FILINGS for row in facts.rows} == {"nt", "nh", "dt", "dh"}
    assert max(len(facts.owners) for facts in FILINGS) >= 7
    trades = Counter((row.cells[CODE], split_cell(row.cells[SIDE])[0]) for facts in FILINGS for row in facts.rows)
    assert trades["P", "A"] >= 20
    assert trades["S", "D"] >= 400
    assert {code for code, _ in trades} >= {"A", "C", "D", "F", "G", "J", "M", "P", "S", "X"}
    tesla = Counter(facts.filed for facts in FILINGS if facts.issuer[2] == "TSLA")
    assert max(tesla.values()) >= 5


def test_footnotes_are_kinds_and_every_reference_has_one() -> None:
    """No line refers to a footnote that its filing lacks."""
    for facts in FILINGS:
        names = {name for name, _ in facts.notes}
        used = {note for row in facts.rows for cell in row.cells for note in split_cell(cell)[1]}
        assert used <= names, facts.accession


def test_cell_with_and_without_value() -> None:
    """A cell keeps a value, its footnotes, or either alone."""
    for value, notes in (("159.94", ["F1", "F12"]), ("", ["F3"]), ("a@b", []), ("", [])):
        assert split_cell(join_cell(value, notes)) == (value, notes)


@pytest.mark.parametrize("facts", FILINGS, ids=lambda facts: facts.accession)
def test_document_states_the_facts(facts: Facts) -> None:
    """Reading the document written from facts gives these facts."""
    read = read_facts(CATALOG.by_accession[facts.accession])
    for name in ("head", "issuer", "box", "signed", "remark", "owners", "notes", "rows"):
        assert getattr(read, name) == getattr(facts, name), name


def test_facts_are_those_of_the_real_documents(real_files: Path) -> None:
    """Extracting again from the real files gives the file that the project keeps."""
    names = [facts.source or facts.accession for facts in FILINGS]
    assert extract(real_files, names) == known.FILE.read_text(encoding="utf-8")


def test_unknown_document_is_refused(real_files: Path) -> None:
    """A name that the folder does not have is an error, not a gap."""
    with pytest.raises(ValueError, match="0000000000-99-000000"):
        extract(real_files, ["0000000000-99-000000"])


def test_line_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    """A line that nobody knows stops the reading."""
    path = tmp_path / "facts.tsv"
    path.write_text("filing\t0000000000-24-000001\nsurprise\tx\n", encoding="utf-8")
    with pytest.raises(ValueError, match="surprise"):
        known.read(path)


def _schema(folder: Path, form: str, scratch: Path) -> etree.XMLSchema:
    """Read a form's schema, whose include names its common part by a longer name than it is kept under."""
    text = (folder / f"ownership{form.replace('/', '')}Document.xsd").read_text()
    common = (folder / "ownershipDocumentCommon.xsd").as_uri()
    path = scratch / "form.xsd"
    path.write_text(text.replace(".//ownershipDocumentCommon.xsd.xml", common))
    return etree.XMLSchema(etree.parse(path))


@pytest.mark.parametrize("form", ["3", "4", "4/A", "5"])
def test_documents_follow_the_schema(real_files: Path, tmp_path: Path, form: str) -> None:
    """Documents are valid by the SEC's own schema, apart from the box that older ones cannot have."""
    schema = _schema(real_files / "schema", form, tmp_path)
    some = [facts for facts in FILINGS if facts.form == form]
    assert some
    for facts in some:
        root = etree.fromstring(write_document(facts))
        if root.find("aff10b5One") is None and form != "3":
            _put_box(root)
        assert schema.validate(root), (facts.accession, schema.error_log)


def _put_box(root: etree._Element) -> None:
    """Put in the 10b5-1 box, which documents before April 2023 do not have."""
    last_owner = root.findall("reportingOwner")[-1]
    box = etree.Element("aff10b5One")
    box.text = "0"
    last_owner.addnext(box)
