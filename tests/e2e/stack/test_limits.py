"""The limits of an installation, as a client meets them at the door."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP

import grpc
import httpx
import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status
from sectracker.auth.v1.auth_service_pb2 import GetMeRequest
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceStub

from tests.e2e.stack.asking import ANSWER_SECONDS, channel, operate
from tests.e2e.stack.people import Person, client, fresh_address, reason, register
from tests.support.stack import Running

SECOND, MINUTE = 10, 60
HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
# Two processes of form4 count an anonymous reader each by itself between two merges.
PROCESSES = 2


def told(answer: httpx.Response) -> list[int]:
    """Return what the headers tell of the limit: how many, how many are left, seconds."""
    return [int(answer.headers[name]) for name in HEADERS]


def paced(person: Person, path: str, calls: int) -> list[httpx.Response]:
    """Call at eight a second, below the limit of a second, over one connection."""
    answers = []
    with client(person.stack, person.address, authorization=f"Bearer {person.access_token}") as http:
        for _ in range(calls):
            answers.append(http.get(path))
            time.sleep(0.125)
    return answers


def test_ten_in_a_second_exactly(guarded_stack: Running) -> None:
    """Of forty calls at once on a private route ten pass, and the others say when to come again."""
    person = register(guarded_stack)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: person.ask("GET", "auth/me"), range(40)))
    seen = Counter(answer.status_code for answer in answers)
    assert seen in (Counter({200: SECOND, 429: 40 - SECOND}), Counter({200: 2 * SECOND, 429: 40 - 2 * SECOND})), seen
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (reason(refused), refused.headers["retry-after"]) == ("RATE_LIMITED", "1")
    assert told(refused) == [SECOND, 0, 1]


def test_sixty_in_a_minute_and_it_is_no_bucket(guarded_stack: Running) -> None:
    """The sixty-first call of a minute is refused until the window's end, and refused calls prolong nothing."""
    person = register(guarded_stack)
    answers = paced(person, "auth/me", MINUTE + 4)
    assert [answer.status_code for answer in answers] == [200] * MINUTE + [429] * 4
    assert [told(answer)[1] for answer in answers[:MINUTE]] == list(range(MINUTE - 1, -1, -1))
    assert {told(answer)[0] for answer in answers} == {MINUTE}
    time.sleep(6)  # a bucket would have refilled by six
    again = person.ask("GET", "auth/me")
    assert again.status_code == 429
    left = int(again.headers["retry-after"])
    assert 0 < left <= MINUTE - 12
    assert left == told(again)[2]
    time.sleep(left)
    assert person.ask("GET", "auth/me").is_success


def test_an_anonymous_reader_within_the_stated_error(guarded_stack: Running) -> None:
    """Of a burst on a public read ten pass, and at most as many more as the other process let through meanwhile."""
    with client(guarded_stack) as http, ThreadPoolExecutor(16) as threads:
        began = time.monotonic()
        answers = list(threads.map(lambda _: http.get("form4/latest"), range(200)))
        windows = 1 + int(time.monotonic() - began)
    seen = Counter(answer.status_code for answer in answers)
    assert set(seen) == {200, 429}
    assert SECOND <= seen[200] <= windows * SECOND * PROCESSES, (seen, windows)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert all(name in answer.headers for answer in answers for name in HEADERS)


def test_an_anonymous_minute(guarded_stack: Running) -> None:
    """Sixty calls of a minute pass one after the other, and the next ones do not."""
    with client(guarded_stack) as http:
        seen = []
        for _ in range(MINUTE + 5):
            seen.append(http.get("form4/latest").status_code)
            time.sleep(0.125)
    assert MINUTE <= seen.count(200) <= MINUTE + PROCESSES, seen
    assert seen[-1] == 429


def test_a_token_and_a_key_share_their_users_limit(guarded_stack: Running) -> None:
    """Whatever a user sends, from wherever, it is one count; another user at the same address has another."""
    person = register(guarded_stack)
    key = person.ask("POST", "auth/api-key", json={}).raise_for_status().json()["api_key"]
    other = register(guarded_stack)
    other.address = person.address
    left = told(person.ask("GET", "auth/me"))[1]
    with client(guarded_stack, fresh_address(), **{"x-api-key": key}) as http:
        assert told(http.get("auth/me"))[1] == left - 1
    assert told(person.another_login().ask("GET", "auth/me"))[1] == left - 2
    assert told(other.ask("GET", "auth/me"))[1] > left - 2


def test_a_public_read_with_a_token_is_its_users(guarded_stack: Running) -> None:
    """A reader with a token is counted as a user: an address that has used up its own limit is no hindrance."""
    person = register(guarded_stack)
    with client(guarded_stack, person.address) as http:
        while http.get("form4/latest").status_code == 200:
            pass
    assert person.ask("GET", "form4/latest").status_code == 200


