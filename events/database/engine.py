"""The same database for projections and mail: a SQLAlchemy engine under the store's settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from events.address import check_postgres_driver, is_postgres, sqlite_path
from events.errors import EventStoreError
from events.locks import AdvisoryLock

BEGIN = "pactwatch_begin"
ADDRESS = "pactwatch_address"
BUSY_WAIT_SECONDS = 0.1
"""Between two tries to get the write lock."""


class _Idle(threading.local):
    """The connections that a thread has to spare; None outside a block."""

    connections: list[ConnectionPoolEntry] | None = None


class ReusingPool(NullPool):
    """Opens and closes a connection for each transaction, but for threads in `reusing`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._idle = _Idle()

    @contextmanager
    def reusing(self) -> Iterator[None]:
        """Keeps what this thread gives back for its next transaction; closes all at the end."""
        if self._idle.connections is not None:
            yield
            return
        self._idle.connections = []
        try:
            yield
        finally:
            idle, self._idle.connections = self._idle.connections, None
            for connection in idle:
                connection.close()

    def _do_get(self) -> ConnectionPoolEntry:
        return self._idle.connections.pop() if self._idle.connections else super()._do_get()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self._idle.connections is None:
            super()._do_return_conn(record)
        else:
            self._idle.connections.append(record)


def open_engine(url: str, *, read_only: bool = False, unfinished: bool = False) -> Engine:
    """An engine on the database of `url`; each connection sets and reads back its settings.

    With `read_only` the database refuses every write, whatever is asked of it. An `unfinished` file
    of SQLite has no journal: it goes unless the one transaction that fills it is committed.
    """
    if is_postgres(url):
        check_postgres_driver()
        return _postgres(url, read_only=read_only)
    return _sqlite(sqlite_path(url), read_only=read_only, unfinished=unfinished)


def _sqlite(path: str, *, read_only: bool, unfinished: bool) -> Engine:
    from events.sqlite import dbapi as apsw_dbapi
    from events.sqlite import pragmas

    def connect() -> apsw_dbapi.Connection:
        db = pragmas.connect(path, read_only=read_only, unfinished=unfinished)
        return apsw_dbapi.Connection(db)

    engine = create_engine("sqlite://", module=apsw_dbapi, creator=connect, poolclass=ReusingPool)
    engine.dialect.dbapi_exception_translation_map = apsw_dbapi.TRANSLATION

    @event.listens_for(engine, "handle_error")
    def _translate(context: ExceptionContext) -> None:
        if pragmas.is_translatable(context.original_exception):
            raise pragmas.translated(context.original_exception, path) from None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get(BEGIN, "BEGIN"))

    return engine


def _postgres(url: str, *, read_only: bool) -> Engine:
    # Through `creator`, since SQLAlchemy's own form of an address knows one host only.
    def connect() -> Any:
        from events.postgres import connections

        return connections.connect(url, read_only=read_only, autocommit=False, keeps_plans=False)

    options = {ADDRESS: url}
    # A server may have ended a connection since its last transaction, so it is tried first.
    engine = create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=ReusingPool, pool_pre_ping=True,
        execution_options=options,
    )  # fmt: skip

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        db: Any = connection.connection.driver_connection
        if db.limits:
            connection.exec_driver_sql(db.limits)

    @event.listens_for(engine, "handle_error")
    def _translate(context: ExceptionContext) -> None:
        from events.postgres import connections

        error: Any = context.original_exception
        if context.is_pre_ping:
            return  # another connection takes its place
        if connections.is_translatable(error):
            raise connections.translated(error, url) from error

    return engine


@contextmanager
def translated_errors(connection: Connection) -> Iterator[None]:
    """Words what is asked of the driver of PostgreSQL past the engine, as the engine does."""
    from events.postgres import connections

    try:
        yield
    except Exception as error:
        if connections.is_translatable(error):
            address = connection.get_execution_options()[ADDRESS]
            raise connections.translated(error, address) from error  # type: ignore[arg-type]
        raise


