"""Say why no ownership document can be read from some bytes.

Shape: `OwnershipError` is the one type to catch; each class below carries its `cause`, a stable word for clients.
"""

from typing import ClassVar


class OwnershipError(Exception):
    """Refuse bytes from which no ownership document can be read."""

    cause: ClassVar[str]


class EmptyDocumentError(OwnershipError):
    """Refuse no bytes, or blanks alone."""

    cause = "empty"


class DocumentTooLargeError(OwnershipError):
    """Refuse more bytes, tags, rows or references than an honest filing can have."""

    cause = "too_large"


class NotXmlError(OwnershipError):
    """Refuse bytes that are no XML, not even damaged."""

    cause = "not_xml"


class UnsafeDocumentError(OwnershipError):
    """Refuse a document type declaration, or XML that is built to exhaust its reader."""

    cause = "unsafe"


class WrongRootError(OwnershipError):
    """Refuse XML whose root is not ownershipDocument."""

    cause = "wrong_root"


class IssuerMissingError(OwnershipError):
    """Refuse a document that does not say whose securities it is about."""

    cause = "no_issuer"
