"""Print messages as the JSON that Envoy's transcoder prints, some four times faster than `json_format`.

Shape: snake_case; scalars, empty lists and empty maps printed; unset messages and unset optional fields left out; enums
by name; 64-bit integers as strings; integral doubles without a fraction; NaN and infinities as strings; Timestamps in
RFC 3339 with 0, 3, 6 or 9 decimals. A property test holds it to `MessageToJson`.
"""

import base64
import math
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

Encoder = Callable[[Any], Any]

SIXTY_FOUR_BITS = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
}
MAX_PLAIN = 1e15  # integral doubles below it are printed without fraction or exponent


def printer(descriptor: Descriptor) -> Callable[[Message], bytes]:
    """Return a function that prints messages of one type."""
    encode = message_encoder(descriptor, {})
    return lambda message: orjson.dumps(encode(message), option=orjson.OPT_UTC_Z)


def message_encoder(descriptor: Descriptor, known: dict[str, Encoder]) -> Encoder:
    """Return a function from a message to what JSON can hold; types that contain themselves are bound late."""
    name = descriptor.full_name
    if name in known:
        return known[name]
    if name.startswith("google.protobuf."):
        known[name] = timestamp if name == "google.protobuf.Timestamp" else well_known
        return known[name]
    known[name] = lambda message: known[name](message)  # noqa: PLW0108 - by then it is another function
    known[name] = fields_encoder(descriptor, known)
    return known[name]


def fields_encoder(descriptor: Descriptor, known: dict[str, Encoder]) -> Encoder:
    """Return a function that puts the fields that are set over what unset ones print, and turns what JSON cannot hold.

    Asking for all set fields at once takes a third less than asking for each optional one whether it is set.
    """
    unset = {field.name: unset_value(field, known) for field in descriptor.fields if not field.has_presence}
    turns = {field: (field.name, field_encoder(field, known)) for field in descriptor.fields}

    def encode(message: Message) -> dict[str, Any]:
        values = unset.copy()
        for field, value in message.ListFields():
            name, turn = turns[field]
            values[name] = value if turn is None else turn(value)
        return values

    return encode


def unset_value(field: FieldDescriptor, known: dict[str, Encoder]) -> Any:
    """Return what an unset field prints."""
    if field.is_repeated:
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        return {} if is_map else []
    turn = field_encoder(field, known)
    return field.default_value if turn is None else turn(field.default_value)


def field_encoder(field: FieldDescriptor, known: dict[str, Encoder]) -> Encoder | None:
    """Return a function from a field's value to what JSON can hold, or None when it can hold it as it is."""
    entry = field.message_type
    if field.is_repeated and entry is not None and entry.GetOptions().map_entry:
        turn_value = value_encoder(entry.fields_by_name["value"], known) or as_it_is
        turn_key = boolean if entry.fields_by_name["key"].type == FieldDescriptor.TYPE_BOOL else str
        return lambda pairs: {turn_key(key): turn_value(pairs[key]) for key in pairs}
    turn = value_encoder(field, known)
    if not field.is_repeated:
        return turn
    return list if turn is None else lambda values: [turn(value) for value in values]


def value_encoder(field: FieldDescriptor, known: dict[str, Encoder]) -> Encoder | None:
    """Return a function for one value of a field, or None when JSON can hold it as it is."""
    if field.message_type is not None:
        return message_encoder(field.message_type, known)
    if field.enum_type is not None:
        words = {value.number: value.name for value in reversed(field.enum_type.values)}
        return lambda number: words.get(number, number)
    if field.type in SIXTY_FOUR_BITS:
        return str
    return SCALARS.get(field.type)


def as_it_is(value: object) -> object:
    """Return the value."""
    return value


def boolean(value: object) -> str:
    """Return a boolean map key as JSON spells it."""
    return "true" if value else "false"


def encoded(value: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(value).decode()


def double(value: float) -> float | str:
    """Return a number that prints as short as it can, or the word for what is no number."""
    if value.is_integer() and -MAX_PLAIN < value < MAX_PLAIN:
        return int(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def single(value: float) -> float | str:
    """Return a 32-bit float with the fewest digits that read back as the same float."""
    if not math.isfinite(value):
        return double(value)
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return double(short)
    return double(float(f"{value:.9g}"))


SCALARS: dict[int, Encoder] = {
    FieldDescriptor.TYPE_DOUBLE: double,
    FieldDescriptor.TYPE_FLOAT: single,
    FieldDescriptor.TYPE_BYTES: encoded,
}


def timestamp(message: Any) -> datetime | str:
    """Return a Timestamp: whole seconds for orjson to print, parts of one as text with as many decimals as it needs."""
    moment, nanos = datetime.fromtimestamp(message.seconds, UTC), message.nanos
    if not nanos:
        return moment
    whole = moment.isoformat()[:19]
    if nanos % 1_000_000 == 0:
        return f"{whole}.{nanos // 1_000_000:03}Z"
    if nanos % 1_000 == 0:
        return f"{whole}.{nanos // 1_000:06}Z"
    return f"{whole}.{nanos:09}Z"


def well_known(message: Message) -> Any:
    """Return what protobuf's own printer makes of a Duration, a wrapper, a Struct and their like."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
