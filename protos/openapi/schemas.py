"""Say messages, enums, fields and their rules in JSON Schema, as Envoy's transcoder prints and reads them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

from protos.openapi import prose
from protos.openapi.contract import Contract, ContractError, Enum, Field, Message, Options

Schema = dict[str, Any]

SCALARS: dict[int, Schema] = {
    Proto.TYPE_BOOL: {"type": "boolean"},
    Proto.TYPE_STRING: {"type": "string"},
    Proto.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    Proto.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Proto.TYPE_FLOAT: {"type": "number", "format": "float"},
    Proto.TYPE_INT32: {"type": "integer", "format": "int32"},
    Proto.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    Proto.TYPE_INT64: {"type": "string", "format": "int64"},  # printed as a string, or JavaScript would round it
    Proto.TYPE_UINT64: {"type": "string", "format": "uint64"},
}
WELL_KNOWN: dict[str, Schema] = {"google.protobuf.Timestamp": {"type": "string", "format": "date-time"}}

# buf.validate rules by their JSON Schema keyword. Characters count alike in both: code points.
KEYWORDS = {
    "min_len": "minLength",
    "max_len": "maxLength",
    "pattern": "pattern",
    "gt": "exclusiveMinimum",
    "gte": "minimum",
    "lt": "exclusiveMaximum",
    "lte": "maximum",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique": "uniqueItems",
}
FORMATS = {"uuid": "uuid", "email": "email", "uri": "uri"}
# An enum lists its values anyway, a JSON number is finite anyway, a required field is named by its message, and the
# rules of a list's items stand with the items.
SAID_OTHERWISE = {"defined_only", "finite", "required", "items"}


class Side(StrEnum):
    """Tell where a message stands: what a request must name is not what a response always prints."""

    request = "request"
    response = "response"


@dataclass(slots=True)
class Schemas:
    """Collect the schemas that operations refer to."""

    contract: Contract
    components: dict[str, Schema] = field(default_factory=dict)
    sides: dict[str, Side] = field(default_factory=dict)

    def message(self, name: str, side: Side) -> Schema:
        """Return a reference to a message's schema and collect it with everything below it.

        Raises: ContractError for a message that requests and responses share: one schema would be wrong for either.
        """
        if name in WELL_KNOWN:
            return dict(WELL_KNOWN[name])
        if self.sides.setdefault(name, side) != side:
            raise ContractError(f"{name} stands in requests and in responses; give each its own message")
        if component(name) not in self.components:
            self.components[component(name)] = {}  # so that a message inside itself ends the descent
            self.components[component(name)] = self.object(self.declared(name), side)
        return reference(name)

    def declared(self, name: str) -> Message:
        """Return a message of the contract.

        Raises: ContractError for a third-party type whose JSON nobody has described in WELL_KNOWN.
        """
        if name not in self.contract.messages:
            raise ContractError(f"{name} has no schema; add it to WELL_KNOWN")
        return self.contract.messages[name]

    def object(self, message: Message, side: Side, without: Collection[str] = ()) -> Schema:
        """Return a message's schema, without the fields that stand in the path."""
        fields = [one for one in message.fields if one.name not in without]
        schema: Schema = {"type": "object", "description": described(message)}
        if fields:
            schema["properties"] = {one.name: self.field(one, side) for one in fields}
        if required := [one.name for one in fields if is_required(one, side)]:
            schema["required"] = required
        return schema

    def enum(self, name: str) -> Schema:
        """Return a reference to an enum's schema and collect it."""
        self.components.setdefault(component(name), enum_schema(self.contract.enums[name]))
        return reference(name)

    def field(self, one: Field, side: Side) -> Schema:
        """Return a field's schema with its rules and its comment."""
        schema: Schema
        entry = self.contract.messages.get(one.type_name)
        if entry is not None and entry.is_map_entry:
            schema = {"type": "object", "additionalProperties": self.element(entry.fields[1], side)}
        elif one.is_repeated:
            schema = {"type": "array", "items": self.element(one, side)}
        else:
            schema = self.element(one, side)
        schema.update(keywords(one.rules, one.name))
        if items := one.rules.get("repeated", {}).get("items"):
            schema["items"] |= keywords(items, one.name)
        if side is Side.request:
            schema.update(request_only(one))
        return schema | {"description": prose.text(one.comment)}

    def element(self, one: Field, side: Side) -> Schema:
        """Return the schema of one value of a field."""
        if one.kind == Proto.TYPE_MESSAGE:
            return self.message(one.type_name, side)
        if one.kind == Proto.TYPE_ENUM:
            return self.enum(one.type_name)
        if one.kind not in SCALARS:
            raise ContractError(f"{one.name} is of a kind without a schema; add it to SCALARS")
        return dict(SCALARS[one.kind])


def component(name: str) -> str:
    """Return the name under which a message or enum stands among the components."""
    return name.removeprefix("sectracker.")


def reference(name: str) -> Schema:
    """Return a reference to a component schema."""
    return {"$ref": f"#/components/schemas/{component(name)}"}


def is_required(one: Field, side: Side) -> bool:
    """Return whether a field is always there: named by a request, printed by a response even when zero or empty."""
    return one.is_required if side is Side.request else not one.may_be_absent


def request_only(one: Field) -> Schema:
    """Return what forms need to know of a field: that it is secret, and the default that its comment states."""
    secret = {"format": "password"} if one.options.get("debug_redact") else {}
    default = prose.stated_default(one.comment)
    return secret | ({} if default is None else {"default": default})


def described(message: Message) -> str:
    """Return a message's comment and its rules."""
    return "\n\n".join([prose.text(message.comment), *message_rules(message)])


def message_rules(message: Message) -> list[str]:
    """Return what a message's CEL rules ask for, a sentence each."""
    declared = message.options.get("[buf.validate.message]", {}).get("cel", ())
    return [f"Rule: {rule['message']}." for rule in declared]


def enum_schema(enum: Enum) -> Schema:
    """Return an enum as lower-case words. The zero, `unspecified`, is never sent and left out."""
    values = [value for value in enum.values if value.number]
    lines = "\n".join(f"- `{value.name}`: {prose.text(value.comment)}" for value in values)
    return {
        "type": "string",
        "enum": [value.name for value in values],
        "description": f"{prose.text(enum.comment)}\n\n{lines}",
    }


def plain(value: Any) -> Any:
    """Return a bound as JSON Schema has it. Counts are uint64, which print as strings; doubles end in `.0`."""
    if isinstance(value, bool):
        return value
    return int(value) if float(value).is_integer() else float(value)


def keywords(rules: Options, name: str) -> Schema:
    """Return the JSON Schema keywords of a field's rules, which buf.validate groups by type.

    Raises: ContractError for a rule that would be lost.
    """
    schema: Schema = {}
    for kind, group in rules.items():
        for rule, value in group.items() if isinstance(group, dict) else [(kind, group)]:
            if rule in KEYWORDS:
                schema[KEYWORDS[rule]] = plain(value) if rule != "pattern" else value
            elif rule in FORMATS:
                schema["format"] = FORMATS[rule]
            elif rule not in SAID_OTHERWISE:
                raise ContractError(f"{name} has the rule {rule}, which no JSON Schema keyword is known for")
    return schema
