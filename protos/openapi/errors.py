"""Say errors in OpenAPI: one shape for all, a response for each HTTP status, an example for each reason."""

from collections.abc import Iterator
from typing import Any

from protos.openapi.contract import Contract, Method
from protos.openapi.prose import first_sentence
from protos.openapi.reasons import SHARED_PACKAGES, STATUSES, Reason, Reasons, Refusal, refusals_of, resolve

Schema = dict[str, Any]

TYPE_URL = "type.googleapis.com/google.rpc."
SHARED_RESPONSE = {"$ref": "#/components/responses/Error"}
LIMIT_HEADERS = {
    "Retry-After": "Seconds after which the call may be tried again.",
    "X-RateLimit-Limit": "Calls that the fullest window allows, then each window as `limit;w=seconds`.",
    "X-RateLimit-Remaining": "Calls that are left in the fullest window.",
    "X-RateLimit-Reset": "Seconds until the fullest window starts anew.",
}
LIMIT_HEADER_REFERENCES = {name: {"$ref": f"#/components/headers/{name}"} for name in LIMIT_HEADERS}


def responses(contract: Contract, reasons: Reasons, method: Method) -> Schema:
    """Return an RPC's error responses by HTTP status, and the one for whatever any call may meet."""
    by_status: dict[int, list[Refusal]] = {}
    for refusal in refusals_of(contract, method):
        by_status.setdefault(STATUSES[refusal.status][1], []).append(refusal)
    named = {str(http): response(reasons, method.package, by_status[http]) for http in sorted(by_status)}
    return named | {"default": SHARED_RESPONSE}


def response(reasons: Reasons, package: str, refusals: list[Refusal]) -> Schema:
    """Return the response for one HTTP status: the comment's words, the reasons, and an example of each."""
    words = "; ".join(f"{refusal.status}, {refusal.words}" for refusal in refusals)
    named = [resolve(reasons, package, name) for refusal in refusals for name in refusal.reasons]
    is_limited = any(refusal.status == "RESOURCE_EXHAUSTED" for refusal in refusals)
    return error_response(f"{words}.", named) | ({"headers": LIMIT_HEADER_REFERENCES} if is_limited else {})


def error_response(words: str, named: list[Reason]) -> Schema:
    """Return a response in the shape of all errors."""
    content = {
        "schema": {"$ref": "#/components/schemas/Error"},
        "examples": {reason.name: {"$ref": f"#/components/examples/{component(reason)}"} for reason in named},
    }
    lines = [f"- `{reason.name}` ({reason.status}): {reason.sentence}" for reason in named]
    return {"description": "\n".join([words, "", *lines]), "content": {"application/json": content}}


def components(reasons: Reasons) -> Schema:
    """Return the components that error responses refer to, but for their schemas."""
    shared = [one for one in reasons.values() if one.package in SHARED_PACKAGES and one.status]
    words = "Any other error. The headers come with 429 alone."
    return {
        "responses": {"Error": error_response(words, shared) | {"headers": LIMIT_HEADER_REFERENCES}},
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in LIMIT_HEADERS.items()},
        "examples": {component(one): example(one) for one in reasons.values() if one.status},
    }


def component(reason: Reason) -> str:
    """Return the name of a reason's example among the components."""
    return f"{reason.package.removeprefix('sectracker.')}.{reason.name}"


def example(reason: Reason) -> Schema:
    """Return a whole error as it prints, around the reason's own sample."""
    sentence = first_sentence(reason.sentence)[0]
    message = sentence[0].upper() + sentence[1:]
    value = {"code": STATUSES[reason.status][0], "message": message, "details": list(details(reason, message))}
    return {"summary": reason.name, "value": value}


def details(reason: Reason, message: str) -> Iterator[Schema]:
    """Yield the details of a reason's example: its sample, and what its comment says it comes with."""
    yield {"@type": f"{TYPE_URL}ErrorInfo", **reason.sample}
    if "google.rpc.BadRequest" in reason.sentence:
        violation = {"field": reason.sample["metadata"]["field"], "description": message}
        yield {"@type": f"{TYPE_URL}BadRequest", "field_violations": [violation]}
    if "google.rpc.RetryInfo" in reason.sentence:
        yield {"@type": f"{TYPE_URL}RetryInfo", "retry_delay": "30s"}
    yield {"@type": f"{TYPE_URL}RequestInfo", "request_id": "5f0c8f0e-7c5e-4d07-9c2b-6f0f3a1f3b7d"}


def detail(kind: str, description: str, **properties: Schema) -> Schema:
    """Return the schema of one type of detail, told apart by its "@type"."""
    tag = {"type": "string", "const": f"{TYPE_URL}{kind}"}
    return {
        "type": "object",
        "description": description,
        "properties": {"@type": tag, **properties},
        "required": ["@type"],
    }


def described(description: str, **schema: Any) -> Schema:
    """Return a schema with its description; a string where nothing else is said."""
    return {"type": "string", **schema, "description": description}


VIOLATION: Schema = {
    "type": "object",
    "description": "One field and what is wrong with it.",
    "properties": {
        "field": described("Path of the field, dotted."),
        "description": described("What is wrong with it."),
    },
    "required": ["field", "description"],
}

DETAILS: dict[str, Schema] = {
    "ErrorInfo": detail(
        "ErrorInfo",
        "Why, in a form for programs. Every error has one.",
        reason=described("A stable word, such as `FIELD_INVALID`."),
        domain=described("Always `sectracker` when a service refused, else who did."),
        metadata=described(
            "What the reason is about, by name.", type="object", additionalProperties={"type": "string"}
        ),
    ),
    "BadRequest": detail(
        "BadRequest",
        "Which fields are wrong.",
        field_violations=described("One entry a field.", type="array", items=VIOLATION),
    ),
    "RequestInfo": detail(
        "RequestInfo", "Which call it was.", request_id=described("Id of the call; it is in the log.")
    ),
    "RetryInfo": detail(
        "RetryInfo",
        "When to try again.",
        retry_delay=described("How long to wait at least, in seconds: `30s`.", pattern=r"^[0-9]+(\.[0-9]+)?s$"),
    ),
}

ERROR: Schema = {
    "type": "object",
    "description": "What every error looks like: google.rpc.Status in JSON.",
    "properties": {
        "code": {"type": "integer", "format": "int32", "description": "Number of the gRPC status: 5 is NOT_FOUND."},
        "message": described("What happened, one sentence for people."),
        "details": {
            "type": "array",
            "description": "More for programs, each entry of one of these types.",
            "items": {"oneOf": [{"$ref": f"#/components/schemas/{kind}"} for kind in DETAILS]},
        },
    },
    "required": ["code", "message", "details"],
}

SCHEMAS: dict[str, Schema] = {"Error": ERROR, **DETAILS}
