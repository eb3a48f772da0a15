"""Turn the public RPCs into Envoy's routes: by REST path, and by the RPC's own name for native gRPC and gRPC-Web."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import MethodOptions

from gateway import identity
from gateway.surface import PUBLIC, Endpoint, Exposed, Rpc, Template, endpoints
from services.chassis import health
from services.chassis.introspection import REFLECTIONS

Route = dict[str, Any]

# For a route whose clients send one message: a service sees nothing of it before it is all here.
WHOLE = {"whole": identity.SWITCHED_ON}
HEADER_MUTATION = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute"

# Percent-encoded UTF-8 without NUL, RFC 3629. A stray "%" stands for itself: people type "100%" into address bars.
TAIL = "%[89ABab][0-9A-Fa-f]"
ESCAPE = "|".join(
    (
        "%(?:0[1-9A-Fa-f]|[1-7][0-9A-Fa-f])",
        f"%(?:[Cc][2-9A-Fa-f]|[Dd][0-9A-Fa-f]){TAIL}",
        f"%[Ee]0%[ABab][0-9A-Fa-f]{TAIL}",
        f"%[Ee](?:[1-9A-CEFa-cef]){TAIL}{TAIL}",
        f"%[Ee][Dd]%[89][0-9A-Fa-f]{TAIL}",
        f"%[Ff]0%[9ABab][0-9A-Fa-f]{TAIL}{TAIL}",
        f"%[Ff][1-3]{TAIL}{TAIL}{TAIL}",
        f"%[Ff]4%8[0-9A-Fa-f]{TAIL}{TAIL}",
    )
)
STRAY = "(?:%[0-9A-Fa-f]?)"
READABLE_URL = f"(?:[!-$&-~]|{STRAY}*(?:{ESCAPE})|{STRAY}+[!-$&-/:-@G-`g-~])*{STRAY}*"

# What is safe to send again when a process goes away in the middle of it. `unavailable` is for one that has just
# started and knows no tickers yet; without a database it makes four attempts of one, within the retry budget.
RETRY_ON = {
    MethodOptions.NO_SIDE_EFFECTS: "connect-failure,refused-stream,reset,unavailable,cancelled",
    MethodOptions.IDEMPOTENT: "connect-failure,refused-stream,reset,unavailable",
}
# How often another process is looked for. One that has just died is busy with nothing, and so is preferred in three of
# four looks; with three looks, one request in ten was sent to it again and again, until it failed.
LOOK_FOR_ANOTHER = 20
# A client that sets no deadline of its own must not hold a server's thread for ever.
LONGEST_CALL = "30s"
# The service gives up a little before the door does, so that its own error arrives.
HEAD_START_SECONDS = 0.2

# Native gRPC and gRPC-Web; Envoy's own word for gRPC leaves the latter out.
IS_GRPC = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}

# A parameter that lacks its name or its `=`; the empty ones of `?&&` say nothing, and mean no harm.
INCOMPLETE = "[^&=]+|=[^&]*"

# A reflection stream holds a thread of the server for as long as the client likes.
LONGEST_REFLECTION = "5s"


def routes(call_seconds: float, cors_origins: Sequence[str], surface: Sequence[Exposed] = PUBLIC) -> list[Route]:
    """Return all routes in the order in which they are tried; the last one refuses what none has matched."""
    found = [unreadable(), *(preflight(origin) for origin in cors_origins)]
    for template, verbs in endpoints(surface):
        found += misread_queries(template, verbs)
        found += [route for endpoint in verbs for route in rest_routes(endpoint, call_seconds)]
        found += other_verbs(template, [endpoint.verb for endpoint in verbs])
    found += [native_route(rpc) for exposed in surface for rpc in exposed.rpcs()]
    found.append(standard_route(f"/{health.NAME}/Check", "gateway", LONGEST_CALL) | {"typed_per_filter_config": WHOLE})
    found += [standard_route(f"/{name}/ServerReflectionInfo", "reflection", LONGEST_REFLECTION) for name in REFLECTIONS]
    return [*found, unknown()]


def unreadable() -> Route:
    """Refuse a URL that is no text: Python could not read the message that it becomes."""
    pattern = {"safe_regex": {"regex": READABLE_URL}}
    match = {"prefix": "/", "headers": [{"name": ":path", "string_match": pattern, "invert_match": True}]}
    return refusal(match, 400, "The URL is not percent-encoded UTF-8, or holds NUL.")


def preflight(origin: str) -> Route:
    """Let the CORS filter answer a browser's question on behalf of a page; it does so where a route leads to a cluster.

    Shape: the cluster never sees the question, because only those are matched that the filter answers.
    """
    asks = {"present_match": True} if origin == "*" else {"string_match": {"exact": origin}}
    headers = [
        {"name": ":method", "string_match": {"exact": "OPTIONS"}},
        {"name": "access-control-request-method", "present_match": True},
        {"name": "origin", **asks},
    ]
    return {"match": {"prefix": "/", "headers": headers}, "route": {"cluster": "gateway"}}


def unknown() -> Route:
    """Refuse whatever no other route has matched."""
    return refusal({"prefix": "/"}, 404, "There is nothing at this path.")


def misread_queries(template: Template, verbs: Sequence[Endpoint]) -> Iterator[Route]:
    """Refuse the queries of a path that the transcoder would get wrong.

    It overlooks a parameter without a name or a value, lets one that is named as a variable of the path win, and of a
    field without presence that is given twice the last. They are refused, not taken out: Envoy writes a changed query
    back decoded, so that `%26` begins another parameter.
    """
    yield refusal(query_match(template, INCOMPLETE), 400, "A query parameter has no name or no value.")
    for variable in template.variables:
        yield refusal(query_match(template, given(variable)), 400, f"{variable}: is given by the path.")
    for name in dict.fromkeys(name for endpoint in verbs for name in in_query(endpoint)):
        twice = f"{given(name)}&(?:.*&)?{given(name)}"
        yield refusal(query_match(template, twice), 400, f"{name}: is given more than once.")


def in_query(endpoint: Endpoint) -> list[str]:
    """Return the single fields without presence that a query may fill."""
    if endpoint.rpc.rule.body:
        return []
    fields = [one for one in endpoint.rpc.method.input_type.fields if not (one.has_presence or one.is_repeated)]
    return [one.name for one in fields if one.name not in endpoint.template.variables]


def given(name: str) -> str:
    """Return what a field looks like in a query, by whatever name."""
    return f"(?:{'|'.join(spelled(spelling) for spelling in sorted(spellings(name)))})=[^&]*"


def rest_routes(endpoint: Endpoint, call_seconds: float) -> list[Route]:
    """Lead one verb and path of REST to its cluster; what may be read with GET may be looked at with HEAD."""
    route = rest_route(endpoint, call_seconds)
    if endpoint.verb != "GET":
        return [route]
    filters = {**route["typed_per_filter_config"], "head": identity.SWITCHED_ON}
    return [route, {**route, "match": path_match(endpoint.template, "HEAD"), "typed_per_filter_config": filters}]


def rest_route(endpoint: Endpoint, call_seconds: float) -> Route:
    """Lead one verb and path of REST to its cluster."""
    rpc = endpoint.rpc
    route: Route = {
        "match": path_match(endpoint.template, endpoint.verb),
        "route": {"cluster": rpc.cluster, "timeout": seconds(call_seconds), **retries(rpc)},
        "request_headers_to_remove": identity.removed(rpc.access),
        "response_headers_to_add": [header("x-request-id", "%REQ(X-REQUEST-ID)%"), *private(rpc)],  # for errors.lua
    }
    if rpc.method.server_streaming:
        route["route"]["timeout"] = "0s"
    else:
        deadline = call_seconds - min(HEAD_START_SECONDS, call_seconds / 10)
        route["request_headers_to_add"] = [header("grpc-timeout", f"{int(deadline * 1000)}m")]
    mutations: dict[str, Any] = {
        "request_mutations": [{"remove_on_match": {"key_matcher": {"suffix": "-bin"}}}],  # gRPC would decode it
        "response_mutations": [{"remove": name} for name in GRPC_HEADERS],
    }
    route["typed_per_filter_config"] = {
        "rest_headers": {"@type": HEADER_MUTATION, "mutations": mutations},
        **identity.checks(rpc.access),
        **WHOLE,
    }
    return route


def private(rpc: Rpc) -> list[dict[str, Any]]:
    """Return what keeps an answer out of caches: one that is somebody's, or holds tokens (RFC 6749, 5.1)."""
    return [] if rpc.is_shared else [header("cache-control", "no-store")]


