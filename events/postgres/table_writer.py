"""Tables beside the log on PostgreSQL, written through psycopg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from events.locks import AdvisoryLock
from events.postgres.connections import take_lock
from events.table_writer import CONFLICT, TableWriter


class PostgresTableWriter(TableWriter):
    """A transaction of a connection that is open."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(_text(query), parameters).fetchall()

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self.connection.execute(_text(statement), parameters)

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self.connection.cursor().executemany(_text(statement), rows)

    def savepoint(self) -> AbstractContextManager[object]:
        return self.connection.transaction()

    def refusal(self, error: Exception) -> str | None:
        return refusal_of(error)


def refusal_of(error: Exception) -> str | None:
    """Why the server takes no such row, by an error of its driver."""
    if isinstance(error, psycopg.IntegrityError):
        return CONFLICT
    is_of_row = isinstance(error, psycopg.Error) and not isinstance(error, psycopg.OperationalError)
    return str(error).splitlines()[0] if is_of_row else None


def _text(statement: str) -> Any:
    return statement.replace("?", "%s")


@contextmanager
def write_tables(connection: psycopg.Connection) -> Iterator[TableWriter]:
    """Opens a transaction under the lock of projecting; rolled back on an error."""
    with connection.transaction():
        take_lock(connection, AdvisoryLock.PROJECTING)
        yield PostgresTableWriter(connection)
