"""Access tokens at the door: where one is needed, where one may be, and where nobody looks."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from tests.e2e.gateway.doors import Door
from tests.integration.gateway.behind import (
    LIST,
    WATCHLIST,
    Behind,
    Signer,
    bearer,
    knows_keys,
    reason,
    reason_by_grpc,
    refusal,
    refused,
    status,
)

READ = "/api/v1/form4/AAPL"
SUMMARY = "/sectracker.form4.v1.Form4Service/GetSummary"
LOGIN = "/sectracker.auth.v1.AuthService/Login"


def unsigned(behind: Behind) -> str:
    """Return a token whose header says that nobody signed it."""
    _, payload, _ = behind.token().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt","kid":"first"}').decode().rstrip("=")
    return f"{header}.{payload}."


def signed_with_the_public_key(behind: Behind) -> str:
    """Return a token whose signature anybody can make."""
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (
            {"alg": "HS256", "typ": "at+jwt", "kid": "first"},
            {"iss": "sectracker", "aud": "sectracker-api", "sub": "x", "exp": int(time.time()) + 60},
        )
    )
    secret = base64.urlsafe_b64decode(behind.signers[0].published().x + "=")
    signature = hmac.digest(secret, f"{header}.{payload}".encode(), hashlib.sha256)
    return f"{header}.{payload}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


BAD: dict[str, tuple[Callable[[Behind], str], str]] = {
    "expired": (lambda behind: behind.token(-60), "TOKEN_EXPIRED"),
    "another audience": (lambda behind: behind.token(aud="sectracker-services"), "TOKEN_INVALID"),
    "another issuer": (lambda behind: behind.token(iss="somebody"), "TOKEN_INVALID"),
    "without an end": (lambda behind: behind.token(exp=None), "TOKEN_INVALID"),
    "not yet": (lambda behind: behind.token(nbf=int(time.time()) + 600), "TOKEN_INVALID"),
    "an unknown key": (lambda _: Signer("unknown").token(), "TOKEN_INVALID"),
    "a key of that name": (lambda _: Signer("first").token(), "TOKEN_INVALID"),
    "no signature": (unsigned, "TOKEN_INVALID"),
    "the public key as a secret": (signed_with_the_public_key, "TOKEN_INVALID"),
    "no token": (lambda _: "str_0123456789", "TOKEN_INVALID"),
    "two tokens": (lambda behind: f"{behind.token()},Bearer {behind.token()}", "TOKEN_INVALID"),
}


def test_a_good_token_arrives(door: Door, behind: Behind) -> None:
    """The service gets the token that the client sent, once, and verifies it again."""
    token = behind.token()
    assert status(door, token) == 200
    path, metadata = behind.last()
    assert (path, metadata["authorization"]) == (LIST, [bearer(token)])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(door: Door, behind: Behind, scheme: str) -> None:
    """The word before a token is the same in either case."""
    assert door.get(WATCHLIST, authorization=f"{scheme} {behind.token()}").status_code == 200


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("path", [WATCHLIST, READ])
def test_a_bad_token_is_refused(door: Door, behind: Behind, path: str, name: str) -> None:
    """Where a token is needed and where one may be, it has to be good; no service is asked."""
    make, expected = BAD[name]
    before = len(behind.calls)
    answer = door.get(path, authorization=bearer(make(behind)))
    assert (answer.status_code, reason(answer)) == (401, expected)
    assert answer.headers.get_list("www-authenticate") == ["Bearer"]
    assert len(behind.calls) == before


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("path", [LIST, SUMMARY])
def test_a_bad_token_is_refused_by_grpc(door: Door, behind: Behind, path: str, name: str) -> None:
    """Native gRPC gets the status, a plain sentence and the same reason."""
    make, expected = BAD[name]
    call = refusal(door, path, ("authorization", bearer(make(behind))))
    assert call.code() is grpc.StatusCode.UNAUTHENTICATED
    assert call.details() in {"The access token has expired.", "The access token is not valid."}
    assert reason_by_grpc(call) == expected


@pytest.mark.parametrize("credentials", [{}, {"authorization": "Basic YTpi"}, {"authorization": ""}])
def test_none_where_one_is_needed(door: Door, behind: Behind, credentials: dict[str, str]) -> None:
    """Without a token the call is refused before a service sees it."""
    before = len(behind.calls)
    for method in ("GET", "POST"):
        answer = door.ask(method, WATCHLIST, **credentials)
        assert (answer.status_code, reason(answer)) == (401, "CREDENTIALS_MISSING")
        assert answer.headers.get_list("www-authenticate") == ["Bearer"]
    code, sentence = refused(door, LIST)
    assert (code, sentence) == (grpc.StatusCode.UNAUTHENTICATED, "The call needs an access token or an API key.")
    assert len(behind.calls) == before


def test_head_is_checked_like_get(door: Door, behind: Behind) -> None:
    """What may be read with GET may be looked at with HEAD, by the same people."""
    refusal = door.ask("HEAD", WATCHLIST)
    assert (refusal.status_code, refusal.headers["www-authenticate"]) == (401, "Bearer")
    assert door.ask("HEAD", READ, authorization=bearer(behind.token(-60))).status_code == 401
    assert door.ask("HEAD", WATCHLIST, authorization=bearer(behind.token())).status_code == 200


def test_grpc_web_is_checked_like_grpc(door: Door, behind: Behind) -> None:
    """A browser's calls are refused with the same status, which they may read."""
    call = {"content_type": "application/grpc-web+proto"}
    answer = door.ask("POST", LIST, b"\0\0\0\0\0", **call)
    assert (answer.status_code, answer.headers["grpc-status"]) == (401, "16")
    good = door.ask("POST", LIST, b"\0\0\0\0\0", **call, authorization=bearer(behind.token()))
    assert (good.status_code, good.content[:5]) == (200, b"\0\0\0\0\0")


