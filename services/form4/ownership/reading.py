"""Read a tree once, in document order, into one record for the document and for each owner, line and signature.

Order, not nesting, decides what belongs together: in a damaged file a missing end tag shifts all nesting below it, but
never the order, so every other line survives. A line begins with its own start tag and ends where the next record does.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from services.form4.domain import DocumentFlag, FieldFootnote, Kind, Line, LineFlag, Table
from services.form4.ownership.elements import (
    CODING,
    DOCUMENT,
    FIELDS,
    ISSUER,
    LINE,
    OWNER,
    ROWS,
    SECTIONS,
    SIGNATURE,
    Field,
)
from services.form4.ownership.errors import DocumentTooLargeError
from services.form4.ownership.values import Notes, Reader

MAX_RECORDS = 2_000
"""Lines, owners, signatures and footnotes of a document; EDGAR allows 60, 10, 10 and 99."""

MAX_FOOTNOTE_ID = 100
"""Characters of a footnote's id, which becomes a key; EDGAR's are F1 to F99."""

MAX_UNKNOWN_NAMES = 50
"""Names of unknown elements that are told apart; the others are counted together."""

MAX_PLACE = 100
"""Characters that are kept of where an unknown element or a reference stands."""

MAX_UNKNOWN = 10_000
"""Unknown elements of a document; a new schema brings a handful to each line."""

_CODE = FIELDS[CODING].name
_KNOWN = {*FIELDS, *ROWS, *SECTIONS, "value", "footnote", "footnoteId", "reportingOwner", "ownerSignature"}
_STRAY = dict.fromkeys(field.name for field in FIELDS.values())
_BLANKS = [
    dict.fromkeys(field.name for field in FIELDS.values() if field.scope == scope and field.read)
    for scope in (DOCUMENT, ISSUER, OWNER, LINE, SIGNATURE)
]
_BLANKS[LINE] = dict.fromkeys(Line._fields) | {"price_is_average": False}  # with what classification adds


@dataclass(slots=True)
class Record(Notes):
    """Hold the values of one record, what is odd about them, and which of its fields refers to which footnote."""

    values: dict[str, Any]
    references: list[FieldFootnote]

    def put(self, name: str, read: Reader, text: str | None) -> None:
        """Read a text into a field that has none yet; a blank text is an absent one."""
        if not text or not (text := text.strip()):
            return
        if self.values[name] is None:
            self.values[name] = read(text, name, self)
        else:
            self.note(LineFlag.ELEMENT_REPEATED)

    def doubt(self, name: str, element: etree._Element) -> None:
        """Take a field's value back if other elements stand amid its text: 1<b/>000 is neither 1 nor 1000."""
        if _is_interrupted(element):
            self.values[name] = None
            pieces = [element.text, *(text for child in element for text in (child.text, child.tail))]
            self.refuse(LineFlag.VALUE_INTERRUPTED, name, "".join(piece for piece in pieces if piece).strip())

    def refer(self, name: str, footnote_id: str) -> None:
        """Keep that a field refers to a footnote."""
        if len(footnote_id) > MAX_FOOTNOTE_ID:
            footnote_id = footnote_id[:MAX_FOOTNOTE_ID]
            self.note(LineFlag.TEXT_CUT)
        self.references.append(FieldFootnote(name, footnote_id))


