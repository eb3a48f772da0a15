"""Hold one login at one door."""

import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import Protocol, Self

# Renewed this long before its end: a call and its retries last up to 15 s, and two machines' clocks differ.
RENEW_SECONDS_BEFORE = 30.0
# What may stand in a header; a token of ours has some 300 characters.
TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")


class Tokens(Protocol):
    """Name what the answers that log in have in common."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Login:
    """Hold a login's newest tokens; neither is ever printed.

    Shape: `email` is what its user typed.
    Unit: expires_at is seconds since 1970 by this machine's clock.
    """

    email: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    @classmethod
    def of(cls, email: str, tokens: Tokens) -> Self:
        """Return the login that an answer gives.

        Raises: ValueError when its tokens are none.
        """
        return cls.checked(email, tokens.access_token, tokens.refresh_token, time.time() + tokens.expires_in)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the login that a store kept.

        Raises: ValueError, which repeats nothing of it.
        """
        try:
            kept = json.loads(text)
            return cls.checked(
                str(kept["email"]), str(kept["access_token"]), str(kept["refresh_token"]), float(kept["expires_at"])
            )
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ValueError("what is kept there is no login") from None

    @classmethod
    def checked(cls, email: str, access_token: str, refresh_token: str, expires_at: float) -> Self:
        """Return a login whose tokens can be sent.

        Raises: ValueError, which repeats nothing of them.
        """
        if not TOKEN.fullmatch(access_token) or not TOKEN.fullmatch(refresh_token):
            raise ValueError("these are no tokens")
        return cls(email, access_token, refresh_token, expires_at)

    def to_text(self) -> str:
        """Return the login as a store keeps it."""
        return json.dumps(asdict(self))

    @property
    def is_due(self) -> bool:
        """Say whether the access token has ended or is about to."""
        return time.time() > self.expires_at - RENEW_SECONDS_BEFORE
