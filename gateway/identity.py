"""Make the filters that judge credentials at the door, and say for each RPC which of them look at a request.

A token is verified here by auth's published keys; a key is shown to auth, which puts a token in its place. The services
verify that token again: what stands here keeps strangers from their threads, and is no reason to believe anything.
"""

from typing import Any

from sectracker.api.v1.options_pb2 import ACCESS_ANYONE, ACCESS_STRANGER, Access

KEYS_PATH = "/.well-known/jwks.json"
KEY_HEADER = "x-api-key"
# Both are taken from what only strangers may be asked for, and either is replaced where the other one counts.
CREDENTIALS = ("authorization", KEY_HEADER)
# The name of the requirement by which a route has its tokens verified.
NEEDED, OPTIONAL = "needed", "optional"
# RFC 9110: the word is the same in either case. Envoy looks for the very letters.
SCHEMES = ("Bearer ", "bearer ", "BEARER ")
KEYS_SECONDS = 2
"""How old the keys may be that a token is verified by."""
CHECK_SECONDS = 1.0
"""How long auth may take to look at a key before the request is refused."""

ANY = "type.googleapis.com/envoy.extensions"
FILTERS = f"{ANY}.filters.http"
JWT = f"{FILTERS}.jwt_authn.v3"
MATCHER = f"{ANY}.common.matching.v3.ExtensionWithMatcher"
SKIP = {"name": "skip", "typed_config": {"@type": f"{ANY}.filters.common.matcher.action.v3.SkipFilter"}}
HEADER_INPUT = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"

OTHERS = f"{ANY}.retry.host.previous_hosts.v3.PreviousHostsPredicate"

HAS_KEY = {
    "single_predicate": {
        "input": {"name": "key", "typed_config": {"@type": HEADER_INPUT, "header_name": KEY_HEADER}},
        "value_match": {"safe_regex": {"google_re2": {}, "regex": ".*"}},  # an empty one is a key as well
    }
}


def filters() -> list[dict[str, Any]]:
    """Return the filters in their order; they are off but for routes that want them.

    Where there is a key the token beside it is not looked at: it never arrives.
    """
    return [skipped("token", HAS_KEY, tokens()), skipped("key", {"not_matcher": HAS_KEY}, keys())]


def skipped(name: str, predicate: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Return a filter that looks at no request of a certain kind."""
    matchers = [{"predicate": predicate, "on_match": {"action": SKIP}}]
    return {
        "name": name,
        "disabled": True,
        "typed_config": {
            "@type": MATCHER,
            "extension_config": {"name": name, "typed_config": config},
            "xds_matcher": {"matcher_list": {"matchers": matchers}},
        },
    }


def tokens() -> dict[str, Any]:
    """Return the filter that verifies tokens.

    Shape: the keys are fetched beside the requests. An Envoy that starts before auth asks every second, and at each
    token, until it has them; when auth goes away afterwards the last ones stand.
    """
    provider = {
        "issuer": "sectracker",
        "audiences": ["sectracker-api"],
        "require_expiration": True,
        "clock_skew_seconds": 5,
        "forward": True,
        "from_headers": [{"name": "authorization", "value_prefix": scheme} for scheme in SCHEMES],
        "remote_jwks": {
            "http_uri": {"uri": f"http://keys{KEYS_PATH}", "cluster": "keys", "timeout": "1s"},
            "cache_duration": f"{KEYS_SECONDS}s",
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "1s"},
        },
        "jwt_cache_config": {"jwt_cache_size": 10_000},
    }
    token = {"provider_name": "auth"}
    return {
        "@type": f"{JWT}.JwtAuthentication",
        "providers": {"auth": provider},
        "requirement_map": {
            NEEDED: token,
            OPTIONAL: {"requires_any": {"requirements": [token, {"allow_missing": {}}]}},
        },
        "strip_failure_response": True,  # `replies` says it, without the address that was asked
    }


def keys() -> dict[str, Any]:
    """Return the filter that shows keys to auth; without its answer a request with a key is refused with 503."""
    return {
        "@type": f"{FILTERS}.ext_authz.v3.ExtAuthz",
        "transport_api_version": "V3",
        "grpc_service": {
            "envoy_grpc": {"cluster_name": "auth"},
            "timeout": f"{CHECK_SECONDS:g}s",
            "retry_policy": {
                "retry_on": "connect-failure,refused-stream,reset,unavailable",
                "num_retries": 3,
                "host_selection_retry_max_attempts": 20,
                "retry_host_predicate": [{"name": "previous", "typed_config": {"@type": OTHERS}}],
                # Its default is a second, and so the whole of the time: with auth away each key waited for all of it.
                "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.1s"},
            },
            "initial_metadata": [{"key": "x-sectracker-client", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}],
        },
        "status_on_error": {"code": 503},
        "allowed_headers": {"patterns": [{"exact": KEY_HEADER}]},
    }


def checks(access: Access.ValueType) -> dict[str, Any]:
    """Return how the filters look at requests for an RPC; at those of strangers they do not."""
    if access == ACCESS_STRANGER:
        return {}
    requirement = OPTIONAL if access == ACCESS_ANYONE else NEEDED
    return {
        "token": switched_on({"@type": f"{JWT}.PerRouteConfig", "requirement_name": requirement}),
        "key": SWITCHED_ON,
    }


def removed(access: Access.ValueType) -> list[str]:
    """Return the headers that an RPC's service is never shown."""
    return list(CREDENTIALS) if access == ACCESS_STRANGER else [KEY_HEADER]


def switched_on(config: dict[str, Any]) -> dict[str, Any]:
    """Return what has a filter that is off look at a route's requests."""
    return {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": config}


SWITCHED_ON = switched_on({})
