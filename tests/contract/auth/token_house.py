"""auth's tokens as a contract test sees them: the real server and tables, trusted as in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from sectracker.auth.v1.edge_service_pb2 import AttributeContext, CheckRequest, CheckResponse, HttpRequest, Request
from sectracker.auth.v1.edge_service_pb2_grpc import EdgeServiceStub
from sectracker.auth.v1.key_service_pb2_grpc import KeyServiceStub
from sectracker.auth.v1.trust_service_pb2_grpc import TrustServiceStub

from services.auth.domain import Pair
from services.auth.edge import ENVOYS_NAME, Edge, EdgeServicer
from services.auth.servicer import AuthServicer
from services.auth.trust import KeyServicer, TrustServicer
from services.chassis.db import Sessions
from services.chassis.house import House
from services.chassis.server import Server
from services.chassis.trust import Trust
from tests.contract.chassis.trial import settings
from tests.contract.serving import listening
from tests.integration.auth.house import Tokens, standing
from tests.support.clock import Clock
from tests.support.identity import bearer, carrying

AUTH = "sectracker.auth.v1.AuthService"
EDGE = "sectracker.auth.v1.EdgeService"
KEYS = "sectracker.auth.v1.KeyService"
TRUST = "sectracker.auth.v1.TrustService"
UNASKED: Any = None  # for the RPCs that look at passwords
SECRETS = {"form4": "form4's secret, for tests and nothing else", "filings": "filings' secret, for tests alone"}


@dataclass(frozen=True, slots=True)
class Auth:
    """A running auth, what stands behind it, and the time of the edge's memory."""

    tokens: Tokens
    trust: Trust
    clock: Clock
    anybody: grpc.Channel

    def user(self, email: str = "ada@example.com", **columns: object) -> tuple[UUID, Pair]:
        """Store a user and log it in."""
        user_id = self.tokens.user(email, **columns)
        return user_id, self.tokens.begin(user_id)

    def carrying(self, token: str) -> grpc.Channel:
        """Return a channel on which calls carry a token, and are judged by all that has ended until now."""
        self.trust.refresh()
        return carrying(self.anybody, bearer(token))

    def auth(self, token: str = "") -> AuthServiceStub:
        """Return AuthService for whoever has a token, or for nobody in particular."""
        return AuthServiceStub(self.carrying(token) if token else self.anybody)

    def told(self, service: str = "form4") -> TrustServiceStub:
        """Return TrustService for a service of the house."""
        return TrustServiceStub(self.carrying(self.tokens.issuer.service(service)))

    @property
    def keys(self) -> KeyServiceStub:
        """Return KeyService for anybody."""
        return KeyServiceStub(self.anybody)

    def check(self, **headers: str) -> CheckResponse:
        """Ask as Envoy does, by its own path; underscores of headers' names stand for hyphens."""
        told = HttpRequest(headers={name.replace("_", "-"): value for name, value in headers.items()})
        request = CheckRequest(attributes=AttributeContext(request=Request(http=told)))
        call = self.anybody.unary_unary(
            f"/{ENVOYS_NAME}/Check", CheckRequest.SerializeToString, CheckResponse.FromString
        )
        answer: CheckResponse = call(request, timeout=5)
        return answer

    @property
    def edge(self) -> EdgeServiceStub:
        """Return EdgeService by its own name."""
        return EdgeServiceStub(self.anybody)


def token_of(answer: CheckResponse) -> str:
    """Return the token that a request goes on with."""
    (header,) = answer.ok_response.headers
    assert (header.header.key, header.append_action) == ("authorization", 2)
    return header.header.value.removeprefix("Bearer ")


@contextmanager
def running(sessions: Sessions) -> Iterator[Auth]:
    """Run auth on some sessions, with its first key made."""
    with standing(sessions) as tokens:
        trust, clock = Trust(tokens.feed.get), Clock()
        trust.refresh()
        servicers = {
            AUTH: AuthServicer(UNASKED, UNASKED, UNASKED, tokens.logins, tokens.api_keys),
            EDGE: EdgeServicer(Edge(sessions, tokens.issuer, clock)),
            KEYS: KeyServicer(tokens.keyring),
            TRUST: TrustServicer(tokens.feed, tokens.issuer, SECRETS),
        }
        server = Server(settings(threads=2), servicers, House("auth", trust), aliases={ENVOYS_NAME: EDGE})
        server.answers.max_answers = 0
        with listening(server) as anybody:
            yield Auth(tokens, trust, clock, anybody)
