"""The OpenAPI document of the whole contract is valid, complete, true to what is printed, and always the same."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from sectracker.filings.v1.company_pb2 import Company
from sectracker.filings.v1.company_service_pb2 import CompanyServiceSearchResponse
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse, GetMarketActivityResponse
from sectracker.form4.v1.transaction_pb2 import (
    CompanyTotals,
    Derivative,
    Headline,
    Insider,
    Summary,
    Table,
    TopInsider,
    Transaction,
)
from sectracker.gateway.v1.health_service_pb2 import CheckResponse, Part, SecApi

from protos.openapi.bindings import bindings
from protos.openapi.contract import Method
from protos.openapi.document import render
from protos.openapi.reasons import Reasons
from protos.openapi.served import served_services
from protos.openapi.validity import faults

SERVED = {"sectracker.form4.v1.Form4Service"}
ROOT = Path(__file__).parents[3]

LINE = Transaction(
    date="2022-05-04",
    date_effective="2022-05-04",
    owner_name="A. Owner",
    owner_cik="0001214156",
    role="Director",
    type=Transaction.sell,
    headline=Headline.sell,
    is_planned=False,
    shares=0,
    price=0,
    accession_number="0000320193-22-000061",
    form_type="4",
    filed_on="2022-05-06",
    accepted_at=Timestamp(seconds=1651876257),
    table=Table.derivative,
    line=1,
    ordinal=1,
    derivative=Derivative(conversion_price=0),
    footnote_ids=["F1"],
)

ANSWERS: list[Message] = [
    GetCompanyActivityResponse(summary=Summary(), status=GetCompanyActivityResponse.loading),
    GetCompanyActivityResponse(
        status=GetCompanyActivityResponse.ready,
        transactions=[LINE],
        insiders=[Insider(cik="0001214156", net=-1.5)],
        summary=Summary(sell_count=1),
        last_updated=Timestamp(seconds=1),
    ),
    GetMarketActivityResponse(),
    GetMarketActivityResponse(companies=[CompanyTotals(cik="0000320193", top_insiders=[TopInsider(net=1e21)])]),
    CompanyServiceSearchResponse(results=[Company(ticker="BRK-B")]),
    CheckResponse(
        status=CheckResponse.degraded,
        database=Part.connected,
        cache=Part.disconnected,
        sec_api=SecApi.unknown,
        services={"form4": Part.connected},
    ),
]


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation."""
    return [operation for item in document["paths"].values() for operation in item.values()]


def validator(document: dict[str, Any], schema: str) -> OAS31Validator:
    """Return a validator for one component schema."""
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return OAS31Validator(root, format_checker=oas31_format_checker)


def printed(message: Message) -> dict[str, Any]:
    """Return a message as REST prints it: snake_case, zeros and empty lists printed, absent fields left out."""
    text: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return text


def test_document_is_valid(descriptors: bytes) -> None:
    """A library finds the document of what is served today to be OpenAPI 3.1."""
    assert faults(render(descriptors, served_services())) == []


def test_document_is_always_the_same(descriptors: bytes) -> None:
    """The same contract gives the same bytes."""
    assert render(descriptors, SERVED) == render(descriptors, SERVED)


def test_a_broken_document_has_faults() -> None:
    """A document without paths or a version is found out, with a line for each fault."""
    assert len(faults('{"openapi": "3.1.0", "info": {"title": "Nothing"}}')) == 2


def test_version_is_the_project_s(document: dict[str, Any]) -> None:
    """The document has the version of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert document["info"]["version"] == project["version"]


def test_every_binding_has_an_operation(document: dict[str, Any], methods: dict[str, Method]) -> None:
    """Each HTTP rule is an operation, named by service and RPC; nothing that services alone call appears."""
    expected = [f"sectracker.{name}" for name, method in methods.items() for _ in bindings(method)]
    found = [operation["x-sectracker-rpc"] for operation in operations(document)]
    assert sorted(found) == sorted(expected)
    assert "service" not in {operation["x-sectracker-access"] for operation in operations(document)}
    for operation in operations(document):
        service, _, method = operation["x-sectracker-rpc"].rpartition(".")[2].partition("/")
        assert operation["operationId"] == f"{service}_{method}"


def test_what_is_not_served_says_so(document: dict[str, Any]) -> None:
    """An operation of a service outside the gateway's list is marked and says so; the others are not and do not."""
    for operation in operations(document):
        is_served = operation["x-sectracker-rpc"].partition("/")[0] in SERVED
        assert operation.get("x-sectracker-served", True) is is_served
        assert operation["description"].endswith("Not served yet: the gateway answers 404.") is not is_served


def test_the_gateway_serves_services_of_the_contract(methods: dict[str, Method]) -> None:
    """Each service on the gateway's list is one of the contract, so that no mark is lost by a misspelt name."""
    assert served_services() <= {method.service for method in methods.values()}
    assert "sectracker.form4.v1.Form4Service" in served_services()


def test_every_summary_is_one_sentence(document: dict[str, Any]) -> None:
    """A summary is the comment's first sentence, without its stop."""
    for operation in operations(document):
        assert re.fullmatch(r"[A-Z].+[^.]", operation["summary"]), operation["operationId"]


def test_path_variables_are_parameters(document: dict[str, Any]) -> None:
    """Each variable of a path is a required parameter, and is in neither query nor body."""
    for path, item in document["paths"].items():
        variables = re.findall(r"\{(.+?)\}", path)
        for operation in item.values():
            parameters = operation.get("parameters", [])
            assert [one["name"] for one in parameters if one["in"] == "path"] == variables
            assert not {one["name"] for one in parameters if one["in"] == "query"} & set(variables)


def test_every_reason_has_an_example(document: dict[str, Any], reasons: Reasons) -> None:
    """Each reason that a call may give has a whole error as its example, which the schema of errors accepts."""
    examples = document["components"]["examples"]
    given = [reason for reason in reasons.values() if reason.status]
    assert len(examples) == len(given) > 30
    for name, example in examples.items():
        assert list(validator(document, "Error").iter_errors(example["value"])) == [], name


def test_schema_of_errors_refuses_other_shapes(document: dict[str, Any]) -> None:
    """An error without a code, or with a detail of no known type, is not one."""
    errors = validator(document, "Error")
    assert not errors.is_valid({"message": "No.", "details": []})
    assert not errors.is_valid({"code": 3, "message": "No.", "details": [{"@type": "type.googleapis.com/other"}]})


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.DESCRIPTOR.name)
def test_schemas_accept_what_is_printed(document: dict[str, Any], answer: Message) -> None:
    """A message as it prints, full or as empty as it gets, satisfies its schema."""
    schema = answer.DESCRIPTOR.full_name.removeprefix("sectracker.")
    assert list(validator(document, schema).iter_errors(printed(answer))) == []


def test_schemas_refuse_what_is_never_printed(document: dict[str, Any]) -> None:
    """A missing zero, a word that no enum has, and an amount as text are found out."""
    schema = validator(document, "form4.v1.Transaction")
    line = printed(LINE)
    assert schema.is_valid(line)
    assert not schema.is_valid({name: value for name, value in line.items() if name != "equity_swap"})
    assert not schema.is_valid(line | {"type": "SELL"})
    assert not schema.is_valid(line | {"price": "17.5"})
