"""A contract that OpenAPI could only say by losing something is refused, with a sentence that names the place."""

from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

from protos.openapi.bindings import bindings
from protos.openapi.contract import Contract, ContractError, Enum, EnumValue, Field, Message, Method, Service
from protos.openapi.operations import Surface
from protos.openapi.parameters import field_at, leaves
from protos.openapi.reasons import errors_of, reason_of, refusals_of, resolve
from protos.openapi.schemas import Schemas, Side, keywords

SERVICE = "sectracker.sample.v1.BoxService"
DONE = "Do it.\n\nErrors: none of its own."
NOTE = Message("sectracker.sample.v1.Note", "A note.", (), {})


def field(name: str, *, kind: int = Proto.TYPE_STRING, type_name: str = "", is_repeated: bool = False) -> Field:
    """Return a field without rules."""
    return Field(name, "A field.", kind, type_name, is_repeated, may_be_absent=False, options={})


def rpc(
    rule: dict[str, Any] | None = None, *, comment: str = DONE, access: str = "ACCESS_USER", name: str = "Do"
) -> Method:
    """Return an RPC with an HTTP rule and a comment."""
    options: dict[str, Any] = {"[sectracker.api.v1.access]": access}
    if rule is not None:
        options["[google.api.http]"] = rule
    return Method(SERVICE, name, comment, NOTE.name, NOTE.name, is_stream=False, options=options)


def contract_of(*methods: Method, messages: tuple[Message, ...] = (NOTE,)) -> Contract:
    """Return a contract with one service."""
    access = Enum("sectracker.api.v1.Access", "Who.", (EnumValue("ACCESS_USER", 3, "Users."),))
    return Contract(
        {one.name: one for one in messages}, {access.name: access}, (Service(SERVICE, "A service.", methods),)
    )


def paths(*methods: Method) -> dict[str, Any]:
    """Return the paths of a contract with these RPCs."""
    contract = contract_of(*methods)
    return Surface(contract, {}, Schemas(contract), ()).paths()


@pytest.mark.parametrize(
    "rule",
    [
        {"custom": {"kind": "HEAD", "path": "/a"}},
        {"get": "/a", "response_body": "note"},
        {"get": "/{name=shelves/*}"},
        {"get": "/{name=**}"},
        {"get": "/a/*"},
    ],
)
def test_http_rules_without_a_form(rule: dict[str, Any]) -> None:
    """Custom verbs, parts of answers and variables that span segments are refused."""
    with pytest.raises(ContractError, match="BoxService/Do has"):
        list(bindings(rpc(rule)))


def test_two_rpcs_on_one_path() -> None:
    """Two RPCs with the same verb and path are refused; another verb is not."""
    get, again = rpc({"get": "/a"}), rpc({"get": "/a"}, name="Again")
    assert list(paths(get, rpc({"delete": "/a"}, name="Again"))["/a"]) == ["get", "delete"]
    with pytest.raises(ContractError, match="get /a belongs to two RPCs"):
        paths(get, again)


@pytest.mark.parametrize("access", ["ACCESS_SERVICE", "ACCESS_UNSPECIFIED", ""])
def test_routes_that_are_not_for_people(access: str) -> None:
    """An RPC for services alone, or one that does not say for whom, has no route."""
    with pytest.raises(ContractError, match="is not for people"):
        paths(rpc({"get": "/a"}, access=access))


def test_one_message_in_request_and_answer() -> None:
    """A message that requests and answers share is refused: what one must name is not what the other prints."""
    schemas = Schemas(contract_of())
    schemas.message(NOTE.name, Side.request)
    with pytest.raises(ContractError, match="stands in requests and in responses"):
        schemas.message(NOTE.name, Side.response)


def test_types_without_a_schema() -> None:
    """A third-party message and a kind of number that nobody described are refused, never guessed."""
    schemas = Schemas(contract_of())
    with pytest.raises(ContractError, match=r"google\.type\.Money has no schema"):
        schemas.field(field("price", kind=Proto.TYPE_MESSAGE, type_name="google.type.Money"), Side.response)
    with pytest.raises(ContractError, match="price is of a kind without a schema"):
        schemas.field(field("price", kind=Proto.TYPE_FIXED64), Side.response)


@pytest.mark.parametrize("rules", [{"string": {"contains": "x"}}, {"cel": [{"id": "x"}]}, {"ignore": "IGNORE_ALWAYS"}])
def test_rules_without_a_keyword(rules: dict[str, Any]) -> None:
    """A rule of a field that would be lost is refused."""
    with pytest.raises(ContractError, match="price has the rule"):
        keywords(rules, "price")


def test_lists_of_messages_in_a_query() -> None:
    """A list of messages is refused where only a query could carry it."""
    notes = field("notes", kind=Proto.TYPE_MESSAGE, type_name=NOTE.name, is_repeated=True)
    with pytest.raises(ContractError, match="is a list of messages"):
        list(leaves(Schemas(contract_of()), Message("sectracker.sample.v1.Request", "", (notes,), {}), ()))


def test_variables_without_a_field() -> None:
    """A variable of a path that names no field is refused."""
    with pytest.raises(ContractError, match="has no field shelf"):
        field_at(Schemas(contract_of()), NOTE, "shelf")


def test_errors_that_are_not_named() -> None:
    """A comment without errors, an error without a status, and a reference to no RPC are refused."""
    with pytest.raises(ContractError, match="does not name its errors"):
        errors_of(rpc(comment="Do it."))
    for comment, words in {"Errors: FIELD_INVALID.": "without a status", "Errors: as Undo.": "refers to Undo"}.items():
        method = rpc(comment=comment)
        with pytest.raises(ContractError, match=words):
            refusals_of(contract_of(method), method)


def test_reasons_that_are_not_declared() -> None:
    """A reason that no error_reason.proto has, and one without a sample, are refused."""
    with pytest.raises(ContractError, match="names the reason LID_STUCK"):
        resolve({}, "sectracker.sample.v1", "LID_STUCK")
    with pytest.raises(ContractError, match="LID_STUCK needs one sample"):
        reason_of("sectracker.sample.v1", EnumValue("ERROR_REASON_LID_STUCK", 1, " NOT_FOUND: the lid is stuck.\n"))
