"""Tables beside the log, written through a connection of SQLAlchemy that others share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from events.database.engine import translated_errors
from events.errors import IntegerTooLarge
from events.table_writer import CONFLICT, Rows, TableWriter


class ConnectionTableWriter(TableWriter):
    """The transaction that is open on a connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.mark = "%s" if connection.dialect.name == "postgresql" else "?"

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        result = self.connection.exec_driver_sql(self._text(query), tuple(parameters))
        return [tuple(row) for row in result]

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self.connection.exec_driver_sql(self._text(statement), tuple(parameters))

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self.connection.exec_driver_sql(self._text(statement), [tuple(row) for row in rows])

    def insert_many(self, table: str, rows: Rows) -> None:
        if self.connection.dialect.name != "postgresql" or not rows:
            self.insert(table, rows)
            return
        columns = tuple(rows[0])
        self.insert_pages(table, columns, [[[row[name] for name in columns] for row in rows]])

    def insert_pages(
        self, table: str, columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]
    ) -> None:
        """Inserts rows page by page as they come, in flat memory.

        PostgreSQL takes all of them in one statement: each statement on the log updates its
        counter, and each later row of the transaction goes through all versions that this leaves.
        """
        names = ", ".join(f'"{name}"' for name in columns)
        if self.connection.dialect.name != "postgresql":
            marks = ", ".join("?" * len(columns))
            for page in pages:
                self.execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(page))
            return
        db: Any = self.connection.connection.driver_connection
        with (
            translated_errors(self.connection),
            db.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in chain.from_iterable(pages):
                copy.write_row(row)

    def insert_indexed(self, table: str, rows: Rows) -> None:
        if self.connection.dialect.name == "postgresql":
            self.insert_many(table, rows)
        else:
            super().insert_indexed(table, rows)

    def savepoint(self) -> AbstractContextManager[object]:
        return self.connection.begin_nested()

    def refusal(self, error: Exception) -> str | None:
        if isinstance(error, IntegrityError):
            return CONFLICT
        if self.connection.dialect.name == "postgresql" and not isinstance(error, StatementError):
            from events.postgres.table_writer import refusal_of

            return refusal_of(error)
        if isinstance(error, IntegerTooLarge):
            return error.message
        if isinstance(error, OperationalError) or not isinstance(error, StatementError):
            return None
        return str(error.orig or error).splitlines()[0]

    def _text(self, statement: str) -> str:
        return statement.replace("?", self.mark)
