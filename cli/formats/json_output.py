"""Print messages as the REST surface prints them."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Any, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

# Valid in JSON as they are, but a terminal would obey them: DEL, C1, bidi controls, zero widths, line separators.
OBEYED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
MAX_PLAIN = 1e15  # integral doubles below it are printed without fraction or exponent


def write(answer: Message | Sequence[Message]) -> None:
    """Print one message as an object, several as a list."""
    whole = to_json(answer) if isinstance(answer, Message) else [to_json(message) for message in answer]
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    sys.stdout.write(OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def to_json(message: Message) -> Any:
    """Return a message as the contract's JSON: snake_case, defaults printed, absent left out, fields in their order."""
    flat = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return ordered(flat, cast("Descriptor", message.DESCRIPTOR))


def ordered(value: Any, descriptor: Descriptor) -> Any:
    """Return an object with its fields in the contract's order, as deep as it goes."""
    if not isinstance(value, dict) or descriptor.full_name.startswith("google.protobuf."):
        return value
    return {
        field.name: plain(value[field.name], field.message_type) for field in descriptor.fields if field.name in value
    }


def plain(value: Any, descriptor: Descriptor | None) -> Any:
    """Return a field's value: whole numbers without a fraction, objects in order, maps as they are."""
    if isinstance(value, list):
        return [plain(one, descriptor) for one in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_PLAIN:
        return int(value)
    if descriptor is None or descriptor.GetOptions().map_entry:
        return value
    return ordered(value, descriptor)
