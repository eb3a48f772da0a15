"""The table of elements and the records that its fields go to agree."""

import dataclasses

from services.form4.domain import Issuer, Line, OwnershipDocument, Role, Signature
from services.form4.ownership.elements import DOCUMENT, FIELDS, ISSUER, LINE, OWNER, SIGNATURE


def names(scope: int) -> set[str]:
    """Return the fields of one kind of record that the table fills."""
    return {field.name for field in FIELDS.values() if field.scope == scope and field.read}


def test_every_field_has_its_place() -> None:
    """No element of the table is read for a field that its record does not have."""
    assert names(DOCUMENT) <= {field.name for field in dataclasses.fields(OwnershipDocument)}
    assert names(ISSUER) == {field.name for field in dataclasses.fields(Issuer)}
    assert names(LINE) <= set(Line._fields)
    assert names(SIGNATURE) | {"signed_on"} == {field.name for field in dataclasses.fields(Signature)}
    assert names(OWNER) == {"cik", "name", "title", "other_text", *Role}


def test_no_two_elements_fill_one_field() -> None:
    """Each field has one element in a schema, so that a repeated one is a slip of the filer and not of the table."""
    first_schema = {"transactionValue"}
    filled = [(field.scope, field.name) for tag, field in FIELDS.items() if field.read and tag not in first_schema]
    assert len(filled) == len(set(filled))
