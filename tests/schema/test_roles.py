"""What deploy/roles.sql grants, and what it does not."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from deploy.local.roles import make_roles
from tests.support.database import Cluster

SERVICES = ("filings", "form4", "auth", "watchlist")


@pytest.fixture(scope="module", autouse=True)
def tables(cluster: Cluster) -> Iterator[None]:
    """Have each service's migrating role make a table, and drop it afterwards."""
    for service in SERVICES:
        run(cluster, f"{service}_migrate", "CREATE TABLE secret (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    yield
    for service in SERVICES:
        run(cluster, f"{service}_migrate", "DROP TABLE secret")


def run(cluster: Cluster, role: str, statement: str, **names: str) -> list[tuple[object, ...]]:
    """Run a statement as a role and return its rows."""
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    with psycopg.connect(cluster.url(role, driver=""), autocommit=True) as connection:
        done = connection.execute(sql.SQL(statement).format(**identifiers))
        return done.fetchall() if done.description else []


@pytest.mark.parametrize("service", SERVICES)
def test_serving_role_works_with_rows(cluster: Cluster, service: str) -> None:
    """The serving role reads and writes rows of tables that the migrating role made, without naming the schema."""
    role = f"{service}_serve"
    run(cluster, role, "INSERT INTO secret (name) VALUES ('a')")
    run(cluster, role, "UPDATE secret SET name = 'b'")
    assert run(cluster, role, "SELECT name FROM secret") == [("b",)]
    run(cluster, role, "DELETE FROM secret")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id int)",
        "DROP TABLE secret",
        "ALTER TABLE secret ADD COLUMN more int",
        "TRUNCATE secret",
        "CREATE TABLE public.more (id int)",
        "CREATE TEMPORARY TABLE more (id int)",
        "CREATE SCHEMA more",
        "CREATE ROLE more",
        "CREATE DATABASE more",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_serving_role_changes_no_table(cluster: Cluster, service: str, statement: str) -> None:
    """The serving role changes rows and nothing else."""
    with pytest.raises(InsufficientPrivilege):
        run(cluster, f"{service}_serve", statement)


@pytest.mark.parametrize("owner", SERVICES)
@pytest.mark.parametrize("other", SERVICES)
@pytest.mark.parametrize("does", ["serve", "migrate"])
def test_no_service_reads_another(cluster: Cluster, owner: str, other: str, does: str) -> None:
    """Neither role of a service can read another service's tables."""
    if owner == other:
        return
    with pytest.raises(InsufficientPrivilege):
        run(cluster, f"{other}_{does}", "SELECT * FROM {owner}.secret", owner=owner)


@pytest.mark.parametrize("role", ["filings_serve", "filings_migrate", "form4_serve"])
def test_names_can_be_compared_by_trigram(cluster: Cluster, role: str) -> None:
    """The functions of pg_trgm are found by everybody, in a schema where nobody can put anything."""
    assert run(cluster, role, "SELECT 'apple' % 'aple'") == [(True,)]
    with pytest.raises(InsufficientPrivilege):
        run(cluster, role, "CREATE TABLE extensions.more (id int)")


def test_running_it_again_changes_passwords_only(cluster: Cluster) -> None:
    """A second run keeps tables and grants, and sets the passwords that it is given."""
    make_roles(cluster.programs, cluster.port, {**cluster.secret, "auth_serve": "another one"})
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            run(cluster, "auth_serve", "SELECT 1")
        assert run(cluster, "form4_serve", "SELECT count(*) FROM secret") == [(0,)]
    finally:
        make_roles(cluster.programs, cluster.port, cluster.secret)
