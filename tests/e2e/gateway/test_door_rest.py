"""REST at the door: which path leads where, and what comes back."""

import base64
from pathlib import Path

import pytest
import yaml
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.descriptor import public_files
from gateway.surface import PUBLIC
from tests.e2e.gateway.doors import Door, envoy
from tests.e2e.gateway.wire import exchange


def test_answer_is_the_contracts_json(door: Door) -> None:
    """Names are snake_case, zeros and empty lists are there, absent values are not, and words are lower-case."""
    answer = door.get("/api/v1/form4/AAPL?count=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["company_name"] == "Apple Inc."
    assert told["status"] == "ready"
    assert told["insiders"] == []
    assert told["transactions"][0]["type"] == "sell"
    assert told["transactions"][0]["shares"] == 0
    assert "price" not in told["transactions"][0]
    assert "last_updated" not in told
    assert told["summary"]["buy_count"] == 0


def test_transcoded_answer_is_the_contracts_json(door: Door) -> None:
    """What Envoy prints itself looks the same as what services print."""
    answer = door.ask("POST", "/api/v1/auth/login", b'{"email": "a@example.com", "password": "x"}')
    assert answer.json() == {
        "access_token": "a@example.com",
        "refresh_token": "",
        "token_type": "bearer",
        "expires_in": 0,
    }


def transcoded(configuration: str) -> str:
    """Return a configuration by which Envoy prints every answer itself."""
    made = yaml.safe_load(configuration)
    manager = made["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    transcoder = next(one for one in manager["http_filters"] if "json_transcoder" in one["name"])["typed_config"]
    transcoder["services"] = [exposed.service.full_name for exposed in PUBLIC]
    typed = FileDescriptorSet(file=public_files()).SerializeToString()
    transcoder["proto_descriptor_bin"] = base64.b64encode(typed).decode()
    return yaml.safe_dump(made)


def test_services_print_what_envoy_would(door: Door, folder: Path, upstreams: dict[str, list[str]]) -> None:
    """Whoever prints the JSON, it says the same; only the spelling of a number may differ, as 1e-05 and 0.00001."""
    with envoy(folder, upstreams, PUBLIC, transcoded) as other:
        for path in ("form4/RICH", "form4/AAPL?count=2", "form4/AAPL/summary", "form4/latest", "companies/AAPL"):
            assert door.get(f"/api/v1/{path}").json() == other.get(f"/api/v1/{path}").json()


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/v1/form4/latest", "total_companies"),
        ("/api/v1/form4/aapl", "transactions"),
        ("/api/v1/form4/aapl/summary", "period_days"),
        ("/api/v1/companies/search?q=apple", "results"),
        ("/api/v1/companies/AAPL", "company"),
        ("/api/v1/health", "database"),
    ],
)
def test_every_path_leads_to_its_rpc_with_and_without_a_slash(door: Door, path: str, key: str) -> None:
    """Words are not swallowed by the variables beside them, and a slash at the end changes nothing."""
    first, mark, query = path.partition("?")
    assert key in door.get(path).json()
    assert key in door.get(f"{first}/{mark}{query}").json()


@pytest.mark.parametrize("query", ["ticker=MSFT", "%74icker=MSFT", "count=1&ticker=MSFT", "ticker=AAPL", "ticker="])
def test_a_query_cannot_speak_for_the_path(door: Door, query: str) -> None:
    """A query parameter with the name of the path's variable is refused by that name, however it is written."""
    answer = door.get(f"/api/v1/form4/AAPL?{query}")
    assert answer.status_code == 400
    assert answer.json()["details"][0] == {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "FIELD_INVALID",
        "domain": "sectracker",
        "metadata": {"field": "ticker"},
    }


@pytest.mark.parametrize("value", ["%26ticker=MSFT", "%26ticker%3DMSFT", "%26count%3D1", "%0A", "%7F", "%25FF", "%23"])
def test_a_value_stays_one_value(door: Door, value: str) -> None:
    """What is encoded in a value neither becomes another parameter nor breaks the request."""
    answer = door.get(f"/api/v1/form4/AAPL?count=2&page_token={value}")
    assert (answer.json()["ticker"], len(answer.json()["transactions"])) == ("AAPL", 2)


