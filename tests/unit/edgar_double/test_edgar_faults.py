"""Tests can order faults, read what was asked, and start anew."""

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest

from tests.edgar import SmallEdgar, small_edgar, threaded_edgar

PATH = "/submissions/CIK0001318605.json"


async def test_fault_happens_so_many_times(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A status is given twice to the path that matches, then the answer is right again."""
    async with session.post(
        edgar.url + "/_control", json={"path": "CIK0001318605", "kind": "status", "status": 429, "times": 2}
    ) as response:
        assert response.status == 200
    assert (await session.get(edgar.url + "/files/company_tickers.json")).status == 200
    assert [(await session.get(edgar.url + PATH)).status for _ in range(3)] == [429, 429, 200]


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_any_status(edgar: SmallEdgar, session: aiohttp.ClientSession, status: int) -> None:
    """A fault may give any status."""
    edgar.control(PATH, "status", status=status)
    assert (await session.get(edgar.url + PATH)).status == status


@pytest.mark.parametrize(
    "order",
    [b"", b"[]", b'{"path": "(", "kind": "slow"}', b'{"path": "x", "kind": "surprise"}', b'{"kind": "slow"}'],
)
async def test_bad_order_is_refused(edgar: SmallEdgar, session: aiohttp.ClientSession, order: bytes) -> None:
    """An order that cannot be carried out is a 400 with a reason."""
    async with session.post(edgar.url + "/_control", data=order) as response:
        assert response.status == 400
        assert (await response.json())["error"]


async def test_slow_answer_is_right_in_the_end(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A slow answer waits, then is whole; a trickling one comes in pieces over the time."""
    right = await (await session.get(edgar.url + PATH)).read()
    for kind in ("slow", "trickle"):
        edgar.control(PATH, kind, seconds=0.3)
        started = time.monotonic()
        assert await (await session.get(edgar.url + PATH)).read() == right
        assert time.monotonic() - started >= 0.25, kind


async def test_cut_answer_breaks_off(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A cut body ends before its length."""
    edgar.control(PATH, "cut")
    response = await session.get(edgar.url + PATH)
    with pytest.raises(aiohttp.ClientPayloadError):
        await response.read()


async def test_garbage_is_no_gzip(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """What says gzip and is none cannot be read."""
    edgar.control(PATH, "garbage")
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientResponseError)):
        await (await session.get(edgar.url + PATH)).read()


async def test_bomb_is_small_and_becomes_large(edgar: SmallEdgar) -> None:
    """Eight megabytes of blanks come in a few kilobytes."""
    edgar.control(PATH, "bomb", times=2, megabytes=8)
    headers = {"User-Agent": "Tests admin@example.com"}
    async with aiohttp.ClientSession(headers=headers) as client:
        assert len(await (await client.get(edgar.url + PATH)).read()) == 8 * 1024 * 1024
    async with aiohttp.ClientSession(headers=headers, auto_decompress=False) as client:
        assert len(await (await client.get(edgar.url + PATH)).read()) < 64 * 1024


async def test_endless_body_ends_when_the_client_leaves(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A body without end goes on as long as it is read, and no longer."""
    edgar.control(PATH, "endless", seconds=60)
    response = await session.get(edgar.url + PATH)
    assert len(await response.content.readexactly(4 * 1024 * 1024)) == 4 * 1024 * 1024
    response.close()
    await asyncio.sleep(0.1)
    assert (await session.get(edgar.url + PATH)).status == 200


async def test_throttle_fault_closes_the_door_for_a_while(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """An ordered throttle page holds for everything, for its seconds."""
    edgar.control(PATH, "throttle", seconds=0.3)
    assert (await session.get(edgar.url + PATH)).status == 403
    text = await (await session.get(edgar.url + "/files/company_tickers.json")).text()
    assert "Request Rate Threshold Exceeded" in text
    await asyncio.sleep(0.35)
    assert (await session.get(edgar.url + PATH)).status == 200


async def test_redirect_and_body(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """A fault may send the client elsewhere or give any body."""
    edgar.control(PATH, "redirect", location="/files/company_tickers.json")
    response = await session.get(edgar.url + PATH, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/files/company_tickers.json")
    edgar.control(PATH, "redirect", times=None)
    with pytest.raises(aiohttp.TooManyRedirects):
        await session.get(edgar.url + PATH)
    edgar.reset()
    edgar.control(PATH, "body", body="{", content_type="application/json")
    assert await (await session.get(edgar.url + PATH)).text() == "{"


async def test_log_tells_requests_in_order(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """The log has each request with its time and status, and not those of the control routes."""
    await session.get(edgar.url + PATH, headers={"If-None-Match": '"x"'})
    await session.get(edgar.url + "/nothing?a=1")
    log = await (await session.get(edgar.url + "/_control/log")).json()
    assert [(seen["path"], seen["query"], seen["status"]) for seen in log] == [
        (PATH, "", 200),
        ("/nothing", "a=1", 404),
    ]
    assert log[0]["conditional"]
    assert not log[1]["conditional"]
    assert log[0]["at"] <= log[1]["at"] <= time.time()
    assert edgar.log() == log


async def test_reset_forgets(edgar: SmallEdgar, session: aiohttp.ClientSession) -> None:
    """DELETE drops faults and log."""
    edgar.control(PATH, "status", times=None)
    await session.get(edgar.url + PATH)
    assert (await (await session.get(edgar.url + "/_control")).json())["faults"]
    state = await (await session.delete(edgar.url + "/_control")).json()
    assert (state["requests"], state["faults"]) == (0, [])
    assert (await session.get(edgar.url + PATH)).status == 200


async def test_requests_in_the_same_second_are_seen_apart(session: aiohttp.ClientSession) -> None:
    """Concurrent requests are all counted and answered."""
    async with small_edgar(rate=0) as edgar:
        responses = await asyncio.gather(*(session.get(f"{edgar.url}{PATH}?n={n}") for n in range(50)))
        assert {response.status for response in responses} == {200}
        assert {seen["query"] for seen in edgar.log()} == {f"n={n}" for n in range(50)}


async def status(url: str) -> int:
    """Get a status with a client of its own."""
    headers = {"User-Agent": "Tests admin@example.com"}
    async with aiohttp.ClientSession(headers=headers) as client, client.get(url) as response:
        return response.status


def test_thread_serves_code_without_a_loop() -> None:
    """The threaded variant answers, takes orders, and stops."""
    with threaded_edgar(rate=0) as edgar:
        edgar.control(PATH, "status", status=500)
        assert [asyncio.run(status(edgar.url + PATH)) for _ in range(2)] == [500, 200]
        assert len(edgar.log()) == 2
    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(status(edgar.url + PATH))


def test_thread_passes_on_why_it_cannot_start() -> None:
    """A folder without documents is an error where the EDGAR is started."""
    with pytest.raises(ValueError, match="ownership"), threaded_edgar(Path(__file__).parent):
        pass
