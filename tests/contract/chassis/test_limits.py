"""Limits of a real server that counts in a real Valkey: windows, subjects, headers, several processes, no Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from bench.budget.valkey import ThrowawayValkey
from services.chassis.counters import Usage
from services.chassis.errors import RateLimited
from services.chassis.identity import CLIENT_HEADER
from services.chassis.limits import headers
from services.chassis.windows import Window
from tests.contract.chassis.limited import Answered, ask, granted, limited, processes
from tests.contract.chassis.trial import Client, Request, Response, Servicer
from tests.support.identity import ISSUER
from tests.support.keyvalue import KeyValue

WAIT_SECONDS = 0.5  # the timeout of 80 ms, on a machine that does much else
ADA, BOB = str(uuid4()), str(uuid4())


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ThrowawayValkey]:
    """Yield a Valkey that this test may stop and kill."""
    with ThrowawayValkey(tmp_path) as made:
        yield made


def many(client: Client, times: int, name: str = "Echo", **of: str) -> list[Answered]:
    """Call so many times, one after the other."""
    return [ask(client, name, **of) for _ in range(times)]


# By what two rounds of merging may move the end of a window that is counted in the process.
MERGES = 0.1


@pytest.mark.parametrize("name", ["Echo", "Mine"])
def test_ten_in_two_seconds(valkey: KeyValue, name: str) -> None:
    """The eleventh call of a window is refused, counted exactly or not, and those of the next one are not."""
    with limited(valkey.queue_url, LIMITS="10/2s") as client:
        token = ISSUER.access(ADA)
        answers = many(client, 12, name, token=token)
        assert granted(answers) == 10
        time.sleep((answers[-1].retry_after or 0) + MERGES)
        assert granted(many(client, 1, name, token=token)) == 1


@pytest.mark.parametrize("name", ["Echo", "Mine"])
def test_a_window_is_no_bucket(valkey: KeyValue, name: str) -> None:
    """After all of a window's calls nothing is granted until it ends, then all of them are again."""
    with limited(valkey.queue_url, LIMITS="60/2s") as client:
        token = ISSUER.access(ADA)
        first = ask(client, name, token=token)
        assert granted(many(client, 60, name, token=token)) == 59
        time.sleep(1)
        answers = many(client, 5, name, token=token)
        assert granted(answers) == 0
        time.sleep((answers[-1].retry_after or 0) + MERGES)
        assert granted(many(client, 61, name, token=token)) == 60
        assert first.told() == [60, 59, 2]


@pytest.mark.parametrize("name", ["Echo", "Mine"])
def test_what_is_refused_uses_nothing_up(valkey: KeyValue, name: str) -> None:
    """Refused in the shortest window, a call counts neither in the minute nor in the hour."""
    with limited(valkey.queue_url, LIMITS="3/2s,10/1m,100/1h") as client:
        token = ISSUER.access(ADA)
        assert granted(many(client, 20, name, token=token)) == 3
        time.sleep(2)
        assert ask(client, name, token=token).told()[:2] == [10, 6]


def test_the_minute_and_the_hour_refuse_by_themselves(valkey: KeyValue) -> None:
    """Each window refuses when it is full, and says of itself how long it lasts."""
    with limited(valkey.queue_url, LIMITS="100/1s,5/1m,7/1h") as client:
        refused = many(client, 6, "Mine", token=ISSUER.access(ADA))[-1]
    assert refused.told() == [5, 0, 60]
    with limited(valkey.queue_url, LIMITS="100/1s,50/1m,7/1h") as client:
        refused = many(client, 8, "Mine", token=ISSUER.access(BOB))[-1]
    assert refused.told() == [7, 0, 3600]


def test_a_refusal_says_when_to_come_back(valkey: KeyValue) -> None:
    """Status, reason, RetryInfo and headers say the same."""
    with limited(valkey.queue_url, LIMITS="2/1m") as client:
        refused = many(client, 3)[-1]
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.info.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "RATE_LIMITED",
    )
    assert dict(refused.refusal.info.metadata) == {"limit": "calls"}
    assert refused.retry_after is not None
    assert 59 < refused.retry_after <= 60
    assert refused.headers["retry-after"] == "60"
    assert refused.told() == [2, 0, 60]


