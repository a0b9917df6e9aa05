"""The driver of SQLite, as SQLAlchemy and the store use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import apsw
import pytest

from events.sqlite.dbapi import Connection

SCHEMA = (
    "PRAGMA foreign_keys = ON",
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, n INTEGER)",
    "CREATE TABLE child (parent INTEGER REFERENCES parent (id) ON UPDATE CASCADE)",
    "CREATE TABLE trace (n INTEGER)",
    "CREATE TRIGGER traced AFTER UPDATE ON parent BEGIN INSERT INTO trace VALUES (new.n); END",
    "INSERT INTO parent VALUES (1, 0), (2, 0), (3, 0)",
    "INSERT INTO child VALUES (1), (1), (2)",
)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with closing(Connection(apsw.Connection(":memory:"))) as database:
        for statement in SCHEMA:
            database.cursor().execute(statement)
        yield database


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("UPDATE parent SET n = 1", 3),
        ("UPDATE parent SET id = id + 10 WHERE id < 3", 2),
        ("UPDATE parent SET n = 1 WHERE id = 9", 0),
        ("DELETE FROM trace", 0),
        ("CREATE TABLE other (id INTEGER)", 0),
        ("SELECT 1", -1),
    ],
)
def test_the_count_of_rows_is_that_of_the_statement(
    connection: Connection, statement: str, rows: int
) -> None:
    """Not of what triggers and foreign keys change with it, nor of a statement before."""
    assert rows == connection.cursor().execute(statement).rowcount
