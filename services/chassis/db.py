"""Talk to PostgreSQL: sessions that are one transaction, reads that need none, statements compiled once."""

import select as polling
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, Self, TypeVar

import psycopg
from psycopg.errors import FeatureNotSupported
from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.exc import DisconnectionError, MultipleResultsFound
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import SelectBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CONNECT_SECONDS = 3
WAIT_SECONDS = 2.0  # for a free connection; a server has as many as threads, so only a leak waits
RECYCLE_SECONDS = 1800
# A machine that vanishes closes no connection: Linux would wait for it a quarter of an hour, and statement_timeout is
# the server's own. One that is there answers these probes, however long a statement takes.
PROBES = {"keepalives_idle": 5, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 8_000}
SPELLING = {"datestyle": "ISO", "timezone": "UTC", "extra_float_digits": "1"}
"""How PostgreSQL writes dates, moments and doubles as text, whatever the database or the role is set to."""

RowT = TypeVar("RowT", bound=tuple[Any, ...])


class Limits(Protocol):
    """The part of the settings that concerns the database."""

    @property
    def database_url(self) -> str:
        """Where it is."""

    @property
    def connections(self) -> int:
        """How many connections each kind of session may have."""

    @property
    def statement_timeout_ms(self) -> int:
        """After how long a statement is cancelled."""

    @property
    def lock_timeout_ms(self) -> int:
        """After how long waiting for a lock is given up."""


def new_metadata() -> MetaData:
    """Return the metadata for a service's models: constraints have names, so that a migration can drop them."""
    return MetaData(naming_convention=NAMING)


class Sessions:
    """Open sessions.

    Shape: reads and writes have an engine each. Writes use the URL's driver. Reads use psycopg 3, because it speaks
    binary and prepares (`Prepared`); they are autocommit, which saves two round trips, and PostgreSQL itself refuses
    them a write.
    """

    def __init__(self, settings: Limits, name: str = "sectracker") -> None:
        url = make_url(settings.database_url)
        self.engines = [
            engine(url, settings, name),
            engine(url.set(drivername="postgresql+psycopg"), settings, name, is_read=True),
        ]
        self.writes_on: Engine | Connection = self.engines[0]
        self.reads_on: Engine | Connection = self.engines[1]

    @classmethod
    def over(cls, connection: Connection) -> Self:
        """Return sessions that all work inside one connection's transaction, each in a savepoint: for tests."""
        sessions = cls.__new__(cls)
        sessions.engines = []
        sessions.writes_on = sessions.reads_on = connection
        return sessions

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        """Open a session that is one transaction: committed at the end, rolled back by an error."""
        with Session(self.writes_on, join_transaction_mode="create_savepoint") as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; each statement sees what is committed when it starts."""
        with Session(self.reads_on, join_transaction_mode="create_savepoint", autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Close all connections that are not in use."""
        for one in self.engines:
            one.dispose()


def engine(url: URL, settings: Limits, name: str, *, is_read: bool = False) -> Engine:
    """Return an engine whose connections give up by themselves and are replaced when PostgreSQL went away."""
    limits = {
        "statement_timeout": settings.statement_timeout_ms,
        "lock_timeout": settings.lock_timeout_ms,
        "idle_in_transaction_session_timeout": 4 * settings.statement_timeout_ms,
        "default_transaction_read_only": "on" if is_read else "off",
        **SPELLING,
    }
    made = create_engine(
        url,
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_recycle=RECYCLE_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text goes to the log
        connect_args={
            "application_name": name,
            "connect_timeout": CONNECT_SECONDS,
            **PROBES,
            "options": " ".join(f"-c {key}={value}" for key, value in limits.items()),
        },
        **({"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True} if is_read else {}),
    )
    event.listen(made, "checkout", refuse_dead)
    return made


def refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Have a connection replaced that PostgreSQL has closed: an idle one has nothing to say except good-bye.

    Asking the socket takes 2 µs; SQLAlchemy's pre-ping is a round trip for every session.

    Raises: DisconnectionError, which the pool handles.
    """
    if connection.closed:
        raise DisconnectionError
    poll = polling.poll()
    poll.register(connection.fileno(), polling.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


class Compiler(PGCompiler_psycopg):
    """Write what a statement says itself into its text, so that only what a call says is a parameter.

    Twenty constants as parameters cost 35 µs a call: psycopg looks at each of them every time.
    """

    def visit_bindparam(self, bindparam: Any, *places: Any, **options: Any) -> Any:
        """Return the text of a constant or of a parameter."""
        options["literal_binds"] = options.get("literal_binds", False) or not bindparam.required
        return super().visit_bindparam(bindparam, *places, **options)  # type: ignore[no-untyped-call]


# Parameters by number, as PostgreSQL itself has them: by name, psycopg takes a long statement apart at every call.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
DIALECT.statement_compiler = Compiler


class Prepared(Generic[RowT]):
    """A statement compiled once, at import, and run on the session's own psycopg connection: prepared, in binary.

    Building and compiling a select per request was measured at 650 to 850 µs, running it at 200.

    Shape: the row type's fields are the statement's columns, in order; values come as psycopg reads them. A list is one
    parameter: `column == any_(bindparam("names"))`; `in_` with a parameter is refused, because its text depends on it.
    Raises: ValueError for a statement that cannot be compiled once.
    """

    def __init__(self, statement: SelectBase, row: type[RowT]) -> None:
        fields = getattr(row, "_fields", ())
        columns = tuple(statement.selected_columns.keys())
        if columns != fields:
            raise ValueError(f"{row.__name__} has the fields {fields}, its statement the columns {columns}.")
        compiled = statement.compile(dialect=DIALECT)
        if compiled.post_compile_params:
            raise ValueError("in_(bindparam(...)) cannot be compiled once; use == any_(bindparam(...)).")
        self.text = str(compiled)
        self.parameters = tuple(compiled.positiontup or ())
        self._make = row._make  # type: ignore[attr-defined] # a NamedTuple, as its _fields have shown

    def rows(self, session: Session, **parameters: object) -> list[RowT]:
        """Return all rows.

        Raises: TypeError when the session does not speak psycopg 3.
        """
        driver = session.connection().connection.driver_connection
        if not isinstance(driver, psycopg.Connection):
            raise TypeError("A prepared statement needs a postgresql+psycopg connection.")
        try:
            return self._run(driver, parameters)
        except FeatureNotSupported:  # "cached plan must not change result type": a migration went over the table
            if not driver.autocommit:
                raise
            session.invalidate()
            return self._run(session.connection().connection.driver_connection, parameters)

    def one_or_none(self, session: Session, **parameters: object) -> RowT | None:
        """Return the only row, or None when there is none.

        Raises: MultipleResultsFound.
        """
        rows = self.rows(session, **parameters)
        if len(rows) > 1:
            raise MultipleResultsFound
        return rows[0] if rows else None

    def _run(self, driver: Any, parameters: dict[str, object]) -> list[RowT]:
        """Run the statement on a connection that is free."""
        values = [parameters[name] for name in self.parameters]
        with psycopg.RawCursor(driver, row_factory=lambda _cursor: self._make) as cursor:
            cursor.execute(self.text, values, prepare=True, binary=True)
            rows: list[RowT] = cursor.fetchall()
            return rows
