"""What each role may do to the tables that the migrations made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, UndefinedTable

from services.chassis import migrate
from tests.conftest import MIGRATED, Database

CHANGES = (
    "ALTER TABLE {table} ADD COLUMN more int",
    "DROP TABLE {table}",
    "TRUNCATE {table}",
    "CREATE INDEX ON {table} ((1))",
    "CREATE TRIGGER more BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger()",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "SET session_replication_role = replica",
)

Run = Callable[..., None]


def tables_of(service: str) -> list[str]:
    """Return the names of a service's tables."""
    return sorted(migrate.metadata(f"services.{service}").tables)


@contextmanager
def connected(database: Database, role: str) -> Iterator[Run]:
    """Yield a function that runs statements as a role."""
    with psycopg.connect(database.url(role, driver=""), autocommit=True) as connection:

        def run(statement: str, **names: str) -> None:
            identifiers = {name: sql.Identifier(value) for name, value in names.items()}
            connection.execute(sql.SQL(statement).format(**identifiers))

        yield run


@pytest.mark.parametrize("service", MIGRATED)
def test_serving_role_reads_its_tables(shared_database: Database, service: str) -> None:
    """The serving role reads each table of its service without naming the schema."""
    tables = tables_of(service)
    assert tables
    with connected(shared_database, f"{service}_serve") as run:
        for table in tables:
            run("SELECT FROM {table}", table=table)


@pytest.mark.parametrize("role", ["serve", "migrate"])
@pytest.mark.parametrize(("service", "other"), list(permutations(MIGRATED, 2)))
def test_no_role_reads_tables_of_another_service(
    shared_database: Database, service: str, other: str, role: str
) -> None:
    """Neither role of a service reads a table of another one: nobody but auth sees a hash of a password."""
    with connected(shared_database, f"{service}_{role}") as run:
        for table in tables_of(other):
            with pytest.raises(InsufficientPrivilege):
                run("SELECT FROM {schema}.{table}", schema=other, table=table)
            with pytest.raises(UndefinedTable):
                run("SELECT FROM {table}", table=table)


@pytest.mark.parametrize(
    ("service", "table"),
    [("filings", "jobs"), ("form4", "transactions"), ("auth", "audit"), ("auth", "users"), ("watchlist", "items")],
)
def test_serving_role_changes_no_table(shared_database: Database, service: str, table: str) -> None:
    """The serving role cannot change a table, nor put its guards out of force."""
    with connected(shared_database, f"{service}_serve") as run:
        for statement in CHANGES:
            with pytest.raises(InsufficientPrivilege):
                run(statement, table=table)


@pytest.mark.parametrize("function", ["check_job_change", "check_new_job"])
def test_serving_role_cannot_replace_the_guards(shared_database: Database, function: str) -> None:
    """The functions behind the triggers of the jobs belong to the migrating role."""
    body = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    with connected(shared_database, "filings_serve") as run, pytest.raises(InsufficientPrivilege):
        run(f"CREATE OR REPLACE FUNCTION {{function}}() {body}", function=function)


def test_the_audit_trail_is_only_added_to(shared_database: Database) -> None:
    """Who has the serving role's password reads and adds to the audit trail, and neither changes nor shortens it."""
    with connected(shared_database, "auth_serve") as run:
        run("SELECT FROM {table}", table="audit")
        for statement in ("UPDATE {table} SET event = 'nothing'", "DELETE FROM {table}"):
            with pytest.raises(InsufficientPrivilege):
                run(statement, table="audit")


def test_the_audit_trail_is_shortened_by_its_function_alone(shared_database: Database) -> None:
    """It takes what is older than so many days, never fewer than 90; nobody but auth's roles may call or replace it."""
    days = (1, 89, 91, 401)
    with (
        psycopg.connect(shared_database.url("auth_serve", driver="")) as connection,
        connection.transaction() as all_of_it,
    ):

        def prune(days: int, most: int) -> tuple[list[int], int]:
            """Return how many rows went, and how old those are that stayed."""
            (gone,) = connection.execute("SELECT prune_audit(%s, %s)", [days, most]).fetchone() or (None,)
            ages = connection.execute("SELECT extract(day FROM now() - at)::int FROM audit ORDER BY at DESC")
            return [row[0] for row in ages], gone

        for age in days:
            connection.execute(
                "INSERT INTO audit (at, event, address) VALUES (now() - make_interval(days => %s), 'logged_in', '')",
                [age],
            )
        assert prune(400, 10) == ([1, 89, 91], 1)
        assert prune(0, 10) == ([1, 89], 1)
        assert prune(-1, 10) == ([1, 89], 0)
        raise psycopg.Rollback(all_of_it)
    with connected(shared_database, "watchlist_serve") as run, pytest.raises(InsufficientPrivilege):
        run("SELECT {schema}.prune_audit(400, 10)", schema="auth")
    with connected(shared_database, "auth_serve") as run, pytest.raises(InsufficientPrivilege):
        run("CREATE OR REPLACE FUNCTION prune_audit(integer, integer) RETURNS bigint LANGUAGE sql AS 'SELECT 0'")
