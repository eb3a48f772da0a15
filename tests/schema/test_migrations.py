"""The tables of each service are what its models say, and its migrations go both ways."""

from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine

from services.chassis import migrate
from tests.conftest import MIGRATED, Database
from tests.support.database import Cluster

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conname NOT LIKE 'alembic%'
"""
INDEXES = """
SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'alembic_version'
"""
TRIGGERS = """
SELECT tgname, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
 WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
"""
COMMENTS = """
SELECT relname, attname, description
  FROM pg_description JOIN pg_class c ON c.oid = objoid AND classoid = 'pg_class'::regclass
       LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
 WHERE relnamespace = current_schema()::regnamespace
"""
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"

UNINDEXED_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname
  FROM pg_constraint key
 WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
   AND NOT EXISTS (
       SELECT FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL
          AND (indkey::int2[])[0:cardinality(conkey) - 1] OPERATOR(pg_catalog.@>) conkey)
"""
"""PostgreSQL looks for the rows of a foreign key by its columns whenever the other side goes."""


@dataclass(frozen=True, slots=True)
class Home:
    """One service's part of a database of the test's own."""

    service: str
    database: Database

    @property
    def package(self) -> str:
        """Return the service's package."""
        return f"services.{self.service}"

    @property
    def url(self) -> str:
        """Return the address for the role that owns the tables."""
        return self.database.url(f"{self.service}_migrate")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask as the role that owns the tables, whose search path is the service's schema."""
        with psycopg.connect(self.database.url(f"{self.service}_migrate", driver="")) as connection:
            return sorted(connection.execute(query).fetchall(), key=repr)

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """Describe all that a migration can make."""
        parts = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, COMMENTS, FUNCTIONS)
        return {part: self.rows(part) for part in parts}


@pytest.fixture(params=MIGRATED)
def home(request: pytest.FixtureRequest, database: Database) -> Home:
    """Return each service's part of a migrated database in turn."""
    return Home(request.param, database)


def test_models_are_the_tables(home: Home) -> None:
    """Alembic finds nothing to do between the models and a database at head: no column, index or constraint."""
    with create_engine(home.url, poolclass=NullPool).connect() as connection:
        assert migrate.differences(home.package, connection) == []


def test_one_step_back_and_forth_changes_nothing(home: Home) -> None:
    """The newest migration can be taken back and applied again, and everything is as before."""
    before = home.everything()
    migrate.downgrade(home.package, home.url, "-1")
    assert home.everything() != before
    migrate.upgrade(home.package, home.url)
    assert home.everything() == before


def test_all_the_way_back_leaves_nothing(home: Home) -> None:
    """Taking back every migration leaves no table, function or trigger; applying them again makes all of them."""
    before = home.everything()
    migrate.downgrade(home.package, home.url, "base")
    assert not any(home.everything().values()), "something was left behind"
    migrate.upgrade(home.package, home.url)
    assert home.everything() == before


def test_upgrading_twice_changes_nothing(home: Home) -> None:
    """A second run of the migrator has nothing to do."""
    before = home.everything()
    migrate.upgrade(home.package, home.url)
    assert home.everything() == before


def test_foreign_keys_are_indexed(home: Home) -> None:
    """Deleting a row finds what depends on it by an index: replacing one filing must not read every line there is."""
    assert home.rows(UNINDEXED_FOREIGN_KEYS) == []


def test_steps_of_one_service_leave_the_others_alone(database: Database) -> None:
    """Each service has its own version table in its own schema."""
    filings, *others = (Home(service, database) for service in MIGRATED)
    before = [other.everything() for other in others]
    migrate.downgrade(filings.package, filings.url, "base")
    assert [other.everything() for other in others] == before


def test_an_empty_database_becomes_the_template(cluster: Cluster, database: Database) -> None:
    """Migrating a database that has schemas and no tables gives what the copies have."""
    with cluster.copy() as name:
        for service in MIGRATED:
            empty = Home(service, Database(cluster, name))
            migrate.upgrade(empty.package, empty.url)
            assert empty.everything() == Home(service, database).everything()