def test_headers_come_with_answers_and_with_other_refusals(valkey: KeyValue) -> None:
    """Whatever became of a call that was counted, its answer says how many are left; a shared one as well."""

    def fail(_request: object, _context: object) -> object:
        raise RuntimeError

    servicer = Servicer()
    with limited(valkey.queue_url, servicer, LIMITS="10/1s,60/1m") as client:
        assert ask(client, "Echo").told() == [60, 59, 60]
        assert [ask(client, "Shared").told()[1] for _ in range(2)] == [58, 57]
        servicer.do = fail
        failed = ask(client, "Echo")
    assert failed.refusal is not None
    assert (failed.refusal.code, failed.told()[1]) == (grpc.StatusCode.INTERNAL, 56)


def test_a_refusal_of_the_servicers_own_tells_of_its_own_window(valkey: KeyValue) -> None:
    """What is left of the calls is told once, and not where another limit has refused."""

    def fail(_request: object, _context: object) -> object:
        raise RateLimited("login", 12.3, headers(Usage("login", Window(20, 900), 20, 12.3, 1)))

    servicer = Servicer()
    servicer.do = fail
    with limited(valkey.queue_url, servicer, LIMITS="10/1s,60/1m") as client:
        refused = ask(client, "Echo")
    assert refused.told() == [20, 0, 13]
    assert refused.headers["retry-after"] == "13"


def test_all_of_a_users_tokens_count_together(valkey: KeyValue) -> None:
    """Another login, a key's token or another address give a user no more; another user has their own."""
    with limited(valkey.queue_url, LIMITS="6/1m") as client:
        tokens = [ISSUER.access(ADA), ISSUER.access(ADA), ISSUER.access(ADA, edge=True)]
        of = islice(cycle((token, f"192.0.2.{number}") for number, token in enumerate(tokens)), 9)
        answers = [ask(client, "Mine", address, token) for token, address in of]
        assert granted(answers) == 6
        assert granted(many(client, 7, "Mine", token=ISSUER.access(BOB))) == 6


def test_a_users_public_and_private_calls_count_together(valkey: KeyValue) -> None:
    """What is counted approximately and what is counted exactly is one count."""
    with limited(valkey.queue_url, LIMITS="6/1m") as client:
        token = ISSUER.access(ADA)
        assert granted(many(client, 3, "Echo", token=token)) == 3
        time.sleep(0.1)  # five rounds of merging
        assert granted(many(client, 6, "Mine", token=token)) == 3


def test_strangers_count_by_address(valkey: KeyValue) -> None:
    """IPv4 counts whole, also when mapped into IPv6, and of IPv6 the first 64 bits; each has its own count."""
    with limited(valkey.queue_url, LIMITS="2/1m") as client:
        for group in (("192.0.2.7", "::ffff:192.0.2.7"), ("2001:db8::1", "2001:db8::2"), ("2001:db8:0:1::1",)):
            answers = [ask(client, "Echo", address) for address in islice(cycle(group), 4)]
            assert granted(answers) == 2


def test_calls_inside_the_house_are_not_counted(valkey: KeyValue) -> None:
    """Services, also for a user, and callers without an address are let through, and are told nothing."""
    with limited(valkey.queue_url, LIMITS="1/1m") as client:
        service = ISSUER.service("watchlist")
        answers = many(client, 3, "Inside", token=service) + many(client, 3, "Echo", address="")
    assert granted(answers) == 6
    assert not any(name.startswith("x-ratelimit") for answer in answers for name in answer.headers)


def test_a_users_own_limits_replace_everybodys(valkey: KeyValue) -> None:
    """The claim in the token says how many, exactly and approximately."""
    with limited(valkey.queue_url, LIMITS="2/1m") as client:
        for name, user in (("Mine", ADA), ("Echo", BOB)):
            token = ISSUER.access(user, limits="5/1m,100/1h")
            answers = many(client, 7, name, token=token)
            assert (granted(answers), answers[0].told()) == (5, [5, 4, 60])


def test_a_named_limit_holds_beside_everybodys(valkey: KeyValue) -> None:
    """The stricter one refuses by its name; it leaves other calls alone, and they leave it alone."""
    with limited(valkey.queue_url, LIMITS="6/1m", LIMIT_LOGIN="2/1m") as client:
        answers = many(client, 4, "Enter")
        assert [answer.limit for answer in answers] == [None, None, "login", "login"]
        time.sleep(0.1)
        assert granted(many(client, 6, "Echo")) == 4
        assert ask(client, "Enter", "192.0.2.2").told() == [2, 1, 60]


def test_an_unlimited_rpc_is_not_counted(valkey: KeyValue) -> None:
    """What the contract calls unlimited is answered as often as anybody asks."""
    with limited(valkey.queue_url, LIMITS="1/1m") as client:
        assert granted(many(client, 5, "Free")) == 5
        assert granted(many(client, 2, "Echo")) == 1


