"""What does the driver alone take? Rows that our store wrote, put into the same empty schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from benchmarks.peer import check_durable

Rows = Sequence[tuple[Any, ...]]


@contextmanager
def connection(path: Path) -> Iterator[apsw.Connection]:
    """Under the settings that decide how long a commit takes."""
    db = apsw.Connection(str(path))
    try:
        db.execute("PRAGMA journal_mode = wal").fetchall()
        db.execute("PRAGMA synchronous = FULL")
        check_durable(db.cursor(), "the raw driver")
        yield db
    finally:
        db.close()


def rows_of(path: Path) -> Rows:
    """Every row of the log, ready to be written again."""
    with connection(path) as db:
        return db.execute("SELECT * FROM events ORDER BY position").fetchall()


@contextmanager
def empty_copy(written: Path, path: Path) -> Iterator[apsw.Connection]:
    """The tables, indexes and triggers of a log without its events."""
    query = (
        "SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "ORDER BY rowid"
    )
    with connection(written) as source, connection(path) as db, db:
        made = [(str(kind), str(sql)) for kind, sql in source.execute(query)]
        for kind in ("table", "index"):
            _run(db, [sql for made_kind, sql in made if made_kind == kind])
        db.execute("INSERT INTO event_counter (id, position) VALUES (1, 0)")
        _run(db, [sql for made_kind, sql in made if made_kind == "trigger"])
    with connection(path) as db:
        yield db


def _run(db: apsw.Connection, statements: list[str]) -> None:
    for statement in statements:
        db.execute(statement)


def insert(db: apsw.Connection, rows: Rows, a_commit: int) -> None:
    """So many rows a commit, the counter moved in each, as our store leaves it."""
    marks = ", ".join("?" * len(rows[0]))
    for start in range(0, len(rows), a_commit):
        part = rows[start : start + a_commit]
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT INTO events VALUES ({marks})", part)
        db.execute("UPDATE event_counter SET position = ? WHERE id = 1", (part[-1][0],))
        db.execute("COMMIT")
