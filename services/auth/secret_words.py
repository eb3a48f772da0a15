"""Make and read the secrets that people and programs hold: refresh tokens and API keys. Pure.

A refresh token is `str_` and 32 random bytes in base62. An API key is `stk_`, 24 random characters (142 bits) and a
checksum of six, so that a typing error and a scanner's guess are told from a key without a look at the database.
"""

import hashlib
import re
import secrets
import zlib
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REFRESH_PREFIX: Final = "str_"
REFRESH_BYTES: Final = 32
REFRESH_TOKEN: Final = re.compile(r"str_[0-9A-Za-z]{43}")
KEY_PREFIX: Final = "stk_"
KEY_CHARACTERS: Final = 24
CHECKSUM_CHARACTERS: Final = 6  # 62^6 is more than 2^32
API_KEY: Final = re.compile(r"stk_[0-9A-Za-z]{30}")


def base62(number: int, length: int) -> str:
    """Write a number with digits and letters, filled up with zeros."""
    written = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        written = DIGITS[digit] + written
    return written.rjust(length, DIGITS[0])


def new_refresh_token() -> str:
    """Return a refresh token that nobody had before."""
    return REFRESH_PREFIX + base62(int.from_bytes(secrets.token_bytes(REFRESH_BYTES)), 43)


def is_refresh_token(text: str) -> bool:
    """Say whether a text has the shape of a refresh token."""
    return REFRESH_TOKEN.fullmatch(text) is not None


def new_api_key() -> str:
    """Return an API key that nobody had before."""
    body = KEY_PREFIX + "".join(secrets.choice(DIGITS) for _ in range(KEY_CHARACTERS))
    return body + checksum(body)


def is_api_key(text: str) -> bool:
    """Say whether a text has the shape and the checksum of an API key."""
    return API_KEY.fullmatch(text) is not None and text.endswith(checksum(text[:-CHECKSUM_CHARACTERS]))


def checksum(body: str) -> str:
    """Return the CRC-32 of a key's body, in base62."""
    return base62(zlib.crc32(body.encode()), CHECKSUM_CHARACTERS)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret: it is random, so SHA-256 alone can't be turned round."""
    return hashlib.sha256(secret.encode()).digest()
