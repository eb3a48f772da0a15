"""Turn bytes into a tree of elements without trusting them.

DTDs, entities and the network are off, sizes are bounded, and damaged files are mended on a second attempt only.
"""

import contextlib
import html
import re

from lxml import etree

from services.form4.domain import DocumentFlag
from services.form4.ownership.errors import (
    DocumentTooLargeError,
    EmptyDocumentError,
    NotXmlError,
    UnsafeDocumentError,
    WrongRootError,
)
from services.limits import MAX_DOCUMENT_BYTES

MAX_MARKUP = 500_000
"""Tags, comments and the like of a document; 2,000 lines of 100 elements have 400,000, 1,807 is the most seen in 333
documents."""

MAX_REPAIRS = 10_000
"""References that are rewritten in a damaged document: two million bare ampersands took 11 seconds."""

ROOT = "ownershipDocument"

_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:#\d{1,7};|#[xX][\da-fA-F]{1,6};|[A-Za-z]\w{0,30};)?", re.ASCII
)
_BLANKS = b" \t\r\n"
_DOCTYPE = re.compile(rb"[\xef\xbb\xbf\xff\xfe]*+(?:[ \t\r\n]++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_ENVELOPE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:-----BEGIN PRIVACY-ENHANCED MESSAGE-----|<(?:SEC-DOCUMENT|SUBMISSION|DOCUMENT|TYPE|TEXT|XML)>)"
)
"""How a complete submission begins, or a part of one that was cut out with some of its SGML."""

_ENCLOSED = re.compile(rb"<ownershipDocument[\s>].*?(?:</ownershipDocument\s*>|(?=</XML>)|\Z)", re.DOTALL)
_ROOT_START = re.compile(rf"<(?:\w{{1,20}}:)?{ROOT}(?:\s[^<>]{{0,500}})?>")
_ROOT_END = re.compile(rf"</(?:\w{{1,20}}:)?{ROOT}\s*>")
_LEAST_WIDTH = 40
"""Characters at which a document can have been cut; the lines of narrower ones would only cost memory."""

_SHORTER_LINES = 4
"""One line in so many may be shorter than the width at which a document was cut, where blanks at its end are gone."""

_SPARE_LEVELS = 20
_TYPE_DECLARED = "the document declares a document type, which no ownership document does"


def load(data: bytes) -> tuple[etree._Element, list[DocumentFlag]]:
    """Return the root element of an ownership document, and what had to be forgiven.

    Raises: EmptyDocumentError, DocumentTooLargeError, NotXmlError, UnsafeDocumentError, WrongRootError.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DocumentTooLargeError(f"the document has {len(data):,} bytes, more than {MAX_DOCUMENT_BYTES:,}")
    if len(data) > MAX_MARKUP and data.count(b"<") > MAX_MARKUP:
        raise DocumentTooLargeError(f"the document has more than {MAX_MARKUP:,} tags")
    data = _unwrap(data)
    if _declares_type(data):
        raise UnsafeDocumentError(_TYPE_DECLARED)
    flags = []
    try:
        root = etree.fromstring(data, _STRICT)
    except etree.XMLSyntaxError as error:
        root = _recover(data, error)
        flags.append(DocumentFlag.RECOVERED)
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeDocumentError(_TYPE_DECLARED)
    if root.tag != ROOT:
        if _local_name(root.tag) != ROOT:
            raise WrongRootError(f"the root element is {root.tag[:80]!r}, not {ROOT!r}")
        _strip_namespaces(root)
        flags.append(DocumentFlag.NAMESPACE_IGNORED)
    return root, flags


def _unwrap(data: bytes) -> bytes:
    """Return what a submission's SGML encloses, or all bytes where there is none."""
    enclosed = _ENCLOSED.search(data) if _ENVELOPE.match(data) else None
    return enclosed[0] if enclosed else data


def _declares_type(data: bytes) -> bool:
    """Tell, before anything is parsed, whether a document type is declared: 8 MiB of declarations took 2 seconds.

    Shape: it reads the bytes of ASCII and, without their zeros, of UTF-16; what hides from it is found in the tree.
    """
    return _DOCTYPE.match(data.replace(b"\0", b"") if b"\0" in data[:4] else data) is not None


