"""Issue real signed tokens, as auth does, for tests: of users, operators and services, and of whoever pretends."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.timestamp_pb2 import Timestamp
from sectracker.auth.v1.key_service_pb2 import Key
from sectracker.auth.v1.trust_service_pb2 import Ended, GetTrustRequest, GetTrustResponse, IssueServiceTokenResponse

from services.chassis import tokens
from services.chassis.client import Details
from services.chassis.credentials import ServiceTokens
from services.chassis.house import House
from services.chassis.trust import Trust

ACCESS_SECONDS, SERVICE_SECONDS = 900, 3600


@dataclass
class Issuer:
    """Stand in for auth: sign tokens and tell what has ended, to whoever asks in this process."""

    kid: str = "first"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    ended: list[Ended] = field(default_factory=list)
    away: Exception | None = None

    def access(self, user_id: str = "", login_id: str = "", **changes: Any) -> str:
        """Return an access token; changed claims are given by their names, None leaves one out."""
        told = {"sub": user_id or str(uuid4()), "sid": login_id or str(uuid4())}
        return self.sign(tokens.ACCESS_TYPE, tokens.AUDIENCE, ACCESS_SECONDS, told | changes)

    def operator(self, user_id: str = "") -> str:
        """Return an operator's access token."""
        return self.access(user_id, role=tokens.OPERATOR)

    def service(self, name: str, **changes: Any) -> str:
        """Return a service token."""
        return self.sign(tokens.SERVICE_TYPE, tokens.SERVICE_AUDIENCE, SERVICE_SECONDS, {"sub": name} | changes)

    def sign(self, kind: str, audience: str, seconds: int, told: dict[str, Any], **header: Any) -> str:
        """Return a token of any kind at all."""
        now = int(time.time())
        frame = {"iss": tokens.ISSUER, "aud": audience, "iat": now, "exp": now + seconds, "jti": uuid4().hex}
        payload = {name: value for name, value in (frame | told).items() if value is not None}
        head = {"typ": kind, "kid": self.kid} | header
        return jwt.encode(payload, self.private, tokens.ALGORITHM, headers=head)

    def public(self) -> Key:
        """Return the key that its tokens are verified with, as auth publishes it."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return Key(kty="OKP", crv="Ed25519", alg="EdDSA", use="sig", kid=self.kid, x=text)

    def get_trust(self, _request: GetTrustRequest) -> GetTrustResponse:
        """Tell what tokens are judged by, all of it each time."""
        if self.away is not None:
            raise self.away
        return GetTrustResponse(keys=[self.public()], ended=self.ended, until=stamp(time.time()))

    def end(self, at: float | None = None, **what: Any) -> None:
        """Have something end: login_id, user_id or everybody."""
        self.ended.append(Ended(ended_at=stamp(time.time() if at is None else at), **what))

    def house(self, name: str) -> House:
        """Return a service's house in which this issuer is auth."""
        answer = IssueServiceTokenResponse(token=self.service(name), expires_in=SERVICE_SECONDS)
        return House(name, Trust(self.get_trust), ServiceTokens(lambda: answer))

    def identity(self, name: str) -> ServiceTokens:
        """Return a service's tokens, the first of them issued."""
        answer = IssueServiceTokenResponse(token=self.service(name), expires_in=SERVICE_SECONDS)
        held = ServiceTokens(lambda: answer)
        held.renew()
        return held


def stamp(seconds: float) -> Timestamp:
    """Return a moment of Unix time."""
    moment = Timestamp()
    moment.FromNanoseconds(int(seconds * 1e9))
    return moment


ISSUER = Issuer()
"""The auth of all tests that need no other."""


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """Return a call's metadata with a token."""
    return (("authorization", f"Bearer {token}"),)


class Carrying(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Send metadata with every call."""

    def __init__(self, metadata: tuple[tuple[str, str], ...]) -> None:
        self._metadata = metadata

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for one response."""
        return continuation(self._details(client_call_details), request)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Send one request for a stream of responses."""
        return continuation(self._details(client_call_details), request)

    def _details(self, given: grpc.ClientCallDetails) -> Details:
        """Return the details with the metadata."""
        metadata = (*(given.metadata or ()), *self._metadata)
        return Details(
            given.method, given.timeout, metadata, given.credentials, given.wait_for_ready, given.compression
        )


def carrying(channel: grpc.Channel, metadata: tuple[tuple[str, str], ...]) -> grpc.Channel:
    """Return a channel that sends metadata with every call."""
    return grpc.intercept_channel(channel, Carrying(metadata))
