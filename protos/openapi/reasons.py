"""Read errors: the reasons of the error_reason.proto files, and which of them an RPC's comment names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protos.openapi import prose
from protos.openapi.contract import Contract, ContractError, EnumValue, Method

PREFIX = "ERROR_REASON_"
ERRORS = "Errors: "
NONE = "none of its own"
# Reasons that every RPC may give stand in these packages: the API's own, and the gateway's in front of all services.
SHARED_PACKAGES = ("sectracker.api.v1", "sectracker.gateway.v1")

STATUS = re.compile(r"([A-Z][A-Z_]+)(?::|,) (.*)")
REASON = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bINTERNAL\b")
REFERENCE = re.compile(r"as (\w+)\b")

# gRPC status → its number and the HTTP status that the transcoder makes of it.
STATUSES = {
    "CANCELLED": (1, 499),
    "UNKNOWN": (2, 500),
    "INVALID_ARGUMENT": (3, 400),
    "DEADLINE_EXCEEDED": (4, 504),
    "NOT_FOUND": (5, 404),
    "ALREADY_EXISTS": (6, 409),
    "PERMISSION_DENIED": (7, 403),
    "RESOURCE_EXHAUSTED": (8, 429),
    "FAILED_PRECONDITION": (9, 400),
    "ABORTED": (10, 409),
    "OUT_OF_RANGE": (11, 400),
    "UNIMPLEMENTED": (12, 501),
    "INTERNAL": (13, 500),
    "UNAVAILABLE": (14, 503),
    "DATA_LOSS": (15, 500),
    "UNAUTHENTICATED": (16, 401),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Hold one reason; `status` is empty for a reason that only a job gives, never a call."""

    package: str
    name: str
    status: str
    sentence: str
    sample: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Hold one clause of an RPC's errors: the status, the names of the reasons, and the clause's own words."""

    status: str
    reasons: tuple[str, ...]
    words: str


Reasons = Mapping[tuple[str, str], Reason]


def reasons_of(contract: Contract) -> Reasons:
    """Return every reason by package and name, in the contract's order."""
    found = (
        reason_of(name.rpartition(".")[0], value)
        for name, enum in contract.enums.items()
        if name.endswith(".ErrorReason")
        for value in enum.values
        if value.number
    )
    return {(reason.package, reason.name): reason for reason in found}


def reason_of(package: str, value: EnumValue) -> Reason:
    """Read one value of an ErrorReason: "NOT_FOUND: no such job." and a sample of its ErrorInfo in JSON."""
    said = prose.text(value.comment)
    match = STATUS.match(said)
    status, sentence = (match[1], match[2]) if match and match[1] in STATUSES else ("", said)
    samples = prose.code_blocks(value.comment)
    if len(samples) != 1:
        raise ContractError(f"{package}.{value.name} needs one sample of its ErrorInfo")
    return Reason(package, value.name.removeprefix(PREFIX), status, sentence, json.loads(samples[0]))


def errors_of(method: Method) -> str:
    """Return what an RPC's comment says about its errors.

    Raises: ContractError where it says nothing.
    """
    for paragraph in prose.paragraphs(method.comment):
        if paragraph.startswith(ERRORS):
            return paragraph.removeprefix(ERRORS)
    raise ContractError(f"{method.service}/{method.name} does not name its errors")


def refusals_of(contract: Contract, method: Method) -> list[Refusal]:
    """Return the refusals that an RPC's comment names, those of the RPC that it refers to included."""
    said = errors_of(method)
    if other := REFERENCE.match(said):
        return refusals_of(contract, sibling(contract, method, other[1]))
    clauses = [] if said.startswith(NONE) else said.rstrip(".").split("; ")
    return [refusal_of(method, clause) for clause in clauses]


def refusal_of(method: Method, clause: str) -> Refusal:
    """Read one clause: "NOT_FOUND, TICKER_UNKNOWN {ticker}".

    Raises: ContractError where it does not begin with a gRPC status.
    """
    match = STATUS.match(clause)
    if match is None or match[1] not in STATUSES:
        raise ContractError(f"{method.service}/{method.name} has an error without a status: {clause}")
    return Refusal(match[1], tuple(REASON.findall(match[2])), match[2])


def sibling(contract: Contract, method: Method, name: str) -> Method:
    """Return another RPC of the same service.

    Raises: ContractError where the service has none of that name.
    """
    service = next(one for one in contract.services if one.name == method.service)
    for other in service.methods:
        if other.name == name:
            return other
    raise ContractError(f"{method.service}/{method.name} refers to {name}, which its service does not have")


def resolve(reasons: Reasons, package: str, name: str) -> Reason:
    """Return the reason that an RPC means by a name: its own package's, else a shared one.

    Raises: ContractError where no error_reason.proto has it.
    """
    for candidate in (package, *SHARED_PACKAGES):
        if (candidate, name) in reasons:
            return reasons[candidate, name]
    raise ContractError(f"{package} names the reason {name}, which no error_reason.proto has")
