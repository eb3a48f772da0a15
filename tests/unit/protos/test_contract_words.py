"""The protos say what they must: a comment on everything, the errors of every RPC, a sample of every reason."""

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Proto

from protos.openapi import prose
from protos.openapi.bindings import bindings
from protos.openapi.contract import Contract, Field, Message, Method
from protos.openapi.reasons import Reasons, errors_of, refusals_of, resolve

LARGEST = re.compile(r"\b(?:at most|to) (\d+)(?: (KiB|MiB))?", re.IGNORECASE)
UNITS = {"": 1, "KiB": 1024, "MiB": 1024 * 1024}
MAXIMA = ("lte", "max_len", "max_items")
KEYS = re.compile(r"\b([A-Z_]+) \{([a-z_, ]+)\}")
SIXTY_FOUR_BITS = {Proto.TYPE_INT64, Proto.TYPE_UINT64, Proto.TYPE_SINT64, Proto.TYPE_FIXED64, Proto.TYPE_SFIXED64}


def names_of(contract: Contract, method: Method) -> set[str]:
    """Return the reasons that an RPC names."""
    return {name for refusal in refusals_of(contract, method) for name in refusal.reasons}


def declared(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield everything that needs a comment, with its comment."""
    for service in contract.services:
        yield service.name, service.comment
        yield from ((f"{service.name}/{method.name}", method.comment) for method in service.methods)
    for message in contract.messages.values():
        if not message.is_map_entry:
            yield message.name, message.comment
            yield from ((f"{message.name}.{field.name}", field.comment) for field in message.fields)
    for enum in contract.enums.values():
        yield enum.name, enum.comment
        yield from ((f"{enum.name}.{value.name}", value.comment) for value in enum.values)


def reachable(contract: Contract, name: str, found: set[str]) -> set[str]:
    """Return a message's name and those of all messages below it."""
    if name in contract.messages and name not in found:
        found.add(name)
        for field in contract.messages[name].fields:
            reachable(contract, field.type_name, found)
    return found


def fields_of(message: Message) -> dict[str, Field]:
    """Return a message's fields by name."""
    return {field.name: field for field in message.fields}


def test_everything_has_a_comment(contract: Contract) -> None:
    """Services, RPCs, messages, fields, enums and values each say what they are, in a sentence."""
    assert [name for name, comment in declared(contract) if not prose.text(comment).endswith(".")] == []


def test_every_rpc_names_its_errors(contract: Contract, reasons: Reasons, methods: dict[str, Method]) -> None:
    """Each RPC has an "Errors:" line, and an error_reason.proto has each of its reasons with the same status."""
    wrong = [
        (name, refusal.status, reason)
        for name, method in methods.items()
        for refusal in refusals_of(contract, method)
        for reason in refusal.reasons
        if resolve(reasons, method.package, reason).status != refusal.status
    ]
    assert wrong == []


def test_rules_lead_to_field_invalid(contract: Contract, methods: dict[str, Method]) -> None:
    """An RPC names FIELD_INVALID exactly when its request has a rule to break."""
    for name, method in methods.items():
        message = contract.messages[method.request]
        has_rules = "[buf.validate.message]" in message.options or any(field.rules for field in message.fields)
        assert (name, has_rules) == (name, "FIELD_INVALID" in names_of(contract, method))


def test_page_tokens_can_be_refused(contract: Contract, methods: dict[str, Method]) -> None:
    """An RPC names PAGE_TOKEN_INVALID exactly when its request has a page token."""
    for name, method in methods.items():
        has_token = "page_token" in fields_of(contract.messages[method.request])
        assert (name, has_token) == (name, "PAGE_TOKEN_INVALID" in names_of(contract, method))


def test_access_leads_to_its_refusals(contract: Contract, methods: dict[str, Method]) -> None:
    """Callers who must be known lead to CREDENTIALS_MISSING, operators to ACCESS_DENIED, owners to NOT_FOUND."""
    for name, method in methods.items():
        reasons, access = names_of(contract, method), method.access.removeprefix("ACCESS_")
        needs_caller = access in {"USER", "OWNER", "OPERATOR"}
        assert (name, needs_caller) == (name, "CREDENTIALS_MISSING" in reasons)
        assert (name, access == "OPERATOR") == (name, "ACCESS_DENIED" in reasons)
        statuses = {refusal.status for refusal in refusals_of(contract, method)}
        assert access != "OWNER" or "NOT_FOUND" in statuses, name


def test_braces_name_metadata(reasons: Reasons, methods: dict[str, Method]) -> None:
    """The words in braces behind a reason are keys of its metadata, as in its sample, or the company's other name."""
    for name, method in methods.items():
        for reason, keys in KEYS.findall(errors_of(method)):
            sample = resolve(reasons, method.package, reason).sample["metadata"]
            known = {*sample, "cik"} if "ticker" in sample else set(sample)
            assert set(keys.split(", ")) <= known, (name, reason)


def test_every_reason_has_its_sample(reasons: Reasons) -> None:
    """A reason's sample names the reason; one that a call gives has our domain and metadata of strings."""
    for (package, name), reason in reasons.items():
        assert reason.sample["reason"] == name, package
        assert bool(reason.status) is ("domain" in reason.sample), f"{package}.{name} begins with its gRPC status"
        if reason.status:
            assert reason.sample["domain"] == "sectracker", (package, name)
            assert all(isinstance(value, str) for value in reason.sample.get("metadata", {}).values()), (package, name)


def test_bad_fields_are_named_in_samples(reasons: Reasons) -> None:
    """A reason that comes with BadRequest names the field in its metadata as well."""
    with_field = [reason for reason in reasons.values() if "google.rpc.BadRequest" in reason.sentence]
    assert {reason.name for reason in with_field} >= {"FIELD_INVALID", "PAGE_TOKEN_INVALID"}
    assert all(reason.sample["metadata"]["field"] for reason in with_field)


def test_comments_state_the_bounds_of_the_rules(contract: Contract) -> None:
    """Where a field has a maximum and its comment states one, they are the same number."""
    for message in contract.messages.values():
        for field in message.fields:
            rules: Any = next(iter(field.rules.values()), {})
            maxima = {int(rules[rule]) for rule in MAXIMA if isinstance(rules, dict) and rule in rules}
            stated = {int(number) * UNITS[unit] for number, unit in LARGEST.findall(prose.text(field.comment))}
            assert not maxima or stated <= maxima, f"{message.name}.{field.name}"


def test_what_rules_require_is_marked_required(contract: Contract) -> None:
    """A message field that the rules require is marked REQUIRED, so that generated clients and documents know."""
    for message in contract.messages.values():
        assert all(field.is_required for field in message.fields if field.rules.get("required")), message.name


def test_rest_has_no_integer_that_prints_as_a_string(contract: Contract, methods: dict[str, Method]) -> None:
    """No message that REST reads or prints has a 64-bit integer: JSON would have it as a string."""
    for method in methods.values():
        if any(bindings(method)):
            both = reachable(contract, method.request, set()) | reachable(contract, method.response, set())
            kinds = {field.kind for name in both for field in contract.messages[name].fields}
            assert not kinds & SIXTY_FOUR_BITS, method.name


def test_event_streams_have_a_typed_sibling(contract: Contract, methods: dict[str, Method]) -> None:
    """Server-sent events print a typed stream of the same service, which takes the same request and has no route."""
    events = {name: m for name, m in methods.items() if "[sectracker.api.v1.events_of]" in m.options}
    assert {m.name for m in events.values()} == {"StreamJob", "StreamTransactions"}
    for name, method in events.items():
        typed = methods[f"{name.partition('/')[0]}/{method.options['[sectracker.api.v1.events_of]']}"]
        assert (typed.request, typed.access, typed.is_stream) == (method.request, method.access, True)
        assert not any(bindings(typed))
        assert typed.response in contract.messages


def test_reads_are_marked_as_such(methods: dict[str, Method]) -> None:
    """Every GET has no side effects, so that the gateway may retry it; every DELETE may be repeated."""
    for method in methods.values():
        for binding in bindings(method):
            level = method.options.get("idempotency_level")
            assert binding.verb != "get" or level == "NO_SIDE_EFFECTS", method.name
            assert binding.verb != "delete" or level == "IDEMPOTENT", method.name
