"""Bring a service's schema to its models by Alembic, as the role that owns the schema.

Shape: a service holds `models.Base` and `migrations/versions/*.py`; all else is here. The role's search_path says which
schema it is, and Alembic's version table stands in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, create_engine, text

from services.chassis import config, logs
from services.chassis.config import MigrateSettings
from services.chassis.logs import get_logger

ENVIRONMENT = Path(__file__).parent / "migrations"
LOCK_TIMEOUT = "5s"  # a migration that waits for a lock makes all others wait behind it

log = get_logger(__name__)


def run(package: str, kind: type[MigrateSettings]) -> None:
    """Be the process that brings a service's schema up to date, as its settings say where."""
    settings = config.load(kind)
    logs.configure(settings)
    upgrade(package, settings.migrate_database_url)


def upgrade(package: str, url: str, to: str = "head") -> None:
    """Apply what is missing. A second migrator waits for the first, and then has nothing to do."""
    with locked(package, url) as connection:
        before = revision_of(connection)
        command.upgrade(configuration(package, connection), to)
        log.info("migrated", package=package, before=before, after=revision_of(connection))


def downgrade(package: str, url: str, to: str) -> None:
    """Take back revisions, down to one or by a number as "-1"."""
    with locked(package, url) as connection:
        command.downgrade(configuration(package, connection), to)


def revise(package: str, url: str, message: str) -> None:
    """Write a new revision from the difference between the models and a database at head."""
    with locked(package, url) as connection:
        made = configuration(package, connection)
        number = len(list(ScriptDirectory.from_config(made).walk_revisions())) + 1
        command.revision(made, message, autogenerate=True, rev_id=f"{number:04}")


def differences(package: str, connection: Connection) -> list[Any]:
    """Return what is not in the database as the models say; nothing, when it was migrated to them."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata(package)))


def metadata(package: str) -> MetaData:
    """Return the tables that a service's models declare."""
    declared: MetaData = import_module(f"{package}.models").Base.metadata
    return declared


def configuration(package: str, connection: Connection) -> Config:
    """Return Alembic's configuration, with the connection that it shall work on."""
    versions = Path(next(iter(import_module(package).__path__))) / "migrations" / "versions"
    made = Config()
    made.set_main_option("script_location", escaped(ENVIRONMENT))
    made.set_main_option("path_separator", "newline")  # the default splits a path that has a space
    made.set_main_option("version_locations", escaped(versions))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes.update(connection=connection, metadata=metadata(package))
    return made


def escaped(path: Path) -> str:
    """Return a path as configparser takes it."""
    return str(path).replace("%", "%%")


@contextmanager
def locked(package: str, url: str) -> Iterator[Connection]:
    """Connect as the only migrator of a service; the lock goes with the connection, however it ends."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": f"migrate {package}"})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        yield connection


def revision_of(connection: Connection) -> str | None:
    """Return the revision that the database is at, or None when it is empty."""
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # reading began a transaction, and Alembic wants to begin its own
    return revision