# What gRPC says in headers means nothing to REST clients.
GRPC_HEADERS = ("grpc-status", "grpc-message", "grpc-accept-encoding", "grpc-encoding", "accept-encoding")


def other_verbs(template: Template, verbs: list[str]) -> list[Route]:
    """Answer OPTIONS at a path, and refuse every other verb, naming those that are allowed."""
    allowed = ", ".join([*verbs, *(["HEAD"] if "GET" in verbs else []), "OPTIONS"])
    allow = [header("allow", allowed)]
    options: Route = {"match": path_match(template, "OPTIONS"), "direct_response": {"status": 204}}
    refused = refusal(path_match(template), 405, f"This path takes {allowed}.")
    return [options | {"response_headers_to_add": allow}, refused | {"response_headers_to_add": allow}]


def native_route(rpc: Rpc) -> Route:
    """Lead an RPC to its cluster by its own name; the client's deadline holds, up to a limit."""
    longest = {"grpc_timeout_header_max": LONGEST_CALL}
    if not rpc.method.server_streaming:
        longest["max_stream_duration"] = LONGEST_CALL
    return {
        "match": {"path": rpc.path, "headers": [IS_GRPC]},
        "route": {"cluster": rpc.cluster, "timeout": "0s", "max_stream_duration": longest, **retries(rpc)},
        "request_headers_to_remove": identity.removed(rpc.access),
        "typed_per_filter_config": {**identity.checks(rpc.access), **WHOLE},
    }


