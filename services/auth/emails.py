"""Read e-mail addresses: one account has one spelling. Pure."""

import unicodedata
from typing import Final

from email_validator import EmailNotValidError, validate_email

from services.chassis.errors import InvalidField

MAX_CHARACTERS: Final = 254  # RFC 5321 leaves a path 256 with its brackets


def normalise(typed: str) -> str:
    """Return the one spelling under which an address is an account: NFC, lower-case, the domain in Unicode.

    What stands after a plus and dots stay: they mean something to some hosts, and nothing to others.

    Raises: InvalidField.
    """
    if len(typed) > MAX_CHARACTERS:
        raise refusal()
    try:
        address = validate_email(typed, check_deliverability=False, strict=True).normalized
    except (EmailNotValidError, UnicodeError):  # IDNA's decoder raises the latter for some labels
        raise refusal() from None
    spelling = unicodedata.normalize("NFC", address.lower())
    if len(spelling) > MAX_CHARACTERS:
        raise refusal()
    return spelling


def refusal() -> InvalidField:
    """Return what is told of something that is no address; what was typed is not repeated."""
    return InvalidField("email", "must be an e-mail address")
