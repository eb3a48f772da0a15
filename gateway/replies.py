"""Give the door's own answers the shape of all errors: `{code, message, details}` with a reason and the request id.

Reasons stand in sectracker/gateway/v1/error_reason.proto, except those that mean the same wherever they come from: of
sectracker/api/v1, and API_KEY_INVALID of sectracker/auth/v1. A client need not care who gave up waiting.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.rpc import code_pb2
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from sectracker.gateway.v1.health_service_pb2 import CheckResponse, Part, SecApi

from services.chassis.metrics import product_version

DOMAIN = "sectracker"
DETAIL = "type.googleapis.com/google.rpc."
ENVOYS_WORDS = "%LOCAL_REPLY_BODY%"
HEALTH_PATH = "/api/v1/health"
CEL = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a client is told.

    Shape: without a sentence Envoy's own words are kept, because they name what is wrong; with seconds the client is
    told how soon it may come back.
    """

    code: int
    reason: str
    sentence: str = ENVOYS_WORDS
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_seconds: int = 0


MALFORMED = Refusal(code_pb2.INVALID_ARGUMENT, "REQUEST_MALFORMED")
NOT_HTTP = Refusal(code_pb2.INVALID_ARGUMENT, "REQUEST_MALFORMED", "The request is not valid HTTP.")
PATH_UNKNOWN = Refusal(code_pb2.NOT_FOUND, "PATH_UNKNOWN", "There is nothing at this path.")
NOT_ALLOWED = Refusal(code_pb2.UNIMPLEMENTED, "METHOD_NOT_ALLOWED")
TOO_SLOW = Refusal(code_pb2.DEADLINE_EXCEEDED, "REQUEST_TOO_SLOW", "The request did not arrive in time.")
BODY_TOO_LARGE = Refusal(code_pb2.INVALID_ARGUMENT, "REQUEST_TOO_LARGE", "The body is larger than 1 MiB.")
HEADERS_TOO_LARGE = Refusal(
    code_pb2.INVALID_ARGUMENT, "REQUEST_TOO_LARGE", "The headers are more than 50, or larger than 8 KiB."
)
LATE = Refusal(code_pb2.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "The answer was not ready in time.")
INTERNAL = Refusal(code_pb2.INTERNAL, "INTERNAL", "Something went wrong on our side.")
AWAY = Refusal(code_pb2.UNAVAILABLE, "UPSTREAM_UNAVAILABLE", "The service did not answer; try again.")
OVERLOADED = Refusal(code_pb2.UNAVAILABLE, "OVERLOADED", "There are too many requests; try again in a moment.")
MISSING = Refusal(code_pb2.UNAUTHENTICATED, "CREDENTIALS_MISSING", "The call needs an access token or an API key.")
EXPIRED = Refusal(code_pb2.UNAUTHENTICATED, "TOKEN_EXPIRED", "The access token has expired.")
INVALID = Refusal(code_pb2.UNAUTHENTICATED, "TOKEN_INVALID", "The access token is not valid.")
KEY_INVALID = Refusal(code_pb2.UNAUTHENTICATED, "API_KEY_INVALID", "The API key is unknown or has ended.")
FLOOD = Refusal(
    code_pb2.RESOURCE_EXHAUSTED,
    "RATE_LIMITED",
    "There are too many requests from this address; try again in a second.",
    {"limit": "flood"},
    retry_seconds=1,
)
REFUSED = Refusal(code_pb2.UNKNOWN, "REQUEST_REFUSED", "The request was refused.")

# What a transcoder's complaint or an answer of a route is called; everything else with 400 is broken HTTP.
SAYS_WHAT = "response.code_details.matches('^(direct_response|(early_)?grpc_json_transcode_failure)')"
# Circuit breakers and the overload manager.
IS_OVERLOAD = "response.code_details.matches('overflow|overload')"

# Who has just started and has not seen auth yet cannot tell a good token from a bad one.
KNOWS_NO_KEYS = "response.code_details.matches('Jwks_remote_fetch_is_failed')"
IS_MISSING = "response.code_details.matches('Jwt_is_missing')"
IS_EXPIRED = "response.code_details.matches('Jwt_is_expired')"
IS_AUDIENCE = "response.code_details.matches('^jwt_authn_access_denied')"  # Envoy's only 403 for a token
IS_KEY = "response.code_details == 'ext_authz_denied'"
IS_FLOOD = "response.code_details == 'local_rate_limited'"

# By HTTP status, and where one status has several causes by a condition on Envoy's own word for it. The first one wins.
BY_STATUS = (
    (400, SAYS_WHAT, MALFORMED),
    (400, "", NOT_HTTP),
    (401, KNOWS_NO_KEYS, AWAY),
    (401, IS_MISSING, MISSING),
    (401, IS_EXPIRED, EXPIRED),
    (401, IS_KEY, KEY_INVALID),
    (401, "", INVALID),
    (403, IS_AUDIENCE, INVALID),
    (404, "", PATH_UNKNOWN),
    (405, "", NOT_ALLOWED),
    (408, "", TOO_SLOW),
    (413, "", BODY_TOO_LARGE),
    (429, IS_FLOOD, FLOOD),
    (431, "", HEADERS_TOO_LARGE),
    (500, "", INTERNAL),
    (502, "", AWAY),
    (503, IS_OVERLOAD, OVERLOADED),
    (503, "", AWAY),
    (504, "", LATE),
)

# The HTTP status where it is not the one that Envoy has chosen.
STATUS = {(401, AWAY.reason): 503, (403, INVALID.reason): 401}