@pytest.mark.parametrize("query", ["hide_planned", "count=1&bogus", "=1"])
@pytest.mark.parametrize("path", ["form4/AAPL", "form4/latest"])
def test_a_parameter_without_a_value_is_refused(door: Door, path: str, query: str) -> None:
    """What has no `=`, or nothing before it, is not overlooked."""
    answer = door.get(f"/api/v1/{path}?{query}")
    assert (answer.status_code, answer.json()["message"]) == (400, "A query parameter has no name or no value.")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("BRK.B", "BRK.B"),
        ("BRK%2FB", "BRK/B"),
        ("BRK%20B", "BRK B"),
        ("AT%26T", "AT&T"),
        ("%C3%89", "É"),
    ],
)
def test_variable_is_one_decoded_segment(door: Door, written: str, meant: str) -> None:
    """What the path says arrives decoded, an escaped slash included."""
    assert door.get(f"/api/v1/companies/{written}").json()["company"]["ticker"] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("brk+b", "brk b"),
        ("brk%20b", "brk b"),
        ("a%2Bb", "a+b"),
        ("Nestl%C3%A9", "Nestlé"),
        ("%E2%82%AC%F0%9F%98%80", "€😀"),
        ("100%", "100%"),
        ("%zz%2", "%zz%2"),
        ("%25FF", "%FF"),
        ("%5C%22'%3B--", "\\\"';--"),
    ],
)
def test_search_takes_any_text(door: Door, written: str, meant: str) -> None:
    """Text of any kind arrives as it was meant; a stray per cent sign is one."""
    assert door.get(f"/api/v1/companies/search?q={written}").json()["results"][0]["name"] == meant


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/api/v1/form4/latest", "/api/v1/form4/AAPL/", "/api/v1/health", "/api/v1/companies/x"]
)
def test_wrong_method_is_405_with_allow(door: Door, verb: str, path: str) -> None:
    """A path that is there names the methods that it takes."""
    answer = door.ask(verb, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["details"][0]["reason"] == "METHOD_NOT_ALLOWED"
    assert "GET, HEAD, OPTIONS" in answer.json()["message"]


def test_options_names_the_methods(door: Door) -> None:
    """OPTIONS has an empty answer with Allow."""
    answer = door.ask("OPTIONS", "/api/v1/form4/AAPL")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")
    assert door.get("/api/v1/form4/AAPL").status_code == 200  # nothing was left on the connection


@pytest.mark.parametrize("path", ["/api/v1/form4/AAPL?count=30", "/api/v1/form4/ZZZZ", "/api/v1/health"])
def test_head_is_get_without_the_body(door: Door, path: str) -> None:
    """HEAD has GET's status and length."""
    head, get = door.ask("HEAD", path, accept_encoding="identity"), door.get(path, accept_encoding="identity")
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert abs(int(head.headers["content-length"]) - len(get.content)) < 40  # a health answer may change


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/form4",
        "/api/v1/form4/",
        "/api/v1/form4/AAPL/summary/more",
        "/API/V1/form4/AAPL",
        "/api/v2/form4/AAPL",
        "/api/v1/auth",
        "/api/v1/auth/login/now",
        "/api/v1/track",
        "/api/v1/watchlist/AAPL/BRK-B",
        "/metrics",
    ],
)
def test_unknown_path_is_404(door: Door, path: str) -> None:
    """What the contract does not have, or nobody serves yet, is not there."""
    answer = door.get(path)
    assert answer.status_code == 404
    assert answer.json()["details"][0]["reason"] == "PATH_UNKNOWN"


@pytest.mark.parametrize("path", ["//api///v1//form4/AAPL", "/api/v1/x/../form4/AAPL", "/api/v1/%66orm4/AAPL"])
def test_ways_of_writing_a_path_are_one_path(door: Door, path: str) -> None:
    """Doubled slashes, dots and escaped letters are put in order before anything looks at the path."""
    assert door.get(path).json()["ticker"] == "AAPL"


def test_body_that_contradicts_the_path_is_refused(door: Door) -> None:
    """A body where none belongs cannot say another ticker than the path."""
    answer = door.ask("GET", "/api/v1/form4/AAPL", b'{"ticker": "MSFT"}')
    assert answer.status_code == 400
    assert "ticker" in answer.json()["message"]


def test_http_1_0_is_answered(door: Door) -> None:
    """A simple monitor that speaks HTTP/1.0 gets its answer."""
    assert exchange(door, b"GET /api/v1/health HTTP/1.0\r\n\r\n").status == 200
