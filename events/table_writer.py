"""Writes the tables of other packages in one transaction, through the driver of a store.

Spares a command that records the import of SQLAlchemy. In statements `?` stands for a parameter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from operator import itemgetter
from typing import Any

from events.batches import batches

ROWS_PER_STATEMENT = 250
"""SQLite takes at most 32,766 parameters."""
Rows = Sequence[Mapping[str, object]]


class TableWriter(ABC):
    """One transaction that holds the write lock of all tables beside the log."""

    @abstractmethod
    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Runs a query and returns its rows."""

    @abstractmethod
    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Runs a statement."""

    @abstractmethod
    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs a statement once a row."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[object]:
        """Takes back what was written inside when an exception leaves it."""

    @abstractmethod
    def refusal(self, error: Exception) -> str | None:
        """Why the database takes no such row; None for an error of another sort.

        `CONFLICT` where it is the id of another row.
        """

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Takes back what was written inside, whatever becomes of it."""
        with suppress(_TakenBack), self.savepoint():
            yield
            raise _TakenBack

    def insert(self, table: str, rows: Rows) -> None:
        """Inserts rows of one table, which have the same columns, by one statement."""
        if not rows:
            return
        columns = tuple(rows[0])
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        pick = itemgetter(*columns)
        values = [pick(row) for row in rows] if len(columns) > 1 else [(pick(r),) for r in rows]
        self.execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)

    def insert_many(self, table: str, rows: Rows) -> None:
        """Inserts many rows, as fast as the engine takes them; a refusal may have other words."""
        self.insert(table, rows)

    def insert_indexed(self, table: str, rows: Rows) -> None:
        """Inserts many rows of a table that has an index of words.

        FTS5 writes itself out at the end of each statement, which takes ten times as long as to
        take in a row, so a statement has many rows.
        """
        for some in batches(rows, ROWS_PER_STATEMENT):
            columns = tuple(some[0])
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join([f"({', '.join('?' * len(columns))})"] * len(some))
            values = [row[name] for row in some for name in columns]
            self.execute(f"INSERT INTO {table} ({names}) VALUES {marks}", values)


class _TakenBack(Exception):
    """Ends a savepoint of which nothing is to stay."""


CONFLICT = "an id in it is that of another agreement"
