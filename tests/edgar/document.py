"""Write an ownership document from the facts of a filing."""

from lxml import etree

from tests.edgar.facts import Facts, Row, split_cell
from tests.edgar.layout import HEAD, ISSUER, LINE, OWNER_ID, OWNER_ROLES, ROWS, Column
from tests.edgar.sentences import say, say_remark


def write_document(facts: Facts) -> bytes:
    """Return the XML that the SEC would disseminate for these facts, except for its sentences and addresses.

    Source: element names and their order are those of the SEC's schemas for Forms 3, 4 and 5.
    """
    root = etree.Element("ownershipDocument")
    _texts(root, HEAD, facts.head)
    _texts(etree.SubElement(root, "issuer"), ISSUER, facts.issuer)
    for owner in facts.owners:
        _owner(root, owner)
    _texts(root, ("aff10b5One",), (facts.box,))
    for table in ("nonDerivativeTable", "derivativeTable"):
        _table(root, table, [row for row in facts.rows if ROWS[row.kind][0] == table])
    _footnotes(root, facts.notes)
    _texts(root, ("remarks",), (say_remark(facts.remark),))
    for number, day in enumerate(facts.signed.split(",")):
        owner = facts.owners[min(number, len(facts.owners) - 1)]
        _texts(etree.SubElement(root, "ownerSignature"), ("signatureName", "signatureDate"), (f"/s/ {owner[1]}", day))
    etree.indent(root, space="    ")
    return b'<?xml version="1.0"?>\n' + etree.tostring(root) + b"\n"


def _texts(parent: etree._Element, names: tuple[str, ...], values: tuple[str, ...]) -> None:
    """Add an element for each value that is there."""
    for name, value in zip(names, values, strict=True):
        if value:
            etree.SubElement(parent, name).text = value


def _owner(root: etree._Element, owner: tuple[str, ...]) -> None:
    """Add a reporting owner; an address is optional in the schema, and none is kept here."""
    element = etree.SubElement(root, "reportingOwner")
    _texts(etree.SubElement(element, "reportingOwnerId"), OWNER_ID, owner[: len(OWNER_ID)])
    _texts(etree.SubElement(element, "reportingOwnerRelationship"), OWNER_ROLES, owner[len(OWNER_ID) :])


def _table(root: etree._Element, name: str, rows: list[Row]) -> None:
    """Add one of the two tables, if it has a row."""
    if not rows:
        return
    table = etree.SubElement(root, name)
    for row in rows:
        element = etree.SubElement(table, ROWS[row.kind][1])
        for column, cell in zip(LINE, row.cells, strict=True):
            if cell:
                _fill(element, column, cell)


def _fill(row: etree._Element, column: Column, cell: str) -> None:
    """Put one cell at its place in the row."""
    element = row
    for tag in column.path.split("/"):
        inner = element.find(tag)
        element = etree.SubElement(element, tag) if inner is None else inner
    value, notes = split_cell(cell)
    if column.plain:
        element.text = value
        return
    if value:
        etree.SubElement(element, "value").text = value
    for note in notes:
        etree.SubElement(element, "footnoteId", id=note)


def _footnotes(root: etree._Element, notes: list[tuple[str, str]]) -> None:
    """Add the footnotes in our own words."""
    if not notes:
        return
    group = etree.SubElement(root, "footnotes")
    for name, kinds in notes:
        etree.SubElement(group, "footnote", id=name).text = say(kinds)
