"""Check the client against a server that answers as the SEC does, and worse."""

import asyncio
import gzip
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from redis.asyncio import Redis

from bench.budget.valkey import free_port
from services.filings.domain import Priority
from services.filings.edgar.budget import LAST_KEY, PAUSE_KEY
from services.filings.edgar.client import Document, EdgarClient
from services.filings.edgar.connection import connect_redis
from services.filings.edgar.errors import (
    BudgetUnavailable,
    EdgarError,
    Forbidden,
    Malformed,
    MissingIndex,
    NotFound,
    Throttled,
    TooLarge,
    Unavailable,
    UndeclaredUserAgent,
)
from services.filings.edgar.settings import EdgarSettings
from services.filings.edgar.urls import Kind, Resource, is_whole_json
from services.identifiers import Cik
from tests.integration.edgar.conftest import MakeSettings
from tests.integration.edgar.scripted import ScriptedServer, answer
from tests.unit.filings.edgar.real import REAL, needs_real

CIK = Cik("320193")
BODY = b'{"filings": "' + b"x" * 5000 + b'"}'
THROTTLE_PAGE = b"<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>"
DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'
pytestmark = pytest.mark.usefixtures("warm")


async def fetch(settings: EdgarSettings) -> Document:
    """Fetch one company's submissions with a client of its own."""
    async with EdgarClient(settings) as client:
        return await client.get(client.urls.submissions(CIK), Priority.USER)


async def test_a_document_comes_back_as_it_was_sent(server: ScriptedServer, settings: MakeSettings) -> None:
    """The request declares itself and asks for gzip; the bytes are the document's."""
    server.answers = [answer(200, gzip.compress(BODY), Content_Encoding="gzip", ETag='"1"')]
    document = await fetch(settings(server.url))
    assert (document.body, document.etag, document.unchanged) == (BODY, '"1"', False)
    request = server.requests[0]
    assert request.path == "/submissions/CIK0000320193.json"
    assert request.headers["user-agent"] == "example research admin@example.com"
    assert request.headers["accept-encoding"] == "gzip"
    assert "if-none-match" not in request.headers


async def test_no_user_agent_is_made_up(server: ScriptedServer, settings: MakeSettings) -> None:
    """Without a declared User-Agent none is sent, and a double answers as the SEC would."""
    server.answers = [answer(403, b"Your Request Originates from an Undeclared Automated Tool")]
    with pytest.raises(UndeclaredUserAgent):
        await fetch(settings(server.url, user_agent=""))
    assert "user-agent" not in server.requests[0].headers


def test_the_sec_itself_is_not_asked_anonymously(settings: MakeSettings) -> None:
    """A client for the SEC without a contact can't be made, and the sentence says what to set."""
    with pytest.raises(UndeclaredUserAgent, match="SEC_USER_AGENT"):
        EdgarClient(settings("https://www.sec.gov", user_agent="python"))


async def test_an_unchanged_document_is_not_sent_again(server: ScriptedServer, settings: MakeSettings) -> None:
    """The second request carries what the SEC gave with the first, and a 304 gives the same bytes."""
    server.answers = [answer(200, BODY, ETag='"1"', Last_Modified="Fri, 12 Dec 2025 23:04:43 GMT"), answer(304)]
    first = await fetch(settings(server.url))
    second = await fetch(settings(server.url))
    assert second == Document(first.url, BODY, first.etag, first.last_modified, unchanged=True)
    assert server.requests[1].headers["if-none-match"] == '"1"'
    assert server.requests[1].headers["if-modified-since"] == "fri, 12 dec 2025 23:04:43 gmt"


async def test_a_changed_document_replaces_the_copy(server: ScriptedServer, settings: MakeSettings) -> None:
    """A 200 after a conditional request brings new bytes, and the next request names the new version."""
    server.answers = [answer(200, BODY, ETag='"1"'), answer(200, b"{}", ETag='"2"'), answer(304)]
    bodies = [(await fetch(settings(server.url))).body for _ in range(3)]
    assert bodies == [BODY, b"{}", b"{}"]
    assert server.requests[2].headers["if-none-match"] == '"2"'


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"rubbish", zlib.compress(b"x" * 50)[:-1], zlib.compress(b"0" * 2**26)],
    ids=["empty", "rubbish", "cut short", "bomb"],
)
async def test_a_damaged_copy_is_not_used(server: ScriptedServer, settings: MakeSettings, rubbish: bytes) -> None:
    """A copy that can't be unpacked within its kind's bound costs a full answer and nothing else."""
    made = settings(server.url)
    url = f"{server.url}/submissions/CIK{CIK}.json"
    async with connect_redis(made.cache_redis_url) as cache:
        await cache.hset("sectracker:edgar:copy:" + url, items=["etag", "1", "last_modified", "", "body", rubbish])
    server.answers = [answer(200, BODY)]
    assert (await fetch(made)).body == BODY
    assert "if-none-match" not in server.requests[0].headers