class Reading:
    """Sort the elements of one document into records."""

    __slots__ = (
        "current",
        "document",
        "footnotes",
        "issuer",
        "lines",
        "nowhere",
        "owners",
        "room",
        "signatures",
        "unknown",
    )

    def __init__(self) -> None:
        self.document = Record(_BLANKS[DOCUMENT].copy(), [])
        self.issuer = Record(_BLANKS[ISSUER].copy(), [])
        self.owners: list[Record] = []
        self.lines: dict[Table, list[Record]] = {Table.NON_DERIVATIVE: [], Table.DERIVATIVE: []}
        self.signatures: list[Record] = []
        self.footnotes: dict[str, str] = {}
        self.unknown: dict[str, int] = {}
        self.room = MAX_RECORDS
        stray = Record(_STRAY.copy(), [])
        self.nowhere = [self.document, self.issuer, stray, stray, stray]
        self.current = self.nowhere.copy()

    def begin(self, element: etree._Element, tag: str) -> tuple[str, Reader | None]:
        """Begin the record that an element stands for, or count the element as unknown.

        Return the name and reader of the field in which what follows stands; there is one after a stray value alone.
        """
        if tag == "value":
            return self._add_value(element)
        if tag in ROWS:
            table, kind = ROWS[tag]
            self._enter_line(table, kind or _kind_of(element))
        elif tag == "footnote":
            self._add_footnote(element)
        elif tag == "reportingOwner":
            self.owners.append(self._enter(OWNER))
        elif tag == "ownerSignature":
            self.signatures.append(self._enter(SIGNATURE))
        elif tag in SECTIONS:
            self._leave()
        else:
            self._add_unknown(element, tag)
        return "", None

    def _add_value(self, element: etree._Element) -> tuple[str, Reader | None]:
        """Put a value that follows an unknown element, not the start of its field, into the field around it."""
        field = _field_around(element)
        if field is None or field.read is None:
            self._add_unknown(element, "value")
            return "", None
        record = self.current[field.scope]
        record.put(field.name, field.read, element.text)
        record.doubt(field.name, element)
        return field.name, field.read

    def _leave(self) -> None:
        """Let what follows belong to the document or the issuer alone, until a record begins."""
        self.current[:] = self.nowhere

    def _enter(self, scope: int) -> Record:
        """Return a new record to which the elements of its scope belong from here on."""
        self._take_room()
        self._leave()
        record = self.current[scope] = Record(_BLANKS[scope].copy(), [])
        return record

    def _enter_line(self, table: Table, kind: Kind) -> None:
        """Begin a line at the end of its table."""
        record = self._enter(LINE)
        record.values["table"] = table
        record.values["kind"] = kind
        self.lines[table].append(record)

    def _add_footnote(self, element: etree._Element) -> None:
        """Keep a footnote's text under its id."""
        self._take_room()
        footnote_id = element.get("id", "").strip()
        if len(footnote_id) > MAX_FOOTNOTE_ID:
            footnote_id = footnote_id[:MAX_FOOTNOTE_ID]
            self.document.note(DocumentFlag.TEXT_CUT)
        if _is_interrupted(element):
            self.document.note(DocumentFlag.VALUE_INTERRUPTED)
        if footnote_id in self.footnotes:
            self.document.note(DocumentFlag.FOOTNOTE_REPEATED)
        else:
            self.footnotes[footnote_id] = (element.text or "").strip()

    def _take_room(self) -> None:
        """Count a record.

        Raises: DocumentTooLargeError.
        """
        self.room -= 1
        if self.room < 0:
            raise DocumentTooLargeError(f"the document has more than {MAX_RECORDS:,} lines, owners and footnotes")

    def _add_unknown(self, element: etree._Element, tag: str) -> None:
        """Count an element that the parser does not know; in place of a record, it takes its content with it.

        Raises: DocumentTooLargeError.
        """
        parent = element.getparent()
        if parent is not None and parent.tag in SECTIONS:
            self._leave()
        elif (field := _field_around(element)) and field.read and field.wrapped:
            self.current[LINE].note(LineFlag.UNKNOWN_ELEMENTS)
        place = f"{parent.tag if parent is not None else ''}/{tag}"[:MAX_PLACE]
        if place not in self.unknown and len(self.unknown) >= MAX_UNKNOWN_NAMES:
            place = "others"
        self.unknown[place] = self.unknown.get(place, 0) + 1
        if sum(self.unknown.values()) > MAX_UNKNOWN:
            raise DocumentTooLargeError(f"the document has more than {MAX_UNKNOWN:,} elements that are unknown")


def _kind_of(row: etree._Element) -> Kind:
    """Tell whether a row that may be either is a transaction, which has a date or a code."""
    stated = (row.findtext("transactionDate/value"), row.findtext("transactionCoding/transactionCode"))
    return Kind.TRANSACTION if any(text and text.strip() for text in stated) else Kind.HOLDING


def _is_interrupted(element: etree._Element) -> bool:
    """Tell whether text follows a child or stands in an unknown one.

    A known one is a field of its own: where an end tag is missing, the fields that follow stand inside.
    """
    for child in element:
        if (child.tail or "").strip() or (child.tag not in _KNOWN and (child.text or "").strip()):
            return True
    return False


def _field_around(element: etree._Element) -> Field | None:
    """Return the field or group that an element stands in."""
    parent = element.getparent()
    return None if parent is None else FIELDS.get(parent.tag)


def _name_around(element: etree._Element) -> str:
    """Return the name of the field or group that an element stands in, else of the element itself."""
    parent = element.getparent()
    field = _field_around(element)
    return field.name if field else "" if parent is None else parent.tag[:MAX_PLACE]


def read(root: etree._Element) -> Reading:
    """Read all elements under a root.

    Shape: one pass that looks each element up in a table; a search from above for each field would visit all of them
    again each time.
    Raises: DocumentTooLargeError.
    """
    reading = Reading()
    current, find = reading.current, FIELDS.get
    name, reader = "", None
    for element in root.iter("*"):
        tag = element.tag
        if tag == "value" and reader is not None:
            current[LINE].put(name, reader, element.text)
            if len(element):
                current[LINE].doubt(name, element)
        elif (field := find(tag)) is not None:
            scope, name, reader, wrapped = field
            if reader is not None:
                if text := element.text:
                    current[scope].put(name, reader, text)
                if not wrapped:
                    if len(element):
                        current[scope].doubt(name, element)
                    name, reader = _CODE, None  # only in transactionCoding do footnotes follow such a field
        elif tag == "footnoteId":
            current[LINE].refer(name or _name_around(element), element.get("id", "").strip())
        else:
            name, reader = reading.begin(element, tag)
    return reading
