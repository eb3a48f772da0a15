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


def test_text_and_constants_are_there_at_import() -> None:
    """Named parameters stay, literals become constants, and lists are one parameter."""
    statement = select(THINGS).where(THINGS.c.id > 5, THINGS.c.name == any_(bindparam("names"))).limit(bindparam("n"))
    prepared = Prepared(statement, Thing)
    assert "%(names)s" in prepared.text
    assert "%(n)s" in prepared.text
    assert 5 in prepared.constants.values()


def test_a_row_has_the_names_of_its_columns() -> None:
    """A row type with other fields than the statement's columns is a mistake that shows at import."""
    with pytest.raises(ValueError, match="Thing has the fields"):
        Prepared(select(THINGS.c.name, THINGS.c.id), Thing)


def test_in_is_refused() -> None:
    """A list whose text depends on its length cannot be prepared."""
    with pytest.raises(ValueError, match="any_"):
        Prepared(select(THINGS).where(THINGS.c.id.in_([1, 2])), Thing)


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
