"""Check the reading of the submissions JSON."""

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filings.domain import OWNERSHIP_FORMS
from services.filings.edgar.errors import Malformed
from services.filings.edgar.submissions import (
    OlderPage,
    parse_older_page,
    parse_submissions,
)
from tests.unit.filings.edgar.real import REAL, needs_real, real_files

COLUMNS: dict[str, list[Any]] = {
    "accessionNumber": ["0000320193-23-000079", "0000320193-23-000078"],
    "form": ["8-K", "4/A"],
    "filingDate": ["2023-08-08", "2023-08-07"],
    "reportDate": ["2023-08-05", ""],
    "acceptanceDateTime": ["2023-08-08T18:30:28.000Z", "2023-08-07T06:30:28.000Z"],
    "primaryDocument": ["report.htm", "xslF345X05/form4.xml"],
    "primaryDocDescription": ["8-K", "FORM 4/A"],
    "items": ["2.02,9.01", ""],
    "size": [10893, 5000],
}


def file(columns: object = COLUMNS, **more: object) -> bytes:
    """Make a submissions file around some columns."""
    return orjson.dumps({"cik": "320193", "name": "Apple Inc.", "filings": {"recent": columns, **more}})


def test_columns_become_rows() -> None:
    """Every column that is used arrives in its row; forms stay exact and items stay in order."""
    submissions = parse_submissions(file())
    first, second = submissions.page.rows
    assert (submissions.cik, submissions.name) == ("0000320193", "Apple Inc.")
    assert (first.accession_number, first.form, first.items) == ("0000320193-23-000079", "8-K", ("2.02", "9.01"))
    assert (first.filing_date, first.report_date) == (date(2023, 8, 8), date(2023, 8, 5))
    assert (first.primary_document, first.primary_document_description, first.size) == ("report.htm", "8-K", 10893)
    assert (second.form, second.report_date, second.items) == ("4/A", None, ())
    assert second.form in OWNERSHIP_FORMS
    assert first.acceptance.raw == "2023-08-08T18:30:28.000Z"
    assert (submissions.page.bad_rows, submissions.page.bad_columns, submissions.older) == (0, (), ())


def test_older_pages_come_newest_first() -> None:
    """Pages are ordered by what they span, and an entry that names no page is counted."""
    pages = [
        {"name": "CIK0000320193-submissions-002.json", "filingFrom": "1994-01-26", "filingTo": "2003-02-07"},
        {"name": "CIK0000320193-submissions-001.json", "filingFrom": "2003-02-10", "filingTo": "2013-02-07"},
        {"name": "CIK0000320193-submissions-003.json"},
        None,
    ]
    submissions = parse_submissions(file(files=pages))
    assert submissions.older[0] == OlderPage("CIK0000320193-submissions-001.json", date(2003, 2, 10), date(2013, 2, 7))
    assert (len(submissions.older), submissions.bad_pages) == (2, 2)


@pytest.mark.parametrize("column", ["accessionNumber", "form", "filingDate"])
@pytest.mark.parametrize("value", [None, "0000320193-23-000079", ["one"], ["1", "2", "3"], {"0": "1"}])
def test_a_filing_cannot_be_named_by_columns_of_different_lengths(column: str, value: object) -> None:
    """Nothing says which value is missing, so no row is guessed."""
    with pytest.raises(Malformed, match="sound column"):
        parse_older_page(orjson.dumps(COLUMNS | {column: value}))


@pytest.mark.parametrize("column", ["acceptanceDateTime", "items", "size", "primaryDocument", "reportDate"])
def test_another_column_of_a_wrong_length_is_left_out_whole(column: str) -> None:
    """The rows are kept without the column, and the column is named."""
    page = parse_older_page(orjson.dumps(COLUMNS | {column: COLUMNS[column][:1]}))
    assert len(page.rows) == 2
    assert page.bad_columns == (column,)
    without = parse_older_page(orjson.dumps({name: values for name, values in COLUMNS.items() if name != column}))
    assert without.rows == page.rows
    assert without.bad_columns == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("accessionNumber", "1"),
        ("accessionNumber", None),
        ("accessionNumber", 320193),
        ("form", ""),
        ("form", 4),
        ("form", "4\0"),
        ("filingDate", "2023-02-30"),
        ("filingDate", "0023-02-20"),
        ("filingDate", "2023-W05-1"),
        ("filingDate", None),
    ],
)
def test_a_bad_row_costs_itself_alone(column: str, value: object) -> None:
    """A row whose number, form or date is wrong is counted, and the other is kept."""
    page = parse_older_page(orjson.dumps(COLUMNS | {column: [value, COLUMNS[column][1]]}))
    assert [row.accession_number for row in page.rows] == ["0000320193-23-000078"]
    assert page.bad_rows == 1


@pytest.mark.parametrize("value", [None, "10893", -1, 1.5, True, 2**63])
def test_a_size_that_is_no_size_is_absent(value: object) -> None:
    """Absent is not zero."""
    page = parse_older_page(orjson.dumps(COLUMNS | {"size": [value, 0]}))
    assert [row.size for row in page.rows] == [None, 0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"cik": "1"}',
        b'{"cik": "x", "filings": {}}',
        b'{"cik": "1", "filings": {"recent": []}}',
        b'{"cik": "1", "filings": {"recent": {}, "files": {}}}',
        b'{"a":' * 5000,
        orjson.dumps(COLUMNS),
    ],
)
def test_another_file_is_malformed(body: bytes) -> None:
    """What is not the filings of one CIK is refused."""
    with pytest.raises(Malformed):
        parse_submissions(body)


CELLS = st.lists(
    st.none() | st.integers(0, 9) | st.sampled_from(["4", "2023-08-08", "0000320193-23-000079"]), max_size=3
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, CELLS | st.none() | st.text(max_size=3))))
def test_no_columns_break_the_reader(columns: dict[str, object]) -> None:
    """Any columns give rows or Malformed, and every value is either in a row or counted."""
    try:
        page = parse_older_page(orjson.dumps(columns))
    except Malformed:
        return
    forms = columns["form"]
    assert isinstance(forms, list)
    assert len(page.rows) + page.bad_rows == len(forms)


@needs_real
def test_real_files_are_read_whole() -> None:
    """Every row and column of the real files is sound, and the counts are those of the files."""
    total = 0
    for path in real_files("submissions"):
        body = path.read_bytes()
        page = parse_older_page(body) if "submissions-" in path.name else parse_submissions(body).page
        columns = orjson.loads(body)
        columns = columns.get("filings", {}).get("recent", columns)
        assert (len(page.rows), page.bad_rows, page.bad_columns) == (len(columns["form"]), 0, ()), path.name
        assert [row.form for row in page.rows] == columns["form"]
        total += len(page.rows)
    assert total == 8022


@needs_real
def test_a_real_file_names_its_older_page() -> None:
    """Apple's file names one older page, and it spans the years before."""
    submissions = parse_submissions((REAL / "submissions/CIK0000320193.json").read_bytes())
    assert submissions.older == (OlderPage("CIK0000320193-submissions-001.json", date(1994, 1, 26), date(2013, 2, 7)),)
