"""`parse` prints one JSON object a file, whatever the files are."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.form4 import parse_command
from services.limits import MAX_DOCUMENT_BYTES
from tests.factories.ownership import document, holding, transaction

PROJECT = Path(__file__).parents[3]
ACCESSION = "0001234567-24-000001"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write an ordinary document whose name is its accession number."""
    path = tmp_path / f"{ACCESSION}.xml"
    row = transaction(price="10.5000", shares="0.00000001", notes={"transactionPricePerShare": ["F1"]})
    path.write_bytes(document(row, holding(), footnotes={"F1": "A note."}, remarks="Done."))
    return path


def printed(capfdbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    """Return the objects that were printed, one a line."""
    return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]


def test_a_document_is_one_object_with_every_field(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """All fields are there in their order; decimals are digits, dates as filed, and what is absent is null."""
    assert parse_command.main([str(file)]) == 0
    (answer,) = printed(capfdbinary)
    assert list(answer) == [
        "file",
        "accession_number",
        "form_type",
        "schema_version",
        "period_of_report",
        "date_of_original_submission",
        "not_subject_to_section16",
        "no_securities_owned",
        "issuer",
        "owners",
        "rule_10b5_1",
        "flags",
        "lines",
        "footnotes",
        "remarks",
        "summary",
    ]
    assert (answer["file"], answer["accession_number"]) == (str(file), ACCESSION)
    assert answer["issuer"] == {"cik": "0000012345", "name": "Example Corp", "symbol": "EXMP"}
    assert answer["owners"] == [
        {"cik": "0000067890", "name": "Doe Jane", "roles": ["director"], "title": None, "other_text": None}
    ]
    assert (answer["rule_10b5_1"], answer["footnotes"], answer["remarks"]) == (None, {"F1": "A note."}, "Done.")
    assert answer["summary"] == {
        "buy_count": 1,
        "sell_count": 0,
        "total_buys": "0.000000105000",
        "total_sells": "0",
    }


def test_a_line_has_every_field(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A transaction is printed field by field, and a holding with nulls for what it cannot have."""
    parse_command.main([str(file)])
    transaction_line, holding_line = printed(capfdbinary)[0]["lines"]
    assert transaction_line == {
        "table": "non_derivative",
        "kind": "transaction",
        "line": 1,
        "ordinal": 1,
        "security_title": "Common Stock",
        "date": "2024-01-15",
        "deemed_execution_date": None,
        "form_type": "4",
        "code": "P",
        "equity_swap": False,
        "timeliness": None,
        "acquired_disposed": "A",
        "shares": "0.00000001",
        "price": "10.5000",
        "total_value": None,
        "shares_after": "1000",
        "value_after": None,
        "ownership": "direct",
        "nature": None,
        "footnote_ids": ["F1"],
        "conversion_price": None,
        "exercise_date": None,
        "expiration_date": None,
        "underlying_title": None,
        "underlying_shares": None,
        "underlying_value": None,
        "type": "buy",
        "headline": "buy",
        "amount": "0.000000105000",
        "planned": None,
        "planned_source": None,
        "flags": [],
    }
    assert list(holding_line) == list(transaction_line)
    assert (holding_line["kind"], holding_line["line"], holding_line["ordinal"]) == ("holding", 2, None)
    assert (holding_line["type"], holding_line["headline"], holding_line["amount"]) == (None, None, None)


def test_bad_files_cost_no_other(file: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Files that are missing, empty, huge, folders or no XML are errors with a reason; the good one is printed."""
    (tmp_path / "empty.xml").touch()
    (tmp_path / "page.xml").write_text("<html></html>")
    with (tmp_path / "huge.xml").open("wb") as huge:
        huge.truncate(MAX_DOCUMENT_BYTES * 1000)
    names = ["missing.xml", "empty.xml", "page.xml", "huge.xml", "", "nul\0.xml"]
    assert parse_command.main([*(str(tmp_path / name) for name in names), str(file)]) == 1
    *errors, answer = printed(capfdbinary)
    assert all(set(error) == {"file", "error"} and error["error"] for error in errors)
    assert [Path(error["file"]).name for error in errors[:4]] == names[:4]
    assert answer["accession_number"] == ACCESSION


def test_a_name_that_is_no_text_is_printed(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A file name in an encoding of its own is printed as well as can be."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.xml")
    Path(path).write_bytes(document())
    assert parse_command.main([path]) == 0
    assert printed(capfdbinary)[0]["file"].endswith("caf\ufffd.xml")


def test_other_names_have_no_accession_number(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The accession number is what the file's name begins with, or null."""
    for name in ("form4.xml", f"x{ACCESSION}.xml", f"{ACCESSION}-copy.xml"):
        (tmp_path / name).write_bytes(document())
        parse_command.main([str(tmp_path / name)])
    assert [answer["accession_number"] for answer in printed(capfdbinary)] == [None, None, ACCESSION]


def test_no_file_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file the command says how it is used."""
    with pytest.raises(SystemExit) as ended:
        parse_command.main([])
    assert ended.value.code == 2
    assert "FILE" in capsys.readouterr().err


def test_a_closed_pipe_ends_quietly(file: Path) -> None:
    """A reader that goes away after the first line ends the command without a word."""
    files = [str(file)] * 2000
    command = [sys.executable, "-m", "services.form4", "parse", *files]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=PROJECT) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_command_loads_neither_grpc_nor_sqlalchemy(file: Path) -> None:
    """Parsing needs no server and no database, and does not wait for their modules."""
    script = (
        "import sys; from services.form4 import parse_command; "
        f"parse_command.main([{str(file)!r}]); "
        "sys.exit(bool({'grpc', 'sqlalchemy', 'pydantic', 'psycopg2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)  # noqa: S603 - our own script
    assert ended.returncode == 0
