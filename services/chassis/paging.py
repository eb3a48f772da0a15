"""Page by position: a token names the last row of a page, and only this service can make one.

Shape of a token: urlsafe base64 of a version byte, 16 bytes of HMAC-SHA-256, and a JSON array of the position's values.
The HMAC covers the request's type and filters, so a token is good for the request that it was issued for, on any page
size. Whatever else comes is refused before anything of it is read.
"""

import base64
import hmac
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar, get_type_hints

import orjson
from google.protobuf.message import Message

from services.chassis.errors import InvalidPageToken

VERSION = b"\x01"
MAC_BYTES = 16
MAX_TOKEN_CHARACTERS = 1024
TOKEN_FIELD = "page_token"  # noqa: S105 - a field's name
# Fields that say which page of the list and how much of it, not which list.
PAGE_FIELDS = (TOKEN_FIELD, "count", "limit", "page_size")

PositionT = TypeVar("PositionT", bound=tuple[Any, ...])

READERS: dict[type, Callable[[Any], object]] = {
    int: int,
    str: str,
    bool: bool,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
}


class Keyed(Protocol):
    """The part of the settings that concerns page tokens."""

    @property
    def page_token_key(self) -> str:
        """The secret that all processes of an installation share."""


class PageTokens:
    """Write and read page tokens."""

    def __init__(self, settings: Keyed) -> None:
        self._key = settings.page_token_key.encode()

    def write(self, request: Message, position: tuple[Any, ...]) -> str:
        """Return the token that continues a request behind a position."""
        values = orjson.dumps([str(value) if isinstance(value, Decimal) else value for value in position])
        return base64.urlsafe_b64encode(VERSION + self._mac(request, values) + values).rstrip(b"=").decode()

    def read(self, request: Message, position: type[PositionT]) -> PositionT | None:
        """Return the position that a request continues behind, or None on the first page.

        Raises: InvalidPageToken.
        """
        token: str = getattr(request, TOKEN_FIELD)
        if not token:
            return None
        values = self._opened(request, token)
        typed: Any = [READERS[kind](value) for kind, value in zip(hints(position), values, strict=True)]
        return position(*typed)

    def _opened(self, request: Message, token: str) -> list[Any]:
        """Return the values of a token that this service made for this request.

        Raises: InvalidPageToken.
        """
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise InvalidPageToken
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except NotBase64:
            raise InvalidPageToken from None
        version, mac, values = data[:1], data[1 : 1 + MAC_BYTES], data[1 + MAC_BYTES :]
        if version != VERSION or not hmac.compare_digest(mac, self._mac(request, values)):
            raise InvalidPageToken
        opened: list[Any] = orjson.loads(values)
        return opened

    def _mac(self, request: Message, values: bytes) -> bytes:
        """Return what only a holder of the key can compute over a request's type, its filters and a position."""
        filters = type(request)()
        filters.CopyFrom(request)
        for field in PAGE_FIELDS:
            if field in request.DESCRIPTOR.fields_by_name:
                filters.ClearField(field)
        parts = [VERSION, request.DESCRIPTOR.full_name.encode(), filters.SerializeToString(deterministic=True), values]
        signed = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self._key, signed, "sha256")[:MAC_BYTES]


def hints(position: type[tuple[Any, ...]]) -> list[type]:
    """Return the types of a NamedTuple's fields, in order."""
    return list(get_type_hints(position).values())
