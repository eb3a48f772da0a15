"""Let requests with an API key in: the door asks for each of them, so most are answered from memory.

What is known of a key is two seconds old at most, so that is how long a key goes on that was replaced or revoked.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import grpc
from grpc import ServicerContext
from sectracker.auth.v1.edge_service_pb2 import (
    CheckRequest,
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    HttpStatus,
    OkHttpResponse,
    RpcStatus,
)
from sectracker.auth.v1.edge_service_pb2_grpc import EdgeServiceServicer

from services.auth.repository import api_keys
from services.auth.repository.api_keys import KeyHolder
from services.auth.secret_words import digest, is_api_key
from services.auth.tokens import Issuer
from services.chassis.db import Sessions

ENVOYS_NAME = "envoy.service.auth.v3.Authorization"
KEY_HEADER = "x-api-key"
REFUSED = "The API key is unknown or has ended."
REMEMBER_SECONDS = 2.0
TOKEN_SECONDS = 30.0
"""How long a token is given out; it lives a minute, so there is time for the request that it is given to."""
MAX_REMEMBERED = 10_000
OVERWRITE_IF_EXISTS_OR_ADD = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold whose a key was when it was looked up, with the token that was made for it.

    Unit: monotonic seconds.
    """

    looked_at: float
    holder: KeyHolder | None = None
    token: str = field(default="", repr=False)
    made_at: float = 0.0


class Edge:
    """Turn API keys into tokens."""

    def __init__(self, sessions: Sessions, issuer: Issuer, clock: Callable[[], float] = monotonic) -> None:
        self._sessions = sessions
        self._issuer = issuer
        self._clock = clock
        self._seen: dict[bytes, Seen] = {}
        self._used: set[UUID] = set()
        self._lock = threading.Lock()

    def token(self, key: str) -> str | None:
        """Return a token for a key, or None for one that is none, is nobody's or has ended."""
        if not is_api_key(key):
            return None
        hashed = digest(key)
        seen = self._seen.get(hashed)
        if seen is None or self._clock() - seen.looked_at >= REMEMBER_SECONDS:
            seen = self._look(hashed, seen)
        if seen.holder is None:
            return None
        with self._lock:
            self._used.add(seen.holder.login_id)
        return seen.token

    def note_use(self) -> None:
        """Write down which keys were used since the last time."""
        with self._lock:
            used, self._used = self._used, set()
        if used:
            with self._sessions() as session:
                api_keys.note_use(session, sorted(used))

    def _look(self, hashed: bytes, before: Seen | None) -> Seen:
        """Look a key up, and remember what was seen; the token of before goes on while it is as good as a new one."""
        now = self._clock()  # before the question: the answer may be as old as that
        with self._sessions.read() as session:
            holder = api_keys.by_hash(session, hashed)
        if holder is None:
            seen = Seen(now)
        elif before is not None and before.holder == holder and now - before.made_at < TOKEN_SECONDS:
            seen = Seen(now, holder, before.token, before.made_at)
        else:
            seen = Seen(now, holder, self._issuer.edge(holder.subject), now)
        with self._lock:
            self._seen.pop(hashed, None)
            self._seen[hashed] = seen  # at the end: the first one is the oldest
            while len(self._seen) > MAX_REMEMBERED:
                del self._seen[next(iter(self._seen))]
        return seen


@dataclass(frozen=True, slots=True)
class EdgeServicer(EdgeServiceServicer):
    """Answer the door."""

    edge: Edge

    def Check(self, request: CheckRequest, context: ServicerContext) -> CheckResponse:  # noqa: ARG002, N802 - gRPC's
        """Let a request in or turn it away."""
        token = self.edge.token(request.attributes.request.http.headers.get(KEY_HEADER, ""))
        return DENIED if token is None else admitted(token)


DENIED = CheckResponse(
    status=RpcStatus(code=grpc.StatusCode.UNAUTHENTICATED.value[0], message=REFUSED),
    denied_response=DeniedHttpResponse(status=HttpStatus(code=401), body=REFUSED),
)


def admitted(token: str) -> CheckResponse:
    """Return the answer that puts a token in the place of the key."""
    header = HeaderValue(key="authorization", value=f"Bearer {token}")
    set_header = HeaderValueOption(header=header, append_action=OVERWRITE_IF_EXISTS_OR_ADD)
    return CheckResponse(
        status=RpcStatus(), ok_response=OkHttpResponse(headers=[set_header], headers_to_remove=[KEY_HEADER])
    )