def test_a_read_for_anyone_needs_none(door: Door, behind: Behind) -> None:
    """Anybody may read; a good token is passed on, so that its user is counted."""
    assert door.get(READ).status_code == 200
    assert "authorization" not in behind.last()[1]
    token = behind.token()
    assert door.get(READ, authorization=bearer(token)).status_code == 200
    assert behind.last()[1]["authorization"] == [bearer(token)]


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh"])
def test_strangers_show_nothing(door: Door, behind: Behind, path: str) -> None:
    """A token that has ended stands in nobody's way to a new one; what is sent is neither checked nor passed on."""
    checked = len(behind.checked)
    answer = door.ask("POST", path, b"{}", authorization=bearer(behind.token(-60)), x_api_key="stk_wrong")
    assert answer.status_code == 200
    assert not {"authorization", "x-api-key"} & set(behind.last()[1])
    assert len(behind.checked) == checked


def test_strangers_show_nothing_by_grpc(door: Door, behind: Behind) -> None:
    """The same holds for native gRPC, and for the keys and the health that everybody may ask for."""
    shown = (("authorization", "Bearer wrong"), ("x-api-key", "stk_wrong"))
    with door.channel() as channel:
        for path in (LOGIN, "/sectracker.auth.v1.KeyService/ListKeys", "/sectracker.gateway.v1.HealthService/Check"):
            call: Any = channel.unary_unary(path)
            assert call(b"", metadata=shown, timeout=5) == b""
            assert behind.last()[0] == path
            assert not {"authorization", "x-api-key"} & set(behind.last()[1])


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/.well-known/jwks.json/"])
def test_keys_are_public(door: Door, behind: Behind, path: str) -> None:
    """Anybody can verify tokens by the keys, whatever credentials come along."""
    answer = door.get(path, authorization="Bearer wrong", x_api_key="stk_wrong")
    assert answer.status_code == 200
    assert [key["kid"] for key in answer.json()["keys"]] == [signer.kid for signer in behind.signers]
    assert door.ask("HEAD", path).status_code == 200
    assert door.ask("POST", path).headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path",
    ["TrustService/GetTrust", "TrustService/IssueServiceToken", "EdgeService/Check"],
)
def test_what_services_ask_auth_has_no_route(door: Door, behind: Behind, path: str) -> None:
    """Nobody reaches what auth tells to services and to Envoy."""
    before = len(behind.calls), len(behind.checked)
    code, _ = refused(door, f"/sectracker.auth.v1.{path}", ("authorization", bearer(behind.token())))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert refused(door, "/envoy.service.auth.v3.Authorization/Check")[0] is grpc.StatusCode.UNIMPLEMENTED
    assert (len(behind.calls), len(behind.checked)) == before


def test_unknown_paths_are_unknown_to_everybody(door: Door) -> None:
    """What has no route is not asked for credentials, nor are other methods and pages' questions."""
    for headers in ({}, {"authorization": "Bearer wrong"}, {"x_api_key": "stk_wrong"}):
        assert door.get("/api/v1/nothing", **headers).status_code == 404
        assert door.ask("DELETE", WATCHLIST, **headers).status_code == 405
        assert door.ask("OPTIONS", WATCHLIST, **headers).status_code == 204


def test_a_new_key_is_taken_up_soon(door: Door, behind: Behind) -> None:
    """A key that signs as soon as it is published is known within seconds, and the old one beside it."""
    behind.signers.append(Signer("second"))
    try:
        assert knows_keys(door, behind) < 3.5
        assert status(door, behind.signers[0].token()) == 200
    finally:
        behind.signers.pop()
