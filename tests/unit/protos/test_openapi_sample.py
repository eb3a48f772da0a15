"""A small contract of boxes and shelves, with every construct that the generator knows, becomes OpenAPI."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from protos.generate import descriptor_set
from protos.openapi.document import render
from protos.openapi.validity import faults

SERVICE = "sectracker.sample.v1.BoxService"
FIND = "/api/v1/shelves/{shelf}/boxes"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the sample's document, with its service served."""
    root, work = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("work")
    (root / "sectracker/sample/v1").mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "sample.proto", root / "sectracker/sample/v1/box_service.proto")
    return render(descriptor_set(work, root).SerializeToString(), {SERVICE})


@pytest.fixture(scope="module")
def sample(text: str) -> dict[str, Any]:
    """Return the sample's document, parsed."""
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@pytest.fixture(scope="module")
def schemas(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the sample's schemas by name."""
    found: dict[str, Any] = sample["components"]["schemas"]
    return found


def parameters(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation's parameters by name, without name and description."""
    return {
        one["name"]: {key: value for key, value in one.items() if key not in ("name", "description")}
        for one in operation["parameters"]
    }


def test_document_is_valid(text: str) -> None:
    """A library finds the document to be OpenAPI 3.1."""
    assert faults(text) == []


def test_every_binding_is_an_operation(sample: dict[str, Any]) -> None:
    """Additional bindings have paths and ids of their own; an RPC for services alone has none."""
    found = {
        operation["operationId"]: (verb, path)
        for path, item in sample["paths"].items()
        for verb, operation in item.items()
    }
    assert found == {
        "BoxService_Find": ("get", FIND),
        "BoxService_Find2": ("get", "/api/v1/boxes/{filter.colour}"),
        "BoxService_Put": ("put", "/api/v1/shelves/{shelf}"),
        "BoxService_Put2": ("patch", "/api/v1/shelves/{shelf}/note"),
        "BoxService_Empty": ("post", "/api/v1/shelves/{shelf}/empty"),
        "BoxService_Watch": ("get", "/api/v1/watch"),
        "BoxService_Stream": ("get", "/api/v1/stream"),
        "BoxService_Open": ("get", "/api/v1/open"),
    }


def test_query_carries_what_the_path_does_not(sample: dict[str, Any]) -> None:
    """Fields become parameters with rules and stated defaults; those of a message inside have dotted names."""
    found = parameters(sample["paths"][FIND]["get"])
    assert list(found) == [
        "shelf", "count", "filter.colour", "filter.labels", "filter.weight", "filter.packer_id", "since"
    ]  # fmt: skip
    assert found["shelf"] == {"in": "path", "required": True, "schema": {"type": "string"}}
    count = {"type": "integer", "format": "int32", "minimum": 1, "exclusiveMaximum": 101, "default": 20}
    assert found["count"] == {"in": "query", "schema": count}
    items = {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"}
    labels = {"type": "array", "items": items, "minItems": 1, "maxItems": 3, "uniqueItems": True}
    assert found["filter.labels"]["schema"] == labels
    weight = {"type": "number", "format": "double", "exclusiveMinimum": 0, "maximum": 2.5}
    assert found["filter.weight"]["schema"] == weight
    assert found["filter.packer_id"] == {"in": "query", "schema": {"type": "string", "format": "uuid"}}
    assert found["since"]["schema"] == {"type": "string", "format": "date-time"}


def test_variable_of_a_message_inside(sample: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A dotted variable takes its field out of the query, and an enum is a reference with the stated default."""
    found = parameters(sample["paths"]["/api/v1/boxes/{filter.colour}"]["get"])
    reference = {"$ref": "#/components/schemas/sample.v1.FindRequest.Colour", "default": "green"}
    assert found["filter.colour"] == {"in": "path", "required": True, "schema": reference}
    assert found["shelf"] == {"in": "query", "required": True, "schema": {"type": "string"}}
    colour = schemas["sample.v1.FindRequest.Colour"]
    assert colour == {"type": "string", "enum": ["green"], "description": "Colours.\n\n- `green`: As grass."}


def test_body_is_what_the_path_leaves(sample: dict[str, Any]) -> None:
    """A whole body leaves out the variables of the path, and secrets are marked for forms."""
    body = sample["paths"]["/api/v1/shelves/{shelf}"]["put"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert body["required"] is True
    assert schema["required"] == ["note"]
    assert list(schema["properties"]) == ["note", "password"]
    assert schema["properties"]["password"] == {
        "type": "string", "format": "password", "description": "Opens the store."
    }  # fmt: skip


def test_body_of_one_field(sample: dict[str, Any]) -> None:
    """A body that is one field leaves the others to the query."""
    operation = sample["paths"]["/api/v1/shelves/{shelf}/note"]["patch"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/sample.v1.Note", "description": "The note."}
    assert list(parameters(operation)) == ["shelf", "password"]


def test_body_of_nothing_is_left_out(sample: dict[str, Any]) -> None:
    """A request that the path holds whole has no body, and an answer of nothing is an empty object."""
    operation = sample["paths"]["/api/v1/shelves/{shelf}/empty"]["post"]
    assert "requestBody" not in operation
    content = {"application/json": {"schema": {"type": "object"}}}
    assert operation["responses"]["200"] == {"description": "Nothing: it is done.", "content": content}


def test_answers_require_what_is_always_printed(schemas: dict[str, Any]) -> None:
    """Zeros, empty maps and messages that are always set are required; optional fields and oneofs are not."""
    box = schemas["sample.v1.Box"]
    assert box["required"] == ["contents", "boxes", "seal", "packed_at", "grains"]
    kinds = {
        name: {key: value for key, value in one.items() if key != "description"}
        for name, one in box["properties"].items()
    }
    assert kinds == {
        "contents": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
        "boxes": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/sample.v1.Box"}},
        "seal": {"type": "string", "contentEncoding": "base64"},
        "packed_at": {"type": "string", "format": "date-time"},
        "opened_at": {"type": "string", "format": "date-time"},
        "tape": {"type": "number", "format": "float"},
        "nails": {"type": "integer", "minimum": 0, "maximum": 4294967295},
        "grains": {"type": "string", "format": "uint64"},
    }


def test_streams(sample: dict[str, Any]) -> None:
    """A stream of messages is a list, events are text with their schema beside it, other bytes are of any type."""
    contents = {
        name: sample["paths"][f"/api/v1/{name}"]["get"]["responses"]["200"]["content"]
        for name in ("watch", "stream", "open")
    }
    box = {"$ref": "#/components/schemas/sample.v1.Box"}
    assert contents == {
        "watch": {"application/json": {"schema": {"type": "array", "items": box}}},
        "stream": {"text/event-stream": {"schema": {"type": "string"}, "x-sectracker-event": box}},
        "open": {"*/*": {}},
    }


def test_comment_is_summary_and_description(sample: dict[str, Any], schemas: dict[str, Any]) -> None:
    """The first sentence is the summary; the rest, the rules and the options are the description, errors are not."""
    operation = sample["paths"][FIND]["get"]
    assert operation["summary"] == "Find boxes"
    assert operation["description"].split("\n\n") == [
        "Newest first.",
        "Rule: name a colour or a count.",
        "Who may call: anybody, with or without credentials.",
        "The answer is the same for everybody and at most 500 ms old.",
    ]
    assert schemas["sample.v1.Note"]["description"] == "A note.\n\nRule: say please."
    assert sample["tags"] == [{"name": "BoxService", "description": "Boxes, kept on shelves.\n\nA box never moves."}]


def test_access_becomes_security(sample: dict[str, Any]) -> None:
    """Anybody needs nothing, a key is a key, everybody else has a token or a key."""
    either: list[dict[str, list[str]]] = [{"bearer_token": []}, {"api_key": []}]
    found = {
        operation["x-sectracker-access"]: operation["security"]
        for item in sample["paths"].values()
        for operation in item.values()
    }
    assert found == {"anyone": [{}, *either], "key": either[1:], "user": either, "owner": either, "operator": either}


def test_errors_become_responses(sample: dict[str, Any]) -> None:
    """Each HTTP status has the comment's words, the reasons, and an example of each; 400 joins two gRPC statuses."""
    responses = sample["paths"][FIND]["get"]["responses"]
    assert list(responses) == ["200", "400", "404", "default"]
    bad, unknown = responses["400"], responses["404"]
    words, _, lines = bad["description"].partition("\n\n")
    assert words == "INVALID_ARGUMENT, FIELD_INVALID names the field; OUT_OF_RANGE, SHELF_ENDED."
    assert lines.startswith("- `FIELD_INVALID` (INVALID_ARGUMENT): a field is")
    assert list(bad["content"]["application/json"]["examples"]) == ["FIELD_INVALID", "SHELF_ENDED"]
    assert unknown == {
        "description": "NOT_FOUND, SHELF_UNKNOWN {shelf}.\n\n- `SHELF_UNKNOWN` (NOT_FOUND): no such shelf.",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "examples": {"SHELF_UNKNOWN": {"$ref": "#/components/examples/sample.v1.SHELF_UNKNOWN"}},
            }
        },
    }


def test_errors_by_reference(sample: dict[str, Any]) -> None:
    """An RPC whose errors are "as" those of another has the same responses, also through a third."""
    responses = [sample["paths"][path]["get"]["responses"] for path in (FIND, "/api/v1/watch", "/api/v1/stream")]
    without_answer = [{code: one for code, one in found.items() if code != "200"} for found in responses]
    assert without_answer[0] == without_answer[1] == without_answer[2]


def test_limits_have_headers(sample: dict[str, Any]) -> None:
    """A 429 has the headers that say when to come back."""
    responses = sample["paths"]["/api/v1/shelves/{shelf}"]["put"]["responses"]
    names = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
    assert list(responses["429"]["headers"]) == names
    assert list(sample["components"]["headers"]) == names


def test_examples_of_reasons(sample: dict[str, Any]) -> None:
    """A reason's sample becomes a whole error with what its comment says it comes with; a job's own reason is none."""
    examples = sample["components"]["examples"]
    assert "sample.v1.SHELF_BROKEN" not in examples
    example = examples["sample.v1.SHELF_FULL"]["value"]
    assert (example["code"], example["message"]) == (8, "The shelf is full.")
    kinds = [detail["@type"].rpartition(".")[2] for detail in example["details"]]
    assert kinds == ["ErrorInfo", "RetryInfo", "RequestInfo"]
