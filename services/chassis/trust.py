"""Know what tokens are judged by: the keys that sign them, and what has ended before its tokens expire.

auth tells it to every process, twice a second, rather than through Redis: what ends a login is auth itself, so while
auth is away nothing can end, and a logout is known everywhere within two seconds while Redis is away too. What was
known stands meanwhile, for a token's lifetime at most (docs/adr/0012-identity-inside-the-house.md).
"""

import base64
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import time
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import Gauge
from sectracker.auth.v1.key_service_pb2 import Key
from sectracker.auth.v1.trust_service_pb2 import Ended, GetTrustRequest, GetTrustResponse

from services.chassis.errors import DependencyUnavailable, LoginEnded, TokenExpired
from services.chassis.tokens import LEEWAY_SECONDS, Claims, verify

REFRESH_SECONDS = 0.5
# A service passes its caller's token on while it answers, the longest answer takes 30 s, and the token may expire
# meanwhile: what was good at the door is good enough for the house.
PASSED_ON_LEEWAY_SECONDS = 35.0
# Access tokens live 15 minutes and the leeway: after that an end has nothing left to end.
ENDED_SECONDS = 16 * 60.0
# Verifying takes 100 µs and more, looking it up one; 10,000 tokens are some 10 MB.
MAX_KEPT = 10_000
UUID_VERSION_WITH_TIME = 7

AGE = Gauge("sectracker_trust_age_seconds", "Time since auth last said what tokens are judged by.")
Source = Callable[[GetTrustRequest], GetTrustResponse]


@dataclass(frozen=True, slots=True)
class Known:
    """Keys by their ids, and the tokens that were verified with them; other keys begin with no tokens."""

    keys: Mapping[str, Ed25519PublicKey]
    tokens: dict[str, Claims] = field(default_factory=dict)


class Trust:
    """Judge tokens by what auth has told last."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._until: Timestamp | None = None
        self._answered_at: float | None = None
        self._known: Known | None = None
        self._logins: dict[str, float] = {}
        self._users: dict[str, float] = {}
        self._everybody = 0.0
        self._writing = threading.Lock()
        AGE.set_function(self.age)

    def age(self) -> float:
        """Return the seconds since the last answer; infinite before the first."""
        return float("inf") if self._answered_at is None else time() - self._answered_at

    def refresh(self) -> None:
        """Ask what is new. What was known stands when that fails.

        Raises: grpc.RpcError, or what the source raises.
        """
        answer = self._source(GetTrustRequest(since=self._until))
        for ended in answer.ended:
            self._end(ended)
        self._forget(time() - ENDED_SECONDS)
        keys = read_keys(answer.keys)
        if self._known is None or keys.keys() != self._known.keys.keys():
            self._known = Known(keys)  # after what has ended, so that no process begins by letting it in
        self._until, self._answered_at = answer.until, time()

    def claims(self, token: str, leeway: float = LEEWAY_SECONDS) -> Claims:
        """Return what a token says, if it is good now.

        Raises: TokenExpired, TokenInvalid, LoginEnded; DependencyUnavailable before auth's first answer.
        """
        known = self._known
        if known is None:
            raise DependencyUnavailable("auth")
        claims = known.tokens.get(token)
        if claims is None:
            claims = verify(token, known.keys, leeway)
            self._keep(known, token, claims)
        elif claims.expires_at + leeway <= time():
            raise TokenExpired
        if self.is_ended(claims):
            raise LoginEnded
        return claims

    def is_ended(self, claims: Claims) -> bool:
        """Say whether a token is no longer good although it has not expired; a service's own never ends early."""
        if claims.is_service:
            return False
        if claims.login_id in self._logins:
            return True
        ended_at = self._users.get(claims.subject, 0.0)
        ended_at = max(ended_at, self._everybody)
        return ended_at > 0 and (began_at(claims.login_id) or claims.issued_at) <= ended_at

    def _end(self, ended: Ended) -> None:
        """Note what has ended; telling it twice changes nothing."""
        at = ended.ended_at.ToNanoseconds() / 1e9
        match ended.WhichOneof("tokens"):
            case "login_id":
                self._logins[ended.login_id] = at
            case "user_id":
                self._users[ended.user_id] = max(at, self._users.get(ended.user_id, 0.0))
            case "everybody" if ended.everybody:
                self._everybody = max(at, self._everybody)

    def _forget(self, before: float) -> None:
        """Drop what ended so long ago that its tokens have expired."""
        for ends in (self._logins, self._users):
            for name in [name for name, at in ends.items() if at < before]:
                del ends[name]
        if self._everybody < before:
            self._everybody = 0.0

    def _keep(self, known: Known, token: str, claims: Claims) -> None:
        """Keep a verified token; when there are too many, the tenth that came first goes."""
        with self._writing:
            if len(known.tokens) >= MAX_KEPT:
                for old in list(known.tokens)[: MAX_KEPT // 10]:
                    del known.tokens[old]
            known.tokens[token] = claims


def began_at(login_id: str) -> float:
    """Return when a login began, which its id tells if it is a UUIDv7; of others 0, long ago.

    When all tokens of a user end, all his logins do, so what counts is when a login began. A token tells the second of
    its issue only, by another clock; whoever logs in again within that second would be taken for one of those.
    """
    login = UUID(login_id)
    return (login.int >> 80) / 1000 if login.version == UUID_VERSION_WITH_TIME else 0.0


def read_keys(keys: Iterable[Key]) -> dict[str, Ed25519PublicKey]:
    """Return keys by their ids; kinds that are not ours are left out, as RFC 7517 has it.

    Raises: ValueError for one of ours that cannot be read.
    """
    ours = [key for key in keys if (key.kty, key.crv) == ("OKP", "Ed25519") and key.kid]
    return {key.kid: Ed25519PublicKey.from_public_bytes(unpadded(key.x)) for key in ours}


def unpadded(text: str) -> bytes:
    """Return the bytes that base64url without padding writes.

    Raises: ValueError.
    """
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