def test_a_forged_address_is_no_new_one(guarded_stack: Running) -> None:
    """X-Forwarded-For and its like give an anonymous reader no further limit."""
    seen = Counter()  # type: ignore[var-annotated]
    with client(guarded_stack) as http:
        for _ in range(60):
            headers = {
                "x-forwarded-for": f"{fresh_address()}, {fresh_address()}",
                "x-sectracker-client": fresh_address(),
            }
            seen[http.get("form4/latest", headers=headers).status_code] += 1
    assert seen[429] > 0
    assert seen[200] <= 3 * SECOND * PROCESSES


def test_grpc_callers_have_the_same_limit(guarded_stack: Running) -> None:
    """Over gRPC the refusal is RESOURCE_EXHAUSTED with reason and RetryInfo, and every answer tells what is left."""
    person = register(guarded_stack)
    with channel(guarded_stack) as door:
        me = AuthServiceStub(door).GetMe
        _, call = me.with_call(GetMeRequest(), metadata=person.metadata(), timeout=ANSWER_SECONDS)
        initial = dict(call.initial_metadata())
        assert int(initial["x-ratelimit-remaining"]) == MINUTE - 1

        def many() -> None:
            for _ in range(3 * SECOND):
                me(GetMeRequest(), metadata=person.metadata(), timeout=ANSWER_SECONDS)

        with pytest.raises(grpc.RpcError) as caught:
            many()
    error = caught.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    status = rpc_status.from_call(error)  # type: ignore[arg-type] # what a blocking call raises is the call
    assert status is not None
    info, retry = ErrorInfo(), RetryInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(retry)
    assert (info.reason, dict(info.metadata)) == ("RATE_LIMITED", {"limit": "calls"})
    assert 0 < retry.retry_delay.ToMilliseconds() <= 1000


def test_an_operator_gives_a_user_other_numbers(guarded_stack: Running) -> None:
    """A user's own numbers hold from the next login on, and for that user alone."""
    person = register(guarded_stack)
    operate(guarded_stack, "set-limits", person.email, "50/1s,500/1m", service="auth")
    person.log_in()
    assert told(person.ask("GET", "auth/me"))[0] == 500


def test_health_is_not_counted(guarded_stack: Running) -> None:
    """Health and the public keys answer whoever asks, as often as a probe does."""
    with client(guarded_stack) as http:
        assert {http.get("health").status_code for _ in range(40)} == {200}
        assert "x-ratelimit-limit" not in http.get("health").headers


def test_a_flood_is_refused_by_the_door(guarded_stack: Running) -> None:
    """Hundreds of calls a second from one address are refused before any service is asked."""
    with client(guarded_stack) as http, ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: http.get("health"), range(1200)))
    refused = [answer for answer in answers if answer.status_code == 429]
    if not refused:  # a slow machine sends no flood
        pytest.skip("this machine does not send 200 requests a second")
    assert {reason(answer) for answer in refused} == {"RATE_LIMITED"}
    assert {answer.json()["details"][0]["metadata"]["limit"] for answer in refused} == {"flood"}
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}


@contextmanager
def stopped(stack: Running, name: str) -> Iterator[None]:
    """Have a process hang for a while, as a machine does that is away without a word."""
    process = psutil.Process(stack.process(name).pid)
    process.send_signal(SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(SIGCONT)


def test_without_redis_reads_and_logins_go_on(guarded_stack: Running) -> None:
    """While Redis hangs everybody is answered, each process keeps limits, and logout is effective all the same."""
    person = register(guarded_stack)
    with stopped(guarded_stack, "valkey"):
        began = time.monotonic()
        assert person.another_login().access_token
        assert person.ask("GET", "watchlist").is_success
        with client(guarded_stack) as http:
            assert http.get("form4/latest").is_success
        assert time.monotonic() - began < 5
        with client(guarded_stack) as http:
            assert Counter(http.get("form4/latest").status_code for _ in range(60))[429] > 0
        person.ask("POST", "auth/logout", json={"refresh_token": person.refresh_token}).raise_for_status()
        time.sleep(2)
        assert person.ask("GET", "watchlist").status_code == 401


def test_without_auth_what_is_known_stands(guarded_stack: Running) -> None:
    """While auth hangs tokens and anonymous reads go on, keys and logins wait; afterwards all is well."""
    person = register(guarded_stack)
    key = person.ask("POST", "auth/api-key", json={}).raise_for_status().json()["api_key"]
    gone = register(guarded_stack)
    gone.ask("POST", "auth/logout", json={"refresh_token": gone.refresh_token}).raise_for_status()
    time.sleep(2)
    with stopped(guarded_stack, "auth"):
        time.sleep(3)
        assert person.ask("GET", "watchlist").is_success
        assert gone.ask("GET", "watchlist").status_code == 401
        with client(guarded_stack) as http:
            assert http.get("form4/latest").is_success
        with client(guarded_stack, **{"x-api-key": key}) as http:
            assert http.get("watchlist").status_code == 503
    with client(guarded_stack, **{"x-api-key": key}) as http:
        deadline = time.monotonic() + 10
        while http.get("watchlist").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.3)
        assert http.get("watchlist").is_success
