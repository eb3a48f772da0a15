"""Routes from the contract: where each leads, how long it may take, and what may be sent again."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sectracker.api.v1 import error_reason_pb2 as shared
from sectracker.api.v1.options_pb2 import ACCESS_ANYONE, ACCESS_STRANGER
from sectracker.auth.v1 import error_reason_pb2 as auth
from sectracker.filings.v1 import tracking_service_pb2
from sectracker.gateway.v1 import error_reason_pb2 as own

from gateway import replies
from gateway.routes import READABLE_URL, routes, spellings
from gateway.surface import PUBLIC, Exposed

SURFACE = (
    *PUBLIC,
    Exposed(tracking_service_pb2.DESCRIPTOR.services_by_name["TrackingService"], "filings"),
)
FOUND = routes(5, ["https://app.example.com"], SURFACE)


def refused_queries(route: dict[str, Any]) -> list[str]:
    """Return the forms of a path with its query that a route of REST refuses."""
    headers = route["match"].get("headers", [])
    return [header["string_match"]["safe_regex"]["regex"] for header in headers if header["name"] == ":path"]


def verb(route: dict[str, Any]) -> str | None:
    """Return the verbs that a route of REST takes."""
    methods = [
        header["string_match"]["safe_regex"]["regex"]
        for header in route["match"].get("headers", [])
        if header["name"] == ":method" and "safe_regex" in header["string_match"]
    ]
    return methods[0] if methods else None


def route(path: str, method: str) -> dict[str, Any]:
    """Return the route of REST that a request without a query would take."""
    return next(
        found
        for found in FOUND
        if not refused_queries(found)
        and re.fullmatch(found["match"].get("safe_regex", {}).get("regex", "(?!)"), path)
        and re.fullmatch(verb(found) or ".*", method)
    )


@pytest.mark.parametrize(
    ("method", "path", "cluster"),
    [
        ("GET", "/api/v1/form4/latest", "form4"),
        ("HEAD", "/api/v1/form4/AAPL/", "form4"),
        ("GET", "/api/v1/companies/search", "filings"),
        ("GET", "/api/v1/health", "gateway"),
        ("POST", "/api/v1/auth/login", "auth"),
    ],
)
def test_a_path_leads_to_its_cluster(method: str, path: str, cluster: str) -> None:
    """Each RPC is asked of the processes that serve it."""
    assert route(path, method)["route"]["cluster"] == cluster


def test_rest_has_a_deadline_before_its_timeout() -> None:
    """The service gives up a little before the door, and whatever the client said is replaced."""
    found = route("/api/v1/form4/AAPL", "GET")
    (deadline,) = found["request_headers_to_add"]
    assert found["route"]["timeout"] == "5s"
    assert deadline == {
        "header": {"key": "grpc-timeout", "value": "4800m"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def test_a_stream_has_no_deadline() -> None:
    """A stream lasts as long as its listener likes."""
    found = route("/api/v1/track/1/events", "GET")
    assert found["route"]["timeout"] == "0s"
    assert "request_headers_to_add" not in found


@pytest.mark.parametrize(
    ("method", "path", "condition", "is_in"),
    [
        ("GET", "/api/v1/form4/AAPL", "reset", True),
        ("GET", "/api/v1/form4/AAPL", "cancelled", True),
        ("POST", "/api/v1/auth/logout", "connect-failure", True),
        ("POST", "/api/v1/auth/logout", "cancelled", False),
    ],
)
def test_what_may_run_twice_is_tried_again(method: str, path: str, condition: str, is_in: bool) -> None:
    """Reads are sent again whatever happened; what is idempotent where the process went away."""
    assert (condition in route(path, method)["route"]["retry_policy"]["retry_on"].split(",")) is is_in


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/track"])
def test_what_may_not_run_twice_is_not(path: str) -> None:
    """An RPC that does not say that it may be repeated is sent once."""
    assert "retry_policy" not in route(path, "POST")["route"]


def test_native_routes_are_exact_and_for_grpc_alone() -> None:
    """An RPC has a route by its whole name; no prefix lets others in."""
    native = [found["match"] for found in FOUND if "path" in found["match"]]
    assert {match["path"] for match in native} >= {"/sectracker.form4.v1.Form4Service/GetSummary"}
    assert all(match["headers"][0]["string_match"] == {"prefix": "application/grpc"} for match in native)
    named = " ".join(match["path"] for match in native)
    assert not re.search("Ownership|BatchGet|ListTickers|Rest/|RefreshService", named)


def test_no_service_sees_a_part_of_a_request() -> None:
    """Whatever leads to a service is held until it is whole; reflection alone has threads for clients who talk on."""
    reach = [found for found in FOUND if "prefix" not in found["match"] and "route" in found]
    parts = {found["route"]["cluster"] for found in reach if "whole" not in found.get("typed_per_filter_config", {})}
    assert parts == {"reflection"}


def test_nothing_else_leads_to_a_cluster() -> None:
    """Prefixes lead nowhere but to refusals, and to the CORS filter for the pages in the list."""
    for found in FOUND:
        if "prefix" in found["match"] and "route" in found:
            assert [header["name"] for header in found["match"]["headers"]] == [
                ":method",
                "access-control-request-method",
                "origin",
            ]


def is_refused(path: str) -> bool:
    """Say whether a path is refused for its query."""
    return any(
        re.fullmatch(pattern, path) and re.fullmatch(found["match"]["safe_regex"]["regex"], path.partition("?")[0])
        for found in FOUND
        if "safe_regex" in found["match"]
        for pattern in refused_queries(found)
    )


@pytest.mark.parametrize("query", ["job_id=2", "jobId=2", "a=1&%6Aob%5Fid=2", "%6aobId=", "job_id=2&job_id=3"])
def test_a_query_that_speaks_for_the_path_is_refused(query: str) -> None:
    """Both names by which the transcoder knows a variable are refused, however they are written."""
    assert spellings("job_id") == {"job_id", "jobId"}
    assert is_refused(f"/api/v1/track/1?{query}")
    assert is_refused("/api/v1/form4/AAPL?ticker=MSFT")


@pytest.mark.parametrize("query", ["active=1&active=0", "active=1&count=1&%61ctive=", "hide_planned=1&hidePlanned=1"])
def test_a_field_that_is_given_twice_is_refused(query: str) -> None:
    """Where the transcoder would take the last one; others it refuses itself."""
    assert is_refused(f"/api/v1/form4/latest?{query}")
    assert is_refused("/api/v1/track/history?form_type=4&form_type=5")


@pytest.mark.parametrize("query", ["count", "count&days=1", "days=1&count", "=1", "a=1&=", "a=1&&count"])
def test_a_parameter_that_lacks_something_is_refused(query: str) -> None:
    """What the transcoder would overlook is refused."""
    assert is_refused(f"/api/v1/form4/latest?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?&&",
        "?count=1",
        "?count=",
        "?a=ticker=MSFT",
        "?a=1%26ticker=2",
        "?xticker=1",
        "?tickers=1",
        "?a=?ticker=1",
        "?hide_planned=1&a=hide_planned=0",
        "?xhide_planned=1&hide_planned=1",
    ],
)
def test_any_other_query_is_left_to_the_transcoder(query: str) -> None:
    """Values of any kind and other names pass."""
    assert not is_refused(f"/api/v1/form4/AAPL{query}")
    assert not is_refused("/api/v1/track/history?ticker=AAPL")


RPCS = {rpc.path: rpc for exposed in SURFACE for rpc in exposed.rpcs()}


def requirement(found: dict[str, Any]) -> str | None:
    """Return how a route has tokens verified; None where nobody looks at one."""
    config = found.get("typed_per_filter_config", {}).get("token")
    return None if config is None else str(config["config"]["requirement_name"])


def test_each_rpc_has_its_tokens_verified_as_it_says() -> None:
    """By its own name and by REST, with GET and with HEAD, and its keys where its tokens are."""
    expected = {ACCESS_STRANGER: None, ACCESS_ANYONE: "optional"}
    native = [found for found in FOUND if found["match"].get("path") in RPCS]
    assert len(native) == len(RPCS)
    rest = [
        (route(endpoint.template.text, verb), rpc)
        for rpc in RPCS.values()
        for endpoint in rpc.endpoints()
        for verb in (endpoint.verb, *(["HEAD"] if endpoint.verb == "GET" else []))
    ]
    for found, rpc in [*rest, *((found, RPCS[found["match"]["path"]]) for found in native)]:
        wanted = expected.get(rpc.access, "needed")
        assert requirement(found) == wanted, rpc.path
        assert ("key" in found["typed_per_filter_config"]) is (wanted is not None), rpc.path


def test_whatever_checks_no_credentials_passes_none_on() -> None:
    """A route that leads to a service verifies what is sent, or takes it away."""
    reach = [found for found in FOUND if "prefix" not in found["match"] and "route" in found]
    for found in reach:
        removed = found["request_headers_to_remove"]
        assert "x-api-key" in removed
        assert ("authorization" in removed) is (requirement(found) is None)


@pytest.mark.parametrize(
    ("method", "path", "is_private"),
    [
        ("POST", "/api/v1/auth/login", True),
        ("GET", "/api/v1/auth/me", True),
        ("GET", "/api/v1/watchlist", True),
        ("GET", "/api/v1/form4/AAPL", False),
        ("GET", "/api/v1/companies/search", False),
    ],
)
def test_what_is_somebodys_is_kept_by_no_cache(method: str, path: str, is_private: bool) -> None:
    """An answer that is not the same for everybody says that it may not be stored."""
    added = {one["header"]["key"]: one["header"]["value"] for one in route(path, method)["response_headers_to_add"]}
    assert added.get("cache-control") == ("no-store" if is_private else None)


def test_allow_names_every_verb_of_a_path() -> None:
    """A path with two verbs allows both."""
    headers = route("/api/v1/auth/me", "PUT")["response_headers_to_add"]
    assert headers[0]["header"] == {"key": "allow", "value": "GET, PATCH, HEAD, OPTIONS"}


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@example("100%")
@example("€😀")
def test_any_text_makes_a_readable_url(text: str) -> None:
    """Every text but one with NUL can be asked for."""
    written = "".join(f"%{byte:02X}" for byte in text.encode())
    assert re.fullmatch(READABLE_URL, f"/api/v1/companies/search?q={written}")


@given(st.binary(max_size=6), st.booleans())
def test_only_text_makes_a_readable_url(data: bytes, is_lower: bool) -> None:
    """Bytes that are no UTF-8, or hold NUL, are refused, and no others."""
    written = "".join(f"%{byte:02x}" if is_lower else f"%{byte:02X}" for byte in data)
    try:
        is_text = "\0" not in data.decode()
    except UnicodeDecodeError:
        is_text = False
    assert bool(re.fullmatch(READABLE_URL, f"/{written}")) is is_text


@given(st.text(alphabet="%0F4Aag/", max_size=8))
def test_a_stray_per_cent_sign_is_one(text: str) -> None:
    """Whatever is no escape stands for itself; what is one has to be text."""
    escapes = re.sub(r"%([0-9A-Fa-f]{2})", lambda found: f"\1{found[1]}", text)
    data = re.sub(rb"\x01([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), escapes.encode())
    try:
        is_text = b"\0" not in data and bool(data.decode() or True)
    except UnicodeDecodeError:
        is_text = False
    assert bool(re.fullmatch(READABLE_URL, text)) is is_text


def test_every_refusal_is_a_sentence_with_a_documented_reason() -> None:
    """What the door says is English, and its reasons are in the contract."""
    known = {*shared.ErrorReason.keys(), *auth.ErrorReason.keys(), *own.ErrorReason.keys()}
    told = [refusal for _, _, refusal in replies.BY_STATUS] + list(replies.BY_CODE.values()) + [replies.REFUSED]
    assert {f"ERROR_REASON_{refusal.reason}" for refusal in told} <= known
    assert all(refusal.sentence.endswith((".", "%")) for refusal in told)
