"""Tokens that are old, stolen, altered or of another kind: each is refused at every door, over REST and over gRPC.

The limits are those that every installation begins with.
"""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.message import Message
from sectracker.auth.v1.auth_service_pb2 import GetMeRequest
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from sectracker.watchlist.v1.watchlist_service_pb2 import ListRequest
from sectracker.watchlist.v1.watchlist_service_pb2_grpc import WatchlistServiceStub

from tests.e2e.stack.asking import ANSWER_SECONDS, channel, operate, until
from tests.e2e.stack.forging import forged, public_key, signed
from tests.e2e.stack.people import Person, client, fresh_address, reason, register
from tests.support.stack import Running

Claims = dict[str, Any]
# What holds for a token that ends: from the answer that says so until the last process knows.
EFFECTIVE_SECONDS = 2.0


@pytest.fixture
def person(guarded_stack: Running) -> Person:
    """Return somebody whose token is tampered with."""
    return register(guarded_stack)


def doors(person: Person, token: str) -> dict[str, int | str]:
    """Show a token at every door and return what each answers: a status, or a gRPC code."""
    headers = {"authorization": f"Bearer {token}"}
    with client(person.stack, **headers) as http:
        told: dict[str, int | str] = {
            path: http.get(path).status_code
            for path in ("auth/me", "watchlist", "form4/latest", "companies/search?q=apple")
        }
    metadata = (("authorization", f"Bearer {token}"),)
    with channel(person.stack) as door:
        calls: list[tuple[str, Any, Message]] = [
            ("GetMe", AuthServiceStub(door).GetMe, GetMeRequest()),
            ("List", WatchlistServiceStub(door).List, ListRequest()),
        ]
        for name, call, request in calls:
            try:
                call(request, metadata=metadata, timeout=ANSWER_SECONDS)
                told[name] = "OK"
            except grpc.RpcError as error:
                told[name] = error.code().name
    return told


REFUSED = {
    "auth/me": 401,
    "watchlist": 401,
    "form4/latest": 401,
    "companies/search?q=apple": 401,
    "GetMe": "UNAUTHENTICATED",
    "List": "UNAUTHENTICATED",
}
TAKEN = {
    "auth/me": 200,
    "watchlist": 200,
    "form4/latest": 200,
    "companies/search?q=apple": 200,
    "GetMe": "OK",
    "List": "OK",
}


def test_a_good_token_is_taken_everywhere(person: Person) -> None:
    """What the other tests tamper with is good as it is."""
    assert doors(person, person.access_token) == TAKEN


def test_a_token_that_we_sign_is_taken(person: Person) -> None:
    """A forger with our own key would get in: the other forgeries are refused for what is wrong with them alone."""
    assert doors(person, signed(person)) == TAKEN