async def test_a_cache_that_is_away_costs_only_the_saving(server: ScriptedServer, settings: MakeSettings) -> None:
    """Without the cache Redis documents are fetched whole."""
    server.answers = [answer(200, BODY, ETag='"1"')]
    made = settings(server.url, cache_redis_url=f"redis://127.0.0.1:{free_port()}/1")
    assert [(await fetch(made)).unchanged for _ in range(2)] == [False, False]


async def test_a_304_that_nobody_asked_for_is_refused(server: ScriptedServer, settings: MakeSettings) -> None:
    """Without a copy there is nothing that could be unchanged."""
    server.answers = [answer(304)]
    with pytest.raises(Forbidden):
        await fetch(settings(server.url))


async def cut_short(writer: "asyncio.StreamWriter") -> None:
    """Announce more than is sent."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + BODY[:100])


async def cut_short_unseen(writer: "asyncio.StreamWriter") -> None:
    """Send half a document without any length."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY[:100])


async def cut_short_chunks(writer: "asyncio.StreamWriter") -> None:
    """End in the middle of a chunk."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + BODY[:100])


async def no_http(writer: "asyncio.StreamWriter") -> None:
    """Say something that is no HTTP."""
    writer.write(b"\x00\xff nonsense\r\n\r\n")


async def silence(writer: "asyncio.StreamWriter") -> None:
    """Say nothing for longer than anybody waits."""
    await asyncio.sleep(30)


async def drip(writer: "asyncio.StreamWriter") -> None:
    """Send a byte now and then, so that no single wait is long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    while True:
        writer.write(b"{")
        await writer.drain()
        await asyncio.sleep(0.1)