@contextmanager
def reused_connections(engine: Engine) -> Iterator[None]:
    """Transactions of this thread follow each other on one connection, which is closed at the end.

    A connection costs more than most transactions do: SQLite reads the whole schema for it, and
    PostgreSQL starts a process. None outlives the block, since whoever holds a file open keeps
    its WAL from being written back.
    """
    pool = engine.pool
    assert isinstance(pool, ReusingPool)
    with pool.reusing():
        yield


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Opens a transaction that holds the write lock from its start; rolled back on an error."""
    with engine.connect() as connection, _locked_transaction(connection):
        yield connection


@contextmanager
def write_lock(connection: Connection) -> Iterator[None]:
    """Holds the write lock in a connection that has filled temporary tables, and commits.

    On PostgreSQL the transaction goes on: behind a pooler the next one may run in another session,
    without these tables. On SQLite another begins, since one that has read may be too old to write.
    """
    if connection.dialect.name == "postgresql":
        _wait_for_projecting(connection)
        yield
        connection.commit()
        return
    connection.commit()
    with _locked_transaction(connection):
        yield


@contextmanager
def _locked_transaction(connection: Connection) -> Iterator[None]:
    connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
    with connection.begin():
        if connection.dialect.name == "postgresql":
            _wait_for_projecting(connection)
        yield


def _wait_for_projecting(connection: Connection) -> None:
    """Waits for the lock of turns and projections, which goes with the transaction."""
    lock = f"pg_advisory_xact_lock({AdvisoryLock.PROJECTING.value})"
    query = f"SELECT current_setting('transaction_read_only'), {lock}"
    if connection.exec_driver_sql(query).scalar_one() == "on":
        raise _read_only_refusal(connection)


def _read_only_refusal(connection: Connection) -> EventStoreError:
    from events.postgres.connections import read_only_refusal

    return read_only_refusal(connection.get_execution_options()[ADDRESS])


@contextmanager
def write_transaction_unless_busy(engine: Engine, seconds: float) -> Iterator[Connection | None]:
    """A write transaction; None when another process has the write lock for `seconds`.

    SQLite waits as ever: there nobody can write beside whoever has it.
    """
    if engine.dialect.name != "postgresql":
        with write_transaction(engine) as connection:
            yield connection
        return
    ends = time.monotonic() + seconds
    attempt = f"SELECT pg_try_advisory_xact_lock({AdvisoryLock.PROJECTING.value})"
    while True:
        with engine.connect() as connection, connection.begin():
            if connection.exec_driver_sql(attempt).scalar_one():
                yield connection
                return
        if time.monotonic() >= ends:
            yield None
            return
        time.sleep(BUSY_WAIT_SECONDS)


@contextmanager
def snapshot_transaction(engine: Engine) -> Iterator[Connection]:
    """Opens a transaction on one view of the database, which holds only the rows it takes.

    ChangedMeanwhile where another one has changed such a row since.
    """
    options = {BEGIN: "BEGIN IMMEDIATE"}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection


@contextmanager
def row_lock_transaction(engine: Engine) -> Iterator[Connection]:
    """Opens a transaction that locks only the rows it takes: others change theirs beside it.

    SQLite has one writer whatever is asked, so there it is the write lock from the start.
    """
    options = {BEGIN: "BEGIN IMMEDIATE"}
    with engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection


@contextmanager
def read_snapshot(engine: Engine, *, scratch: bool = False) -> Iterator[Connection]:
    """Opens one consistent view of the database, with `scratch` beside temporary tables.

    A standby has no temporary tables: there `scratch` raises StoreUnavailable.
    """
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ"}
        if not scratch:
            options["postgresql_readonly"] = True
    with engine.execution_options(**options).connect() as connection, connection.begin():
        if scratch and engine.dialect.name == "sqlite":
            # Temporary tables are refused by it, too; a file opened for reading stays as it is.
            connection.exec_driver_sql("PRAGMA query_only = 0")
        elif scratch and connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
            raise _read_only_refusal(connection)
        yield connection
