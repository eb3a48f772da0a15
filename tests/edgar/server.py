"""Stand at the door: note each request, refuse as the SEC does, carry out faults, and take orders from tests."""

import asyncio
import json
import logging
import re
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

from aiohttp import web
from pydantic import ValidationError

from tests.edgar.answer import Answer, page, throttled, undeclared
from tests.edgar.delivery import Delivery
from tests.edgar.faults import Fault, Faults
from tests.edgar.limits import RateLimit
from tests.edgar.misbehave import MISBEHAVIOURS
from tests.edgar.routes import Holdings, find

LOG = logging.getLogger("tests.edgar")
KEPT_REQUESTS = 50_000  # of the log; older ones are forgotten
LIBRARIES = re.compile(
    r"(?:python(?:-requests|-urllib|-httpx)?|aiohttp|curl|wget|go-http-client|java|okhttp|libwww-perl|axios|node(?:-fetch)?"
    r"|apache-httpclient|postmanruntime|scrapy)/",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Seen:
    """A request as the log tells it; `at` is in seconds since 1970, status 0 while it is being answered."""

    at: float
    method: str
    path: str
    query: str
    user_agent: str
    conditional: bool
    gzip: bool
    status: int = 0


@dataclass(slots=True)
class Edgar:
    """A small EDGAR: what it holds, and what it is told to do."""

    held: Holdings
    limit: RateLimit
    faults: Faults = field(default_factory=Faults)
    delivery: Delivery = field(default_factory=Delivery)
    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))

    def reset(self) -> None:
        """Forget faults, log and pauses."""
        self.faults.clear()
        self.seen.clear()
        self.limit.reset()

    def state(self) -> dict[str, object]:
        """Tell what is held and what is still to happen."""
        return {
            "filings": len(self.held.catalog.newest),
            "skipped": list(self.held.catalog.skipped),
            "requests": len(self.seen),
            "closed_for": self.limit.closed_for,
            "faults": self.faults.left(),
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request and note it."""
        headers = request.headers
        seen = Seen(
            at=time.time(),
            method=request.method,
            path=request.path,
            query=request.query_string,
            user_agent=headers.get("User-Agent", ""),
            conditional="If-None-Match" in headers or "If-Modified-Since" in headers,
            gzip="gzip" in headers.get("Accept-Encoding", ""),
        )
        self.seen.append(seen)
        response = await self._respond(request)
        seen.status = response.status
        LOG.info("%s", json.dumps(asdict(seen)))
        return response

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """Refuse, misbehave or answer."""
        refusal = self._refusal(request)
        if refusal:
            return self.delivery.response(request, refusal)
        fault = self.faults.take(request.path_qs)
        answer = find(self.held, request.path, request.query)
        return await self._misbehave(request, fault, answer) if fault else self.delivery.response(request, answer)

    def _refusal(self, request: web.Request) -> Answer | None:
        """Return the page for a client that asks too often, does not say who it is, or wants to write."""
        if not self.limit.admits():
            return throttled()
        agent = request.headers.get("User-Agent", "").strip()
        if not agent or LIBRARIES.match(agent):
            return undeclared()
        if request.method not in ("GET", "HEAD"):
            return page(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed", "Only reading is possible here.")
        return None

    async def _misbehave(self, request: web.Request, fault: Fault, answer: Answer) -> web.StreamResponse:
        """Carry out a fault."""
        if fault.kind in MISBEHAVIOURS:
            return await MISBEHAVIOURS[fault.kind](request, fault, answer)
        if fault.kind == "redirect":
            return web.Response(status=HTTPStatus.FOUND, headers={"Location": fault.location or request.path_qs})
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "throttle":
            self.limit.close(fault.seconds)
            answer = throttled()
        elif fault.kind == "status":
            answer = page(fault.status, f"Error {fault.status}", "This answer was asked for by a test.")
        elif fault.kind == "body":
            answer = Answer(fault.body.encode(), fault.content_type)
        return self.delivery.response(request, answer)


class Control:
    """Take orders from tests: a fault to carry out, the state, the log, and a new start."""

    def __init__(self, edgar: Edgar) -> None:
        self._edgar = edgar

    async def state(self, _request: web.Request) -> web.Response:
        """Answer GET with what is held and what is still to happen."""
        return web.json_response(self._edgar.state())

    async def log(self, _request: web.Request) -> web.Response:
        """Answer GET with the requests seen, oldest first."""
        return web.json_response([asdict(seen) for seen in self._edgar.seen])

    async def order(self, request: web.Request) -> web.Response:
        """Answer POST by noting the fault, or by saying what is wrong with it."""
        try:
            fault = Fault.model_validate_json(await request.read())
        except ValidationError as error:
            return web.json_response({"error": str(error)}, status=HTTPStatus.BAD_REQUEST)
        self._edgar.faults.add(fault)
        return web.json_response(self._edgar.state())

    async def reset(self, _request: web.Request) -> web.Response:
        """Answer DELETE by forgetting faults, log and pauses."""
        self._edgar.reset()
        return web.json_response(self._edgar.state())


def application(edgar: Edgar) -> web.Application:
    """Return the web application: the control routes, then EDGAR everywhere else."""
    control = Control(edgar)
    app = web.Application()
    app.router.add_get("/_control", control.state)
    app.router.add_get("/_control/log", control.log)
    app.router.add_post("/_control", control.order)
    app.router.add_delete("/_control", control.reset)
    app.router.add_route("*", "/{path:.*}", edgar.serve)
    return app
