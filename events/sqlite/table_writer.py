"""Tables beside the log on SQLite, written through apsw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import apsw

from events.table_writer import CONFLICT, TableWriter

OPERATIONAL = (apsw.BusyError, apsw.SQLError, apsw.ReadOnlyError, apsw.FullError, apsw.IOError)
"""Errors of the database, and not of what it was given."""


class SqliteTableWriter(TableWriter):
    """A transaction of a connection that is open."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, _bound(parameters)).fetchall()

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self.connection.execute(statement, _bound(parameters))

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self.connection.executemany(statement, [_bound(row) for row in rows])

    def savepoint(self) -> AbstractContextManager[object]:
        return self.connection

    def refusal(self, error: Exception) -> str | None:
        if isinstance(error, apsw.ConstraintError):
            return CONFLICT
        if isinstance(error, OverflowError):
            return str(error)
        is_of_row = isinstance(error, apsw.Error) and not isinstance(error, OPERATIONAL)
        return str(error) if is_of_row else None


def _bound(parameters: Sequence[object]) -> tuple[Any, ...]:
    return tuple(parameters)


@contextmanager
def write_tables(connection: apsw.Connection) -> Iterator[TableWriter]:
    """Opens a transaction that holds the write lock from its start; rolled back on an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield SqliteTableWriter(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
