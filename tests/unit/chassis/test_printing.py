"""Printing: the same JSON as protobuf's own printer, for every shape of field."""

import json
import math
from typing import Any

import pytest
from google.protobuf import (
    descriptor_pool,
    duration_pb2,
    struct_pb2,
    text_format,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClassesForFiles
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.printing import printer

NEEDS = (duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)
SCALARS = ["double", "float", "int32", "int64", "uint32", "uint64", "sint64", "fixed64", "sfixed64"]
SCALARS += ["bool", "string", "bytes"]


def fields(prefix: str, label: str, number: int, *, is_optional: bool = False) -> str:
    """Describe one field of every scalar type."""
    optional = "proto3_optional: true oneof_index: {index}" if is_optional else ""
    return "\n".join(
        f'field {{ name: "{prefix}_{kind}" number: {number + index} label: LABEL_{label} type: TYPE_{kind.upper()}'
        f" {optional.format(index=index + 1)} }}"
        for index, kind in enumerate(SCALARS)
    )


DESCRIPTION = f"""
name: "printing/v1/printing.proto" package: "printing.v1" syntax: "proto3"
dependency: "google/protobuf/timestamp.proto" dependency: "google/protobuf/duration.proto"
dependency: "google/protobuf/struct.proto" dependency: "google/protobuf/wrappers.proto"
message_type {{
  name: "All"
  {fields("one", "OPTIONAL", 1)} {fields("many", "REPEATED", 20)} {fields("maybe", "OPTIONAL", 40, is_optional=True)}
  oneof_decl {{ name: "choice" }}
  {" ".join(f'oneof_decl {{ name: "_maybe_{kind}" }}' for kind in SCALARS)}
  field {{ name: "word" number: 60 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".printing.v1.All.Word" }}
  field {{ name: "words" number: 61 label: LABEL_REPEATED type: TYPE_ENUM type_name: ".printing.v1.All.Word" }}
  field {{ name: "inner" number: 62 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".printing.v1.All" }}
  field {{ name: "inners" number: 63 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".printing.v1.All" }}
  field {{ name: "this" number: 64 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }}
  field {{ name: "that" number: 65 label: LABEL_OPTIONAL type: TYPE_DOUBLE oneof_index: 0 }}
  field {{ name: "at" number: 66 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" }}
  field {{ name: "ats" number: 67 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" }}
  field {{ name: "took" number: 68 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".google.protobuf.Duration" }}
  field {{ name: "any" number: 69 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".google.protobuf.Value" }}
  field {{ name: "boxed" number: 70 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".google.protobuf.Int64Value" }}
  field {{ name: "texts" number: 71 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".printing.v1.All.TextsEntry" }}
  field {{ name: "flags" number: 72 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".printing.v1.All.FlagsEntry" }}
  field {{ name: "sums" number: 73 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".printing.v1.All.SumsEntry" }}
  enum_type {{ name: "Word" value {{ name: "unspecified" number: 0 }} value {{ name: "buy" number: 1 }} }}
  nested_type {{ name: "TextsEntry" options {{ map_entry: true }}
    field {{ name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }}
    field {{ name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }} }}
  nested_type {{ name: "FlagsEntry" options {{ map_entry: true }}
    field {{ name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_BOOL }}
    field {{ name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".printing.v1.All" }} }}
  nested_type {{ name: "SumsEntry" options {{ map_entry: true }}
    field {{ name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_INT64 }}
    field {{ name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_DOUBLE }} }}
}}
message_type {{ name: "One" field {{ name: "count" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 }} }}
message_type {{ name: "None" }}
"""
descriptor_pool.Default().Add(text_format.Parse(DESCRIPTION, FileDescriptorProto()))
CLASSES = GetMessageClassesForFiles(["printing/v1/printing.proto"], descriptor_pool.Default())
All: Any = CLASSES["printing.v1.All"]
PRINT = printer(All.DESCRIPTOR)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "double": st.floats(),
    "float": st.floats(width=32),
    "bool": st.booleans(),
    "string": st.text(),
    "bytes": st.binary(),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), st.integers(-(2**63), 2**63 - 1)),
    **dict.fromkeys(("uint64", "fixed64"), st.integers(0, 2**64 - 1)),
}
MOMENTS = st.builds(
    timestamp_pb2.Timestamp,
    seconds=st.integers(-62135596800, 253402300799),
    nanos=st.one_of(st.just(0), st.integers(0, 999).map(lambda n: n * 1_000_000), st.integers(0, 999_999_999)),
)
JSON = st.recursive(st.one_of(st.none(), st.booleans(), st.text(max_size=5)), lambda inner: st.lists(inner, max_size=3))


def messages(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make messages with any fields set."""
    return st.builds(
        lambda given: All(**given),
        st.fixed_dictionaries(
            {},
            optional={
                **{f"one_{kind}": values for kind, values in VALUES.items()},
                **{f"maybe_{kind}": values for kind, values in VALUES.items()},
                **{f"many_{kind}": st.lists(values, max_size=3) for kind, values in VALUES.items()},
                "word": st.sampled_from([0, 1, 7]),
                "words": st.lists(st.sampled_from([0, 1, 7]), max_size=3),
                "inner": inner,
                "inners": st.lists(inner, max_size=2),
                "this": st.text(),
                "that": st.floats(),
                "at": MOMENTS,
                "ats": st.lists(MOMENTS, max_size=2),
                "took": st.builds(duration_pb2.Duration, seconds=st.integers(0, 10**6)),
                "boxed": st.builds(wrappers_pb2.Int64Value, value=VALUES["int64"]),
                "texts": st.dictionaries(st.text(), st.text(), max_size=3),
                "flags": st.dictionaries(st.booleans(), inner, max_size=2),
                "sums": st.dictionaries(VALUES["int64"], st.floats(), max_size=3),
            },
        ),
    )


def reference(message: Any) -> Any:
    """Return what protobuf's own printer says, as JSON's values."""
    said = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return json.loads(json.dumps(said))


@given(st.recursive(messages(st.builds(All)), messages, max_leaves=3))
def test_prints_what_protobuf_prints(message: Any) -> None:
    """Whatever is set, parsing our text gives what parsing protobuf's own text gives."""
    assert json.loads(PRINT(message)) == reference(message)


def test_well_known_types_are_bare() -> None:
    """A Value prints as the JSON that it holds."""
    message = All()
    message.any.struct_value.update({"a": [None, 1.5, {"b": "c"}]})
    assert json.loads(PRINT(message)) == reference(message)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (100.0, b"100"),
        (221.03, b"221.03"),
        (-0.0, b"0"),
        (1e21, b"1e+21"),
        (math.nan, b'"NaN"'),
        (-math.inf, b'"-Infinity"'),
    ],
)
def test_numbers_are_short(number: float, text: bytes) -> None:
    """Integral doubles have no fraction, large ones an exponent, and what is no number is a word."""
    assert b'"one_double":' + text + b"," in PRINT(All(one_double=number))


def test_messages_of_one_and_of_no_field() -> None:
    """The smallest messages print too."""
    one: Any = CLASSES["printing.v1.One"]
    none: Any = CLASSES["printing.v1.None"]
    assert printer(one.DESCRIPTOR)(one(count=3)) == b'{"count":3}'
    assert printer(none.DESCRIPTOR)(none()) == b"{}"