# What Envoy would tell native gRPC as UNKNOWN, since no code of gRPC's stands for the HTTP status, or in its own words.
NATIVE = ((408, "", TOO_SLOW), (413, "", BODY_TOO_LARGE), *(row for row in BY_STATUS if row[0] in {401, 403, 429}))

# gRPC's own machinery refuses without a reason: a deadline that has passed, too many calls at once, a process that goes
# away. `errors.lua.j2` tells REST clients the reason by the code; a code that is not here is a mistake of ours.
BY_CODE = {
    code_pb2.CANCELLED: AWAY,
    code_pb2.DEADLINE_EXCEEDED: LATE,
    code_pb2.RESOURCE_EXHAUSTED: OVERLOADED,
    code_pb2.UNAVAILABLE: AWAY,
}


def local_replies() -> dict[str, Any]:
    """Return what Envoy tries in turn on an answer of its own; what is no error stays as it is."""
    other = {"filter": status_filter("GE", 400), "body_format_override": body(REFUSED)}
    natives = [*(native_refusal(*row) for row in NATIVE), native()]
    return {"mappers": [*natives, health_away(), *(mapper(*row) for row in BY_STATUS), other]}


def native() -> dict[str, Any]:
    """Leave native gRPC alone: its message is the text, and its status comes from the HTTP status.

    The transcoder rewrites the content type of REST requests to gRPC's, but keeps their path in a header.
    """
    is_grpc = header_filter("content-type", string_match={"prefix": "application/grpc"})
    is_rest = header_filter("x-envoy-original-path", present_match=True, invert_match=True)
    return {
        "filter": {"and_filter": {"filters": [is_grpc, is_rest]}},
        "body_format_override": {"text_format_source": {"inline_string": ENVOYS_WORDS}},
    }


def native_refusal(status: int, condition: str, refusal: Refusal) -> dict[str, Any]:
    """Say a refusal in gRPC's own way, with its code, its sentence and its details."""
    plain = native()
    wanted = [*plain["filter"]["and_filter"]["filters"], *caused(status, condition)]
    return {
        "filter": {"and_filter": {"filters": wanted}},
        "headers_to_add": [
            {"header": {"key": "grpc-status", "value": str(refusal.code)}},
            {"header": {"key": "grpc-status-details-bin", "value": details(refusal)}},
        ],
        "body_format_override": {"text_format_source": {"inline_string": refusal.sentence}},
    }


def details(refusal: Refusal) -> str:
    """Return a refusal's details as gRPC carries them; they are written once for all requests, so no id is in them."""
    told = Status(code=refusal.code, message=refusal.sentence)
    told.details.add().Pack(ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=refusal.metadata))
    if refusal.retry_seconds:
        told.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=refusal.retry_seconds)))
    return b64encode(told.SerializeToString()).rstrip(b"=").decode()


def health_away() -> dict[str, Any]:
    """Answer for the door's own server when it does not: health is always 200, and then it is not good."""
    asked = header_filter("x-envoy-original-path", string_match={"prefix": HEALTH_PATH})
    answer = CheckResponse(
        status=CheckResponse.Status.unhealthy,
        version=product_version(),
        database=Part.State.disconnected,
        cache=Part.State.disconnected,
        sec_api=SecApi.State.unknown,
        services={"gateway": Part.State.disconnected},
    )
    return {
        "filter": {"and_filter": {"filters": [asked, status_filter("GE", 500)]}},
        "status_code": 200,
        "body_format_override": {"json_format": MessageToDict(answer, preserving_proto_field_name=True)},
    }


def mapper(status: int, condition: str, refusal: Refusal) -> dict[str, Any]:
    """Say one kind of answer in the shape of all errors."""
    wanted = caused(status, condition)
    made = {
        "filter": {"and_filter": {"filters": wanted}} if len(wanted) > 1 else wanted[0],
        "body_format_override": body(refusal),
    }
    instead = STATUS.get((status, refusal.reason))
    return made if instead is None else {**made, "status_code": instead}


def caused(status: int, condition: str) -> list[dict[str, Any]]:
    """Look at the HTTP status and, where there is a condition, at Envoy's own word for the cause."""
    wanted = [status_filter("EQ", status)]
    if condition:
        wanted.append({"extension_filter": {"name": "cause", "typed_config": {"@type": CEL, "expression": condition}}})
    return wanted


def body(refusal: Refusal) -> dict[str, Any]:
    """Return the body of a refusal; a request that is refused before it has an id has none."""
    info: dict[str, Any] = {"@type": f"{DETAIL}ErrorInfo", "reason": refusal.reason, "domain": DOMAIN}
    if refusal.metadata:
        info["metadata"] = dict(refusal.metadata)
    details = [info, {"@type": f"{DETAIL}RequestInfo", "request_id": "%REQ(X-REQUEST-ID)%"}]
    if refusal.retry_seconds:
        details.append({"@type": f"{DETAIL}RetryInfo", "retry_delay": f"{refusal.retry_seconds}s"})
    answer = {"code": refusal.code, "message": refusal.sentence, "details": details}
    return {"json_format": answer, "omit_empty_values": True}


def status_filter(operator: str, status: int) -> dict[str, Any]:
    """Compare the HTTP status."""
    value = {"default_value": status, "runtime_key": "none"}
    return {"status_code_filter": {"comparison": {"op": operator, "value": value}}}


def header_filter(name: str, **conditions: Any) -> dict[str, Any]:
    """Look at a header of the request."""
    return {"header_filter": {"header": {"name": name, **conditions}}}