def _parser(*, recover: bool, encoding: str | None = None) -> etree.XMLParser:
    """Build a parser that neither expands, fetches nor believes what a document tells it to."""
    return etree.XMLParser(
        recover=recover,
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        collect_ids=False,  # footnote ids are read by name; libxml2's table of ids would only cost
        remove_blank_text=True,  # a quarter of the parsing time: half of all text nodes are indentation
        remove_comments=True,
        remove_pis=True,
    )


_STRICT = _parser(recover=False)


def _recover(data: bytes, error: etree.XMLSyntaxError) -> etree._Element:
    """Read what can be saved of a file that is not well-formed.

    Some filings of 2004 are not; a bare ampersand, an undefined entity or a false encoding are what is met most.
    Raises: EmptyDocumentError, DocumentTooLargeError, NotXmlError, UnsafeDocumentError.
    """
    if not data.strip(_BLANKS):
        raise EmptyDocumentError("the document is empty") from error
    mended = _mend(data)
    parser = _parser(recover=True, encoding="utf-8")
    root = None
    with contextlib.suppress(etree.XMLSyntaxError):
        root = etree.fromstring(mended, parser)
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise UnsafeDocumentError("the document is deeper, longer or more recursive than XML needs to be") from error
    if root is None:  # so says a parser that recovers, when nothing is left
        raise NotXmlError(f"the document is not XML: {str(error)[:200]}") from error
    return root


def _mend(data: bytes) -> bytes:
    """Return the document as UTF-8 whose ampersands all begin a reference that XML knows, and whose root holds.

    An end tag too many closes the level above it, and in the end the root, which would lose all that follows: so the
    root's start is repeated, and there are levels to spare. What stands after its end is no part of the document.
    Raises: DocumentTooLargeError, UnsafeDocumentError.
    """
    text = _unfold(_decode(data).strip("\ufeff \t\r\n"))
    text, repairs = _AMPERSAND.subn(_reference, text, MAX_REPAIRS + 1)
    if repairs > MAX_REPAIRS:
        raise UnsafeDocumentError(f"the document is damaged and has more than {MAX_REPAIRS:,} references to repair")
    start = _ROOT_START.search(text)
    if start:
        end = _ROOT_END.search(text, start.end())
        text = text[: start.start()] + start[0] * _SPARE_LEVELS + text[start.end() : end.start() if end else len(text)]
    mended = text.encode("utf-8", "replace")
    if len(mended) > MAX_DOCUMENT_BYTES:  # three times the bytes, where all of them were of another encoding
        raise DocumentTooLargeError(
            f"the document has {len(mended):,} bytes as UTF-8, more than {MAX_DOCUMENT_BYTES:,}"
        )
    return mended


def _decode(data: bytes) -> str:
    """Decode by what the bytes are, not by what they declare."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:1] == b"\0" or data[1:2] == b"\0":
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")  # typographic quotes of filers' word processors


def _unfold(text: str) -> str:
    """Join what was one line and was cut at a fixed width, amid names and numbers, as many submissions of 2003 were.

    Shape: of such lines all are equally long but the first, the last, and those whose last blanks are gone.
    """
    cuts = text.count("\n")
    if not cuts or cuts * _LEAST_WIDTH > len(text):
        return text
    first, *inner, last = text.replace("\r", "").split("\n")
    width = max(map(len, (first, *inner, last)))
    shorter = sum(len(line) < width for line in (first, *inner))
    if shorter > max(1, cuts // _SHORTER_LINES):
        return text
    return "".join([first, *(line.ljust(width) for line in inner), last])


def _reference(match: re.Match[str]) -> str:
    """Write an ampersand as XML has to: HTML's references by number, a bare one escaped.

    A number of no character, such as half a surrogate pair, is left out: libxml2 would pass it on when it recovers, and
    break on the way to Python.
    """
    written = match[0]
    meant = html.unescape(written)
    return f"&amp;{written[1:]}" if meant == written else "".join(f"&#{ord(character)};" for character in meant)


def _strip_namespaces(root: etree._Element) -> None:
    """Rename every element to its local name; what has none in a damaged file keeps the name it has."""
    for element in root.iter("*"):
        with contextlib.suppress(ValueError):
            element.tag = _local_name(element.tag)


def _local_name(tag: str) -> str:
    """Return an element's name without its namespace, or without a prefix that nobody declared."""
    return tag.rpartition("}")[2].rpartition(":")[2]