def test_a_stream_counts_once(valkey: KeyValue) -> None:
    """However many messages it has, it is one call, and its headers come before the first of them."""
    with limited(valkey.queue_url, LIMITS="2/1m") as client:
        metadata = [(CLIENT_HEADER, "192.0.2.1")]
        stream = client.stream("Count", Request(count=50), metadata=metadata)
        assert dict(stream.initial_metadata())["x-ratelimit-remaining"] == "1"
        assert len(list(stream)) == 50
        assert len(list(client.stream("Count", Request(count=5), metadata=metadata))) == 5
        with pytest.raises(grpc.RpcError) as caught:
            list(client.stream("Count", Request(count=5), metadata=metadata))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_two_processes_grant_together_exactly_what_is_allowed(valkey: KeyValue) -> None:
    """Thirty-two callers at once over two processes get what one would get, in each window."""
    with (
        processes(2, valkey.queue_url, LIMITS="1000/1s,100/1m", LIMIT_LOGIN="") as clients,
        ThreadPoolExecutor(32) as pool,
    ):
        answers = list(pool.map(lambda client: ask(client, "Enter"), islice(cycle(clients), 300)))
    assert granted(answers) == 100
    assert min(answer.told()[1] for answer in answers) == 0


def test_two_processes_grant_a_little_more_of_public_reads(valkey: KeyValue) -> None:
    """At a steady pace over two processes no more than a call or two beyond the limit is granted."""
    with processes(2, valkey.queue_url, LIMITS="40/1m") as clients:
        answers = []
        for client in islice(cycle(clients), 60):
            answers.append(ask(client, "Echo"))
            time.sleep(0.025)
        assert 40 <= granted(answers) <= 42
        refused = answers[-4:]
        assert granted(refused) == 0


def test_two_processes_never_grant_more_than_twice(valkey: KeyValue) -> None:
    """All at once is the worst: each process grants by itself until the next merge, and then none does."""
    with processes(2, valkey.queue_url, LIMITS="40/1m") as clients, ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda client: ask(client, "Echo"), islice(cycle(clients), 200)))
        assert 40 <= granted(answers) <= 80
        time.sleep(0.2)
        assert granted([ask(client, "Echo") for client in clients]) == 0


def timed(client: Client, times: int, name: str, token: str) -> tuple[list[Answered], float]:
    """Call so many times and return the answers, and the time of the slowest. Unit: seconds."""
    answers, slowest = [], 0.0
    for _ in range(times):
        began = time.perf_counter()
        answers.append(ask(client, name, token=token))
        slowest = max(slowest, time.perf_counter() - began)
    return answers, slowest


@pytest.mark.parametrize("name", ["Echo", "Mine"])
@pytest.mark.parametrize("away", ["frozen", "killed"])
def test_without_redis_calls_are_answered_and_limited(own_valkey: ThrowawayValkey, name: str, away: str) -> None:
    """No call waits longer than the timeout, and the process limits by its own counts."""
    with limited(own_valkey.url(0), LIMITS="20/1m") as client:
        token = ISSUER.access(ADA)
        ask(client, name, token=ISSUER.access(BOB))
        own_valkey.freeze() if away == "frozen" else own_valkey.kill()
        answers, slowest = timed(client, 40, name, token)
        own_valkey.thaw()
    assert granted(answers) == 20
    assert answers[-1].told()[:2] == [20, 0]
    assert slowest < WAIT_SECONDS


def test_a_redis_that_is_back_is_used_again(own_valkey: ThrowawayValkey) -> None:
    """Killed, empty and back, it learns what was counted without it."""
    with limited(own_valkey.url(0), LIMITS="20/1m") as client:
        token = ISSUER.access(ADA)
        own_valkey.kill()
        assert granted(many(client, 15, "Mine", token=token)) == 15
        own_valkey.start()
        time.sleep(1.2)
        assert granted(many(client, 10, "Mine", token=token)) == 5


def test_a_client_that_leaves_does_no_harm(valkey: KeyValue) -> None:
    """Headers for somebody who has gone are dropped, and the next call is answered."""

    def slow(request: Request, _context: object) -> object:
        if request.word == "slow":
            time.sleep(0.2)
        return Response(word=request.word)

    with limited(valkey.queue_url, Servicer(slow), LIMITS="20/1m") as client:
        with pytest.raises(grpc.RpcError):
            client.call("Echo", Request(word="slow"), metadata=[(CLIENT_HEADER, "192.0.2.1")], timeout=0.05)
        time.sleep(0.3)
        assert ask(client).told()[1] == 18