WRONG: dict[str, Claims] = {
    "expired": {"exp": time.time() - 60, "iat": time.time() - 900},
    "another issuer": {"iss": "somebody"},
    "another audience": {"aud": "sectracker-services"},
    "no audience": {"aud": None},
    "no subject": {"sub": None},
    "no login": {"sid": None},
    "no expiry": {"exp": None},
    "not yet": {"nbf": time.time() + 600},
    "issued tomorrow": {"iat": time.time() + 86400, "exp": time.time() + 87000},
    "subject of another kind": {"sub": ["a"]},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_claims_that_are_wrong(person: Person, claims: Claims) -> None:
    """A token with our signature and a wrong claim is refused."""
    assert doors(person, signed(person, **claims)) == REFUSED


def header_attacks(person: Person) -> dict[str, str]:
    """Return tokens whose header or signature is not ours."""
    stack = person.stack
    x = public_key(stack)
    own = Ed25519PrivateKey.generate()
    own_x = (
        base64.urlsafe_b64encode(own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=").decode()
    )
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": own_x}
    head, body, mac = person.access_token.split(".")
    return {
        "alg none": forged(person, algorithm="none", key=None),
        "alg none, in capitals": ".".join((part({"alg": "NONE", "typ": "at+jwt"}), body, "")),
        "HS256 with the public key": forged(person, algorithm="HS256", key=x),
        "another's key under our kid": forged(person, algorithm="EdDSA", key=own),
        "a key in the header": forged(person, algorithm="EdDSA", key=own, jwk=jwk),
        "an address in the header": forged(person, algorithm="EdDSA", key=own, jku="http://127.0.0.1:1/jwks.json"),
        "a path as kid": forged(person, algorithm="EdDSA", key=own, kid="../../../../dev/null"),
        "SQL as kid": forged(person, algorithm="EdDSA", key=own, kid="' UNION SELECT 1 --"),
        "no type": signed(person, typ=None),
        "a service's type": signed(person, typ="svc+jwt"),
        "JWT as type": signed(person, typ="JWT"),
        "no signature": f"{head}.{body}.",
        "another body": f"{head}.{part({'sub': person.id})}.{mac}",
        "a cut signature": person.access_token[:-4],
        "critical extensions": forged(person, algorithm="EdDSA", key=own, crit=["exp"]),
        "a refresh token": person.refresh_token,
        "garbage": "a.b.c",
    }


def part(content: Claims) -> str:
    """Return one part of a token."""
    return jwt.utils.base64url_encode(__import__("json").dumps(content).encode()).decode()


def test_headers_and_signatures_that_are_wrong(person: Person) -> None:
    """A token that auth has not signed as it is is refused, whatever its header suggests."""
    for name, token in header_attacks(person).items():
        assert (name, doors(person, token)) == (name, REFUSED)


def test_access_and_refresh_tokens_are_no_substitutes(person: Person) -> None:
    """An access token refreshes nothing."""
    with client(person.stack) as http:
        answer = http.post("auth/refresh", json={"refresh_token": person.access_token[:256]})
    assert (answer.status_code, reason(answer)) == (401, "REFRESH_TOKEN_INVALID")


@pytest.mark.parametrize(
    "name",
    [
        "x-user-id",
        "x_user_id",
        "X-User-Tier",
        "x-auth-method",
        "x-sectracker-user-token",
        "x-sectracker-service",
        "x_sectracker_service",
        "x-sectracker-client",
    ],
)
def test_a_header_makes_nobody_somebody(person: Person, name: str) -> None:
    """Who claims to be somebody by a header is nobody, over REST and gRPC; underscores do not help."""
    for value in (person.id, person.access_token, "filings"):
        with client(person.stack, **{name: value}) as http:
            assert http.get("auth/me").status_code in {400, 401}
            assert http.get("watchlist").status_code in {400, 401}
        with channel(person.stack) as door, pytest.raises(grpc.RpcError) as caught:
            AuthServiceStub(door).GetMe(GetMeRequest(), metadata=((name.lower(), value),), timeout=ANSWER_SECONDS)
        assert caught.value.code() in {
            grpc.StatusCode.UNAUTHENTICATED,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNAVAILABLE,
        }


def test_a_header_does_not_change_who_somebody_is(guarded_stack: Running, person: Person) -> None:
    """Somebody who claims to be another stays who the token says."""
    other = register(guarded_stack)
    for name in ("x-user-id", "x-sectracker-user-token", "x-sectracker-user"):
        with client(
            guarded_stack, **{"authorization": f"Bearer {other.access_token}", name: person.access_token}
        ) as http:
            assert http.get("auth/me").json()["id"] == other.id


def test_a_spent_refresh_token_ends_the_login(guarded_stack: Running) -> None:
    """A token from two rotations ago ends the whole login: its newest refresh token and its access tokens."""
    person = register(guarded_stack)
    first = person.refresh_token
    for _ in range(2):
        assert person.refresh().is_success
    with client(guarded_stack) as http:
        stolen = http.post("auth/refresh", json={"refresh_token": first})
    assert (stolen.status_code, reason(stolen)) == (401, "REFRESH_TOKEN_INVALID")
    newest = person.refresh()
    assert (newest.status_code, reason(newest)) == (401, "REFRESH_TOKEN_INVALID")
    assert (
        until(lambda: doors(person, person.access_token) == REFUSED, within=EFFECTIVE_SECONDS + 1) < EFFECTIVE_SECONDS
    )
    assert person.log_in().is_success


def test_two_refreshes_at_once_get_one_successor(guarded_stack: Running) -> None:
    """Of several clients that refresh with one token at the same time each gets the same next one, and it works."""
    person = register(guarded_stack)
    spent = person.refresh_token

    def refresh(_number: int) -> httpx.Response:
        with client(guarded_stack) as http:
            return http.post("auth/refresh", json={"refresh_token": spent})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(refresh, range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    person.take(answers[0])
    assert person.refresh().is_success


def ends(person: Person, how: str) -> None:
    """End a person's login in one of the ways there are."""
    if how == "logout":
        person.ask("POST", "auth/logout", json={"refresh_token": person.refresh_token}).raise_for_status()
    elif how == "a new password from another login":
        body = {"current_password": person.password, "password": "another long sentence"}
        person.another_login().ask("PATCH", "auth/me", json=body).raise_for_status()
    elif how == "deactivation":
        operate(person.stack, "deactivate", person.email, service="auth")


@pytest.mark.parametrize("how", ["logout", "a new password from another login", "deactivation"])
def test_what_ends_a_login_is_effective_everywhere(guarded_stack: Running, how: str, record_property: Any) -> None:
    """Within two seconds of the answer every door refuses the access token, and the refresh token with it."""
    person = register(guarded_stack)
    assert doors(person, person.access_token) == TAKEN
    ends(person, how)
    took = until(lambda: doors(person, person.access_token) == REFUSED, within=EFFECTIVE_SECONDS + 3)
    record_property("seconds", took)
    assert took < EFFECTIVE_SECONDS
    assert person.refresh().status_code == 401


@pytest.mark.parametrize("end", ["revoked", "replaced"])
def test_a_key_that_is_revoked_or_replaced(guarded_stack: Running, end: str) -> None:
    """A key, and tokens that were made from it, end within two seconds of its revocation or its replacement."""
    person = register(guarded_stack)
    key = person.ask("POST", "auth/api-key", json={}).raise_for_status().json()["api_key"]
    with client(guarded_stack, **{"x-api-key": key}) as http:
        token = http.post("auth/token", json={}).raise_for_status().json()["access_token"]
        assert http.get("auth/me").json()["id"] == person.id
    if end == "revoked":
        person.ask("DELETE", "auth/api-key").raise_for_status()
    else:
        person.ask("POST", "auth/api-key", json={}).raise_for_status()

    def is_over() -> bool:
        with client(guarded_stack, **{"x-api-key": key}) as http:
            return http.get("auth/me").status_code == 401 and doors(person, token) == REFUSED

    assert until(is_over, within=5) < EFFECTIVE_SECONDS + 0.5


@pytest.mark.parametrize(
    "key", ["", "stk_", "stk_" + "a" * 28, "x" * 4000, "stk_ÿ".encode("latin-1").decode("latin-1"), "' OR 1=1"]
)
def test_a_key_that_is_none(person: Person, key: str) -> None:
    """What is no key is refused, on public reads too, and a token beside it does not help."""
    with client(person.stack, authorization=f"Bearer {person.access_token}") as http:
        for path in ("auth/me", "form4/latest"):
            answer = http.get(path, headers=[(b"x-api-key", key.encode("latin-1"))])
            assert answer.status_code in {400, 401}, (path, answer.text)


def test_a_key_works_wherever_a_token_does(person: Person) -> None:
    """The key is its user over REST and gRPC, and never reaches a service."""
    key = person.ask("POST", "auth/api-key", json={}).raise_for_status().json()["api_key"]
    with client(person.stack, **{"x-api-key": key}) as http:
        assert http.get("auth/me").json()["id"] == person.id
        assert http.get("form4/latest").is_success
        assert http.get("watchlist").is_success
    with channel(person.stack) as door:
        me = AuthServiceStub(door).GetMe(GetMeRequest(), metadata=(("x-api-key", key),), timeout=ANSWER_SECONDS)
    assert me.id == person.id


def test_a_token_from_a_key_makes_no_further_one(person: Person) -> None:
    """Only the key itself is traded: neither a login's token nor an exchanged one prolongs itself."""
    key = person.ask("POST", "auth/api-key", json={}).raise_for_status().json()["api_key"]
    with client(person.stack, **{"x-api-key": key}) as http:
        exchanged = http.post("auth/token", json={}).raise_for_status().json()["access_token"]
    for token in (exchanged, person.access_token):
        with client(person.stack, authorization=f"Bearer {token}") as http:
            answer = http.post("auth/token", json={})
        assert (answer.status_code, reason(answer)) == (401, "API_KEY_INVALID")


def test_a_stale_token_stands_in_nobodys_way(person: Person) -> None:
    """Who logs in or refreshes with an old token still in the header gets in."""
    old = signed(person, exp=time.time() - 3600, iat=time.time() - 4500)
    with client(person.stack, authorization=f"Bearer {old}") as http:
        assert http.post("auth/login", json={"email": person.email, "password": person.password}).is_success
        assert http.get("health").is_success


def test_no_cache_keeps_what_is_somebodys(person: Person) -> None:
    """Answers with tokens, and those that are a user's, say that they may not be stored; public figures do not."""
    answers = [person.refresh(), person.ask("GET", "auth/me"), person.ask("GET", "watchlist")]
    assert {answer.headers.get("cache-control") for answer in answers} == {"no-store"}
    assert person.ask("GET", "form4/latest").headers.get("cache-control") is None


def test_another_address_does_not_matter(person: Person) -> None:
    """A token is good from any address."""
    with client(person.stack, fresh_address(), authorization=f"Bearer {person.access_token}") as http:
        assert http.get("auth/me").is_success
