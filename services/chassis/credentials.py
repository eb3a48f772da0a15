"""Have the token that says which service this process is, and have it renewed in time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import grpc
from sectracker.auth.v1.trust_service_pb2 import IssueServiceTokenResponse

RENEW_SECONDS = 0.5  # between looks; it is asked for only when it is time
# A key is known for 20 minutes after it has signed last, so no token may be older than that while auth answers.
LONGEST_BEFORE_RENEWAL_SECONDS = 600.0
# A service that is refused asks for a new token at once, but not again and again.
LEAST_BEFORE_RENEWAL_SECONDS = 10.0

Issue = Callable[[], IssueServiceTokenResponse]


class NoServiceToken(grpc.RpcError):
    """Fail a call before it is sent: auth has not said yet who we are. It is a call's error like all others."""

    def code(self) -> grpc.StatusCode:
        """Return what the call fails with."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        """Return what a log says."""
        return "auth has not issued this service's token yet"

    def __str__(self) -> str:
        """Return the same."""
        return self.details()


@dataclass(frozen=True, slots=True)
class Held:
    """A token, and when to ask for the next one.

    Unit: monotonic seconds.
    """

    token: str
    issued_at: float
    renew_at: float
    expires_at: float


class ServiceTokens:
    """Hold the process's own service token.

    Shape: `issue` asks auth for one. It is renewed at half its life or sooner, and goes on to its end while auth is
    away.
    """

    def __init__(self, issue: Issue) -> None:
        self._issue = issue
        self._held: Held | None = None
        self._is_doubted = False
        self._asking = threading.Lock()

    def token(self) -> str:
        """Return the token.

        Raises: NoServiceToken while there is none, without waiting for one.
        """
        held = self._held
        if held is None or held.expires_at <= monotonic():
            raise NoServiceToken
        return held.token

    def renew(self) -> None:
        """Get a token where there is none, or where it is time for the next one.

        Raises: grpc.RpcError while auth does not answer.
        """
        with self._asking:
            if not self._is_due():
                return
            answer, now = self._issue(), monotonic()
            life = float(answer.expires_in)
            self._held = Held(answer.token, now, now + min(life / 2, LONGEST_BEFORE_RENEWAL_SECONDS), now + life)
            self._is_doubted = False

    def doubt(self) -> None:
        """Ask for another one soon: a service that does not know who we are may know us by that."""
        self._is_doubted = True

    def _is_due(self) -> bool:
        """Say whether it is time for another token."""
        held, now = self._held, monotonic()
        if held is None or held.renew_at <= now:
            return True
        return self._is_doubted and now - held.issued_at >= LEAST_BEFORE_RENEWAL_SECONDS
