"""SQLite for SQLAlchemy through apsw: the DB-API names that its SQLite dialect asks for.

The store itself speaks to apsw. Two SQLite libraries in one process must not open the same file
(closing it in one drops the locks of the other), so projections and mail go through apsw as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import apsw

from events.errors import IntegerTooLarge

apilevel = "2.0"
paramstyle = "qmark"
threadsafety = 1
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))
Binary = bytes

Error = DatabaseError = apsw.Error
InterfaceError = apsw.MisuseError
DataError = apsw.MismatchError
OperationalError = apsw.SQLError
IntegrityError = apsw.ConstraintError
InternalError = apsw.InternalError
ProgrammingError = apsw.BindingsError
NotSupportedError = apsw.NoFTS5Error

TRANSLATION = {
    "ConstraintError": "IntegrityError",
    "BusyError": "OperationalError",
    "SQLError": "OperationalError",
    "ReadOnlyError": "OperationalError",
    "FullError": "OperationalError",
    "IOError": "OperationalError",
    "BindingsError": "ProgrammingError",
}
"""apsw's names in the DB-API's words, for the errors that SQLAlchemy raises."""


class Connection:
    """A DB-API connection that begins nothing by itself: SQLAlchemy's `begin` event does."""

    isolation_level: str | None = None

    def __init__(self, connection: apsw.Connection) -> None:
        self.driver = connection

    def cursor(self) -> Cursor:
        return Cursor(self.driver)

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        return self.cursor().execute(statement, parameters)

    def commit(self) -> None:
        if self.driver.in_transaction:
            self.driver.execute("COMMIT")

    def rollback(self) -> None:
        if self.driver.in_transaction:
            self.driver.execute("ROLLBACK")

    def create_function(
        self, name: str, count: int, function: Callable[..., Any], *, deterministic: bool = False
    ) -> None:
        self.driver.create_scalar_function(name, function, count, deterministic=deterministic)

    def close(self) -> None:
        self.driver.close()


class Cursor:
    """A DB-API cursor; `description` is kept for a query without rows, where apsw drops it."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor: apsw.Cursor | None = None
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        cursor = self._fresh()
        cursor.exec_trace = self._describe
        before = self._connection.total_changes()
        try:
            cursor.execute(statement, parameters)
        except OverflowError as error:
            raise IntegerTooLarge() from error
        self._count(before)
        # The total has rows that triggers and foreign keys change as well.
        self.rowcount = self._connection.changes() if self.rowcount > 0 else self.rowcount
        return self

    def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        before = self._connection.total_changes()
        self._fresh().executemany(statement, parameters)
        self._count(before)
        return self

    def _fresh(self) -> apsw.Cursor:
        self.description = None
        self._cursor = self._connection.cursor()
        return self._cursor

    def _describe(self, cursor: apsw.Cursor, _statement: str, _parameters: Any) -> bool:
        self.description = cursor.description or None
        return True

    def _count(self, before: int) -> None:
        if self.description is None:
            self.rowcount = self._connection.total_changes() - before
            self.lastrowid = self._connection.last_insert_rowid()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._cursor or ())

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self), None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        rows = zip(range(size or self.arraysize), self, strict=False)
        return [row for _, row in rows]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self)

    def close(self) -> None:
        if self._cursor is not None:
            self._cursor.close(True)
            self._cursor = None
