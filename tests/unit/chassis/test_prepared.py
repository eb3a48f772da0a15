"""Prepared: a statement is compiled once, or it is refused at import."""

from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, any_, bindparam, select

from services.chassis.db import Prepared, new_metadata

THINGS = Table("things", MetaData(), Column("id", Integer), Column("name", Text))


class Thing(NamedTuple):
    """A row."""

    id: int
    name: str


def test_only_what_a_call_says_is_a_parameter() -> None:
    """What is named becomes a parameter, constants stand in the text, and lists are one parameter."""
    statement = select(THINGS).where(THINGS.c.id > 5, THINGS.c.name == any_(bindparam("names"))).limit(bindparam("n"))
    prepared = Prepared(statement, Thing)
    assert prepared.parameters == ("names", "n")
    assert "things.id > 5" in prepared.text
    assert prepared.text.count("$") == 2


def test_constants_are_quoted() -> None:
    """Text that stands in the statement ends nowhere early, and means nothing to psycopg."""
    prepared = Prepared(select(THINGS).where(THINGS.c.name.in_(["O'Neil", "100%(n)s"])), Thing)
    assert "IN ('O''Neil', '100%(n)s')" in prepared.text


def test_a_row_has_the_names_of_its_columns() -> None:
    """A row type with other fields than the statement's columns is a mistake that shows at import."""
    with pytest.raises(ValueError, match="Thing has the fields"):
        Prepared(select(THINGS.c.name, THINGS.c.id), Thing)


def test_in_is_refused() -> None:
    """A parameter whose text depends on its length cannot be prepared."""
    with pytest.raises(ValueError, match="any_"):
        Prepared(select(THINGS).where(THINGS.c.id.in_(bindparam("ids"))), Thing)


def test_other_drivers_are_refused() -> None:
    """A session that does not speak psycopg 3 is told so."""
    session: Any = SimpleNamespace(
        connection=lambda: SimpleNamespace(connection=SimpleNamespace(driver_connection=object()))
    )
    with pytest.raises(TypeError):
        Prepared(select(THINGS), Thing).rows(session)


def test_constraints_have_names() -> None:
    """A migration can name what it drops."""
    table = Table("things", new_metadata(), Column("id", Integer, primary_key=True), Column("name", Text, unique=True))
    assert {str(constraint.name) for constraint in table.constraints} == {"pk_things", "uq_things_name"}