LASTING = {
    "no HTTP": Unavailable,
    "reset": Unavailable,
    "503": Unavailable,
    "cut short": Unavailable,
    "gzip cut short": Unavailable,
    "gzip of garbage": Unavailable,
    "another encoding": Unavailable,
    "a page instead of JSON": Unavailable,
    "empty": Unavailable,
    "cut short without a length": Malformed,
    "text instead of JSON": Malformed,
}
PASSING = {
    "500": answer(500),
    "503": answer(503, b"<title>SEC.gov | File Unavailable</title>"),
    "reset": None,
    "cut short": cut_short,
    "cut short without a length": cut_short_unseen,
    "cut short in a chunk": cut_short_chunks,
    "gzip cut short": answer(200, gzip.compress(BODY)[:-9], Content_Encoding="gzip"),
    "gzip of garbage": answer(200, b"\x1f\x8b" + b"garbage" * 50, Content_Encoding="gzip"),
    "gzip that is none": answer(200, BODY, Content_Encoding="gzip"),
    "another encoding": answer(200, BODY, Content_Encoding="br"),
    "a page instead of JSON": answer(200, b"<html>maintenance</html>"),
    "text instead of JSON": answer(200, b"hello"),
    "empty": answer(200),
    "no HTTP": no_http,
    "silence": silence,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_a_passing_fault_is_tried_again(
    server: ScriptedServer, settings: MakeSettings, fault: bytes | Callable[..., Awaitable[None]] | None
) -> None:
    """One bad answer is followed by another try, which brings the document."""
    server.answers = [fault, answer(200, BODY)]
    assert (await fetch(settings(server.url))).body == BODY
    assert len(server.requests) == 2


@pytest.mark.parametrize(("fault", "expected"), LASTING.items(), ids=LASTING.keys())
async def test_a_lasting_fault_is_given_up(
    server: ScriptedServer, settings: MakeSettings, warm: Redis, fault: str, expected: type[EdgarError]
) -> None:
    """After the stated number of tries, each with a grant, damage on the way is told from a document that is none."""
    server.answers = [PASSING[fault]]
    with pytest.raises(expected):
        await fetch(settings(server.url, attempts=3))
    assert len(server.requests) == 3
    assert await warm.llen("sectracker:edgar:grants") == 1 + 3


async def test_a_dripping_body_is_cut_off(server: ScriptedServer, settings: MakeSettings) -> None:
    """A body that never pauses long and never ends is bounded by the total time."""
    server.answers = [drip]
    started = time.monotonic()
    with pytest.raises(Unavailable, match="Timeout"):
        await fetch(settings(server.url, attempts=1, total_timeout_seconds=1))
    assert time.monotonic() - started < 2


async def test_nobody_listening_is_unavailable(settings: MakeSettings) -> None:
    """A refused connection is tried again and given up."""
    with pytest.raises(Unavailable, match="ClientConnectorError"):
        await fetch(settings(f"http://127.0.0.1:{free_port()}", attempts=2))


async def endless(writer: "asyncio.StreamWriter") -> None:
    """Send a body that never ends, as fast as it is read."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"{" * 65536 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    "too_much",
    [
        answer(200, gzip.compress(b"{" * 100_000_000), Content_Encoding="gzip"),
        answer(200, gzip.compress(b"{" * 100_000_000)),
        answer(200, b"{" * 1_000_001),
        endless,
    ],
    ids=["bomb", "bomb in disguise", "announced", "endless"],
)
async def test_more_than_a_kind_may_have_is_cut_off(
    server: ScriptedServer, settings: MakeSettings, too_much: bytes | Callable[..., Awaitable[None]]
) -> None:
    """A document beyond its bound is refused at once and not asked for again."""
    server.answers = [too_much]
    small = Resource(server.url + "/x", Kind("small", 1_000_000, 0, is_whole_json))
    async with EdgarClient(settings(server.url)) as client:
        with pytest.raises(TooLarge) as caught:
            await client.get(small, Priority.USER)
    assert caught.value.url == small.url
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(404), NotFound),
        (answer(403, DENIED), Forbidden),
        (answer(403, b"<html>something new</html>"), Forbidden),
        (answer(403, gzip.compress(b"an Undeclared Automated Tool")), UndeclaredUserAgent),
        (answer(429), Throttled),
        (answer(403, gzip.compress(THROTTLE_PAGE)), Throttled),
        (answer(403, gzip.compress(THROTTLE_PAGE)[:-8], Content_Encoding="gzip"), Throttled),
        (answer(200, THROTTLE_PAGE), Throttled),
        (answer(503, THROTTLE_PAGE), Throttled),
    ],
    # gzip writes the time of its making, so that ids made of the bytes would differ between test processes.
    ids=[
        "404",
        "denied",
        "unknown",
        "undeclared",
        "429",
        "throttle",
        "throttle cut short",
        "throttle 200",
        "throttle 503",
    ],
)
async def test_a_refusal_is_told_apart_and_not_repeated(
    server: ScriptedServer, settings: MakeSettings, reply: bytes, expected: type[EdgarError]
) -> None:
    """One request is enough to know what the SEC means, gzipped without being asked or not."""
    server.answers = [reply]
    with pytest.raises(EdgarError) as caught:
        await fetch(settings(server.url))
    assert type(caught.value) is expected
    assert caught.value.url.endswith("/submissions/CIK0000320193.json")
    assert len(server.requests) == 1


async def test_a_missing_index_is_a_holiday(server: ScriptedServer, settings: MakeSettings, warm: Redis) -> None:
    """The 403 of an index that does not exist pauses nobody and says that the SEC can be reached."""
    server.answers = [answer(403, DENIED, Content_Type="application/xml")]
    async with EdgarClient(settings(server.url)) as client:
        with pytest.raises(MissingIndex):
            await client.get(client.urls.daily_index(date(2024, 12, 25), "form"), Priority.BACKGROUND)
    assert not await warm.exists(PAUSE_KEY)
    assert await warm.hget(LAST_KEY, "state") == b"reachable"


@needs_real
async def test_the_secs_own_throttle_page_pauses_two_clients(
    server: ScriptedServer, settings: MakeSettings, warm: Redis
) -> None:
    """After one client was told to slow down, neither sends anything until the pause is over."""
    page = (REAL / "errors/403-request-rate-threshold-exceeded.html").read_bytes()
    server.answers = [answer(403, page, Content_Type="text/html"), answer(200, BODY)]
    made = settings(server.url, pause_seconds=0.8)
    async with EdgarClient(made) as one, EdgarClient(made) as other:
        resource = one.urls.submissions(CIK)
        with pytest.raises(Throttled) as caught:
            await one.get(resource, Priority.USER)
        assert caught.value.until > datetime.now(UTC)
        for client in (one, other):
            with pytest.raises(Throttled):
                await client.get(resource, Priority.BACKGROUND)
        assert len(server.requests) == 1
        assert await warm.hget(LAST_KEY, "state") == b"throttled"
        await asyncio.sleep(0.9)
        assert (await other.get(resource, Priority.USER)).body == BODY
        assert await warm.hget(LAST_KEY, "state") == b"reachable"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.2/x", "https://example.com/x", "https://sec.gov.example.com/", "file:///etc/passwd", "//[", ""],
)
async def test_a_redirect_elsewhere_is_not_followed(
    server: ScriptedServer, settings: MakeSettings, location: str
) -> None:
    """Only the hosts of the settings are asked, whatever an answer says."""
    server.answers = [answer(302, Location=location)]
    with pytest.raises(Forbidden):
        await fetch(settings(server.url))


async def test_a_redirect_within_is_followed_with_a_grant_of_its_own(
    server: ScriptedServer, settings: MakeSettings, warm: Redis
) -> None:
    """A move on the same host is followed, and counts as another request."""
    server.answers = [answer(301, Location="/moved.json"), answer(200, BODY)]
    assert (await fetch(settings(server.url))).body == BODY
    assert [request.path for request in server.requests] == ["/submissions/CIK0000320193.json", "/moved.json"]
    assert await warm.llen("sectracker:edgar:grants") == 1 + 2


async def test_a_circle_of_redirects_ends(server: ScriptedServer, settings: MakeSettings) -> None:
    """Redirects without an end are given up after a few."""
    server.answers = [answer(302, Location="/x.json")]
    with pytest.raises(Forbidden, match="redirects"):
        await fetch(settings(server.url))
    assert len(server.requests) == 3


async def test_a_validator_that_cannot_be_sent_back_is_dropped(server: ScriptedServer, settings: MakeSettings) -> None:
    """An ETag of strange bytes or endless length is not kept."""
    server.answers = [answer(200, BODY, ETag="x" * 1000), answer(200, BODY, ETag="\u00ff")]
    assert [(await fetch(settings(server.url))).etag for _ in range(2)] == ["", ""]


async def test_without_a_grant_no_request_goes_out(server: ScriptedServer, settings: MakeSettings) -> None:
    """While the queue Redis is away the SEC is not asked, and the error comes in bounded time."""
    server.answers = [answer(200, BODY)]
    started = time.monotonic()
    with pytest.raises(BudgetUnavailable):
        await fetch(settings(server.url, queue_redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert server.requests == []
    assert time.monotonic() - started < 3


async def test_a_connection_closed_while_idle_is_not_used_twice_on_one_grant(
    server: ScriptedServer, settings: MakeSettings, warm: Redis
) -> None:
    """Every request that reaches the server had a grant, also the one that found its connection closed."""
    server.answers = [answer(200, BODY), None, answer(200, BODY)]
    async with EdgarClient(settings(server.url)) as client:
        for _ in range(2):
            await client.get(client.urls.submissions(CIK), Priority.USER)
    assert len(server.requests) == 3
    assert await warm.llen("sectracker:edgar:grants") == 1 + 3


async def test_a_request_that_is_cancelled_frees_its_place(server: ScriptedServer, settings: MakeSettings) -> None:
    """With a single place, a request that was given up does not block the next one."""
    server.answers = [silence, answer(200, BODY)]
    async with EdgarClient(settings(server.url, in_flight=1, read_timeout_seconds=30)) as client:
        resource = client.urls.submissions(CIK)
        first = asyncio.create_task(client.get(resource, Priority.USER))
        await asyncio.sleep(0.2)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await client.get(resource, Priority.USER)).body == BODY


async def test_places_that_stay_taken_end_in_an_error(server: ScriptedServer, settings: MakeSettings) -> None:
    """Whoever finds no place in the stated time is told so, without a request."""
    server.answers = [silence]
    made = settings(server.url, in_flight=1, attempts=1, read_timeout_seconds=2, grant_timeout_seconds=0.3)
    async with EdgarClient(made) as client:
        resource = client.urls.submissions(CIK)
        results = await asyncio.gather(*(client.get(resource, Priority.USER) for _ in range(2)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["BudgetUnavailable", "Unavailable"]
    assert len(server.requests) == 1


async def test_two_clients_reach_the_server_at_the_fleets_pace(server: ScriptedServer, settings: MakeSettings) -> None:
    """At the server itself no second sees more than nine requests."""
    server.answers = [answer(200, BODY)]
    made = settings(server.url, rate=8)

    async def keep_fetching() -> None:
        """Fetch for a few seconds."""
        async with EdgarClient(made) as client:
            async with asyncio.timeout(4):
                while True:
                    await client.get(client.urls.submissions(CIK), Priority.USER)

    await asyncio.gather(*(keep_fetching() for _ in range(4)), return_exceptions=True)
    times = [request.at for request in server.requests]
    assert max(sum(1 for other in times if at <= other < at + 1) for at in times) <= 9
    assert len(times) >= 7.6 * 3
