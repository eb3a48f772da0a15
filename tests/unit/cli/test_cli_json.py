"""JSON as the REST surface prints it."""

import json

import pytest
from google.protobuf.json_format import ParseDict
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse
from sectracker.gateway.v1.health_service_pb2 import CheckResponse

from cli.formats.json_output import to_json, write
from tests.unit.cli import messages


def test_defaults_are_printed_and_absent_fields_left_out() -> None:
    """Zeros, empty lists and false are there, null is not; whole doubles have no fraction; words are lower-case."""
    grant = to_json(messages.apple())["transactions"][1]
    assert grant["flags"] == ["date_implausible"]
    assert (grant["footnote_ids"], grant["equity_swap"], grant["type"]) == ([], False, "grant")
    assert not {"price", "amount", "is_planned", "headline", "derivative"} & set(grant)
    assert json.dumps(to_json(messages.apple())["summary"]["total_sells"]) == "9275000"


def test_fields_come_in_the_order_of_the_contract() -> None:
    """As a client of REST sees them."""
    assert list(to_json(messages.apple())) == [
        "ticker",
        "company_name",
        "cik",
        "status",
        "coverage_start",
        "transactions",
        "insiders",
        "summary",
        "last_updated",
        "next_page_token",
    ]


def test_what_is_printed_is_the_message() -> None:
    """Reading the JSON back gives the same message, a map included."""
    for message in (messages.apple(), messages.fresh(), messages.market(), messages.state()):
        assert ParseDict(to_json(message), type(message)()) == message
    assert to_json(messages.state())["services"] == {"form4": "connected", "filings": "connected"}
    assert to_json(CheckResponse())["services"] == {}


def test_several_messages_are_a_list_and_one_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    """So that a program knows from its own question what it gets."""
    write(messages.state())
    assert isinstance(json.loads(capsys.readouterr().out), dict)
    write([messages.state()])
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_nothing_that_a_terminal_obeys_is_printed_raw(capsys: pytest.CaptureFixture[str]) -> None:
    """Controls and overrides are escaped, and read back as they were; other scripts and arrows stay."""
    hostile = "\x1b[2J\x07\x7f\x9b31m\u202e\u2066\u200b\u2028\ufeff"
    write(GetCompanyActivityResponse(company_name=hostile + "株式会社 ↑"))
    text = capsys.readouterr().out
    assert not set(hostile) - set("[2J31m") & set(text)
    assert "株式会社 ↑" in text
    assert json.loads(text)["company_name"] == hostile + "株式会社 ↑"
