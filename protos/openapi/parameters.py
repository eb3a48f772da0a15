"""Say what a request carries: path variables, query parameters, body."""

from collections.abc import Collection, Iterator
from typing import Any

from protos.openapi.bindings import WHOLE, Binding
from protos.openapi.contract import ContractError, Field, Message
from protos.openapi.schemas import Schemas, Side

Schema = dict[str, Any]


def parameters(schemas: Schemas, request: Message, binding: Binding) -> list[Schema]:
    """Return the variables of the path, then whatever neither path nor body holds as query parameters."""
    in_path = [
        parameter(schemas, field_at(schemas, request, name), {"name": name, "in": "path", "required": True})
        for name in binding.variables
    ]
    if binding.body == WHOLE:
        return in_path
    taken = {*binding.variables, binding.body}
    return [*in_path, *(query_parameter(schemas, one, name) for name, one in leaves(schemas, request, taken))]


def query_parameter(schemas: Schemas, one: Field, name: str) -> Schema:
    """Return one query parameter. What a message inside must name is required only where that message is sent."""
    is_required = one.is_required and "." not in name
    return parameter(schemas, one, {"name": name, "in": "query"} | ({"required": True} if is_required else {}))


def parameter(schemas: Schemas, one: Field, said: Schema) -> Schema:
    """Return one parameter. A list is sent as the same parameter several times, which is OpenAPI's default."""
    schema = schemas.field(one, Side.request)
    return said | {"description": schema.pop("description"), "schema": schema}


def field_at(schemas: Schemas, message: Message, path: str) -> Field:
    """Return the field that a dotted path names.

    Raises: ContractError where the message has no such field.
    """
    name, _, rest = path.partition(".")
    one = next((one for one in message.fields if one.name == name), None)
    if one is None:
        raise ContractError(f"{message.name} has no field {name}")
    return field_at(schemas, schemas.declared(one.type_name), rest) if rest else one


def leaves(schemas: Schemas, message: Message, taken: Collection[str], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Yield every field that a query carries with its dotted name, those of messages inside as `outer.inner`.

    Raises: ContractError for a list or map of messages, which no query can carry.
    """
    for one in message.fields:
        name = f"{prefix}{one.name}"
        is_message = one.type_name in schemas.contract.messages
        if name in taken:
            continue
        if is_message and one.is_repeated:
            raise ContractError(f"{message.name}.{one.name} is a list of messages, which no query can carry")
        if is_message:
            yield from leaves(schemas, schemas.declared(one.type_name), taken, f"{name}.")
        else:
            yield name, one


def body(schemas: Schemas, request: Message, binding: Binding) -> Schema | None:
    """Return the body: the request without the path's variables, or one of its fields. None where that is nothing."""
    if not binding.body:
        return None
    if binding.body != WHOLE:
        one = field_at(schemas, request, binding.body)
        return content(schemas.field(one, Side.request), is_required=one.is_required)
    left = [one for one in request.fields if one.name not in binding.variables]
    if not left:
        return None
    whole = len(left) == len(request.fields)
    schema = (
        schemas.message(request.name, Side.request)
        if whole
        else schemas.object(request, Side.request, without=binding.variables)
    )
    return content(schema, is_required=any(one.is_required for one in left))


def content(schema: Schema, *, is_required: bool) -> Schema:
    """Return a body of JSON."""
    return {"required": is_required, "content": {"application/json": {"schema": schema}}}
