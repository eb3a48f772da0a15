"""Read the contract: messages, enums and services with their comments and options.

Options are read through a pool of the descriptor set's own: what counts is the protos as they stand, never the
generated stubs, which may be older.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message as ProtoMessage
from google.protobuf.message_factory import GetMessageClass

# Field numbers in descriptor.proto; a comment's place in the source is a path of them and of positions.
MESSAGES, ENUMS, SERVICES = 4, 5, 6
FIELDS, NESTED_MESSAGES, NESTED_ENUMS = 2, 3, 4
VALUES = METHODS = 2

THIRD_PARTY = ("google/", "buf/")

Options = Mapping[str, Any]
Place = tuple[int, ...]
Comments = Mapping[Place, str]
T = TypeVar("T")
Declared = tuple[T, str, Place]  # a descriptor with its full name and its place in the file


class ContractError(Exception):
    """Refuse a contract that cannot be said in OpenAPI without losing something."""


@dataclass(frozen=True, slots=True)
class Field:
    """Hold one field: `kind` is a FieldDescriptorProto.Type, `type_name` the message's or enum's, else empty."""

    name: str
    comment: str
    kind: int
    type_name: str
    is_repeated: bool
    may_be_absent: bool
    options: Options

    @property
    def rules(self) -> Options:
        """Return the field's buf.validate rules, as they print in JSON."""
        rules: Options = self.options.get("[buf.validate.field]", {})
        return rules

    @property
    def is_required(self) -> bool:
        """Return whether a request must name the field."""
        return "REQUIRED" in self.options.get("[google.api.field_behavior]", ())


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one message by its full name, fields as declared."""

    name: str
    comment: str
    fields: tuple[Field, ...]
    options: Options

    @property
    def is_map_entry(self) -> bool:
        """Return whether protoc made the message for a map field."""
        return bool(self.options.get("map_entry"))


@dataclass(frozen=True, slots=True)
class EnumValue:
    """Hold one value of an enum."""

    name: str
    number: int
    comment: str


@dataclass(frozen=True, slots=True)
class Enum:
    """Hold one enum by its full name, values as declared."""

    name: str
    comment: str
    values: tuple[EnumValue, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """Hold one RPC; `service` and the types are full names."""

    service: str
    name: str
    comment: str
    request: str
    response: str
    is_stream: bool
    options: Options

    @property
    def package(self) -> str:
        """Return the package of the service."""
        return self.service.rpartition(".")[0]

    @property
    def access(self) -> str:
        """Return who may call, a name of sectracker.api.v1.Access; empty where the RPC does not say."""
        return str(self.options.get("[sectracker.api.v1.access]", ""))


@dataclass(frozen=True, slots=True)
class Service:
    """Hold one service by its full name, RPCs as declared."""

    name: str
    comment: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Hold the whole contract; messages and enums are keyed by full name."""

    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    services: tuple[Service, ...]


def read(descriptors: bytes) -> Contract:
    """Return the contract in a serialized FileDescriptorSet that holds all imports and source info."""
    files = [file for file in parse(descriptors).file if not file.name.startswith(THIRD_PARTY)]
    messages = (message for file in files for message in messages_of(file))
    enums = (enum for file in files for enum in enums_of(file))
    services = tuple(service for file in files for service in services_of(file))
    return Contract({message.name: message for message in messages}, {enum.name: enum for enum in enums}, services)


def parse(descriptors: bytes) -> FileDescriptorSet:
    """Return the set in classes of its own pool, which know every option that the set itself defines."""
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    own = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    return cast("FileDescriptorSet", own.FromString(descriptors))


def comments_of(file: FileDescriptorProto) -> Comments:
    """Return the comment before each declaration of a file, keyed by its place."""
    return {tuple(where.path): where.leading_comments for where in file.source_code_info.location}


def options_of(declared: ProtoMessage) -> Options:
    """Return the options of a declaration as they print in JSON; extensions are keyed "[full.name]"."""
    pool = cast("DescriptorPool", declared.DESCRIPTOR.file.pool)
    options: Options = MessageToDict(declared, preserving_proto_field_name=True, descriptor_pool=pool)
    return options


def walk(file: FileDescriptorProto) -> Iterator[Declared[DescriptorProto]]:
    """Yield every message of a file, nested ones after their parent, with full name and place."""
    waiting: list[Declared[DescriptorProto]] = [
        (message, f"{file.package}.{message.name}", (MESSAGES, i)) for i, message in enumerate(file.message_type)
    ]
    while waiting:
        message, name, place = waiting.pop(0)
        yield message, name, place
        nested = enumerate(message.nested_type)
        waiting += [(m, f"{name}.{m.name}", (*place, NESTED_MESSAGES, i)) for i, m in nested]


def messages_of(file: FileDescriptorProto) -> Iterator[Message]:
    """Yield every message of a file."""
    comments = comments_of(file)
    for message, name, place in walk(file):
        fields = tuple(field_of(field, comments.get((*place, FIELDS, i), "")) for i, field in enumerate(message.field))
        yield Message(name, comments.get(place, ""), fields, options_of(message.options))


def field_of(field: FieldDescriptorProto, comment: str) -> Field:
    """Return one field; it may be absent when it is optional or one of a oneof."""
    return Field(
        name=field.name,
        comment=comment,
        kind=field.type,
        type_name=field.type_name.removeprefix("."),
        is_repeated=field.label == FieldDescriptorProto.LABEL_REPEATED,
        may_be_absent=field.HasField("oneof_index"),  # protoc gives an optional field a oneof of its own
        options=options_of(field.options),
    )


def enums_of(file: FileDescriptorProto) -> Iterator[Enum]:
    """Yield every enum of a file, those inside messages after the others."""
    comments = comments_of(file)
    places: list[Declared[EnumDescriptorProto]] = [
        (enum, f"{file.package}.{enum.name}", (ENUMS, i)) for i, enum in enumerate(file.enum_type)
    ]
    for message, name, place in walk(file):
        nested = enumerate(message.enum_type)
        places += [(enum, f"{name}.{enum.name}", (*place, NESTED_ENUMS, i)) for i, enum in nested]
    for enum, name, place in places:
        values = tuple(
            EnumValue(value.name, value.number, comments.get((*place, VALUES, i), ""))
            for i, value in enumerate(enum.value)
        )
        yield Enum(name, comments.get(place, ""), values)


def services_of(file: FileDescriptorProto) -> Iterator[Service]:
    """Yield every service of a file."""
    comments = comments_of(file)
    for i, service in enumerate(file.service):
        name, place = f"{file.package}.{service.name}", (SERVICES, i)
        methods = tuple(
            method_of(name, method, comments.get((*place, METHODS, j), "")) for j, method in enumerate(service.method)
        )
        yield Service(name, comments.get(place, ""), methods)


def method_of(service: str, method: MethodDescriptorProto, comment: str) -> Method:
    """Return one RPC."""
    return Method(
        service=service,
        name=method.name,
        comment=comment,
        request=method.input_type.removeprefix("."),
        response=method.output_type.removeprefix("."),
        is_stream=method.server_streaming,
        options=options_of(method.options),
    )