def standard_route(path: str, cluster: str, longest: str) -> Route:
    """Lead an RPC of gRPC's own services to the door's server."""
    limit = {"grpc_timeout_header_max": longest, "max_stream_duration": longest}
    return {
        "match": {"path": path, "headers": [IS_GRPC]},
        "route": {"cluster": cluster, "timeout": "0s", "max_stream_duration": limit},
        "request_headers_to_remove": list(identity.CREDENTIALS),
    }


def keys_routes() -> list[Route]:
    """Lead Envoy's own question for auth's keys to auth."""
    rpc = next(rpc for exposed in PUBLIC for rpc in exposed.rpcs() if rpc.rule.get == identity.KEYS_PATH)
    return [{"match": {"path": identity.KEYS_PATH}, "route": {"cluster": rpc.cluster, "timeout": "1s", **retries(rpc)}}]


def path_match(template: Template, verbs: str = ".*") -> dict[str, Any]:
    """Match a path of REST and its verbs; what says that it is gRPC is looked for by the RPC's own name alone."""
    method = {"name": ":method", "string_match": {"safe_regex": {"regex": verbs}}}
    not_grpc = {**IS_GRPC, "invert_match": True, "treat_missing_header_as_empty": True}
    return {"safe_regex": {"regex": template.regex}, "headers": [method, not_grpc]}


def query_match(template: Template, parameter: str) -> dict[str, Any]:
    """Match a path of REST, by whatever verb, with a parameter of this form in its query."""
    match = path_match(template)
    pattern = {"safe_regex": {"regex": rf"[^?]*\?(?:.*&)?(?:{parameter})(?:&.*)?"}}
    match["headers"].append({"name": ":path", "string_match": pattern})
    return match


def refusal(match: dict[str, Any], status: int, sentence: str) -> Route:
    """Answer from the door itself; `replies` gives it the shape of all errors."""
    return {"match": match, "direct_response": {"status": status, "body": {"inline_string": sentence}}}


def retries(rpc: Rpc) -> dict[str, Any]:
    """Return the retry policy of an RPC; one that changes something each time has none."""
    conditions = RETRY_ON.get(rpc.method.GetOptions().idempotency_level)
    if conditions is None:
        return {}
    return {
        "retry_policy": {
            "retry_on": conditions,
            "num_retries": 3,
            "host_selection_retry_max_attempts": LOOK_FOR_ANOTHER,
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3"
                        ".PreviousHostsPredicate"
                    },
                }
            ],
        }
    }


def spellings(variable: str) -> set[str]:
    """Return the names by which the transcoder knows a field: job_id and jobId."""
    first, *others = variable.split("_")
    return {variable, first + "".join(word.capitalize() for word in others)}


def spelled(name: str) -> str:
    """Return what a name looks like in a query, whichever of its letters are percent-encoded."""
    return "".join(f"(?:{letter}|%(?i:{ord(letter):02x}))" for letter in name)


def header(name: str, value: str) -> dict[str, Any]:
    """Return a header to set, whatever it was."""
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def seconds(value: float) -> str:
    """Write seconds as Envoy reads them."""
    return f"{value:g}s"
