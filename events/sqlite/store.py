"""The event store on SQLite: WAL, synchronous FULL, one writer at a time, dense positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from threading import RLock
from typing import Any

import apsw

from events.encoding.prepared import (
    Prepared,
    RowValues,
    build_rows,
    check_same,
    check_versions,
    first_of_each,
    prepare,
    recorded_events,
)
from events.encoding.rows import COLUMNS
from events.envelope import AppendResult, Items, RecordedEvent
from events.errors import IntegerTooLarge, StoreNotFound, WrongExpectedVersion
from events.instants import Clock, format_instant
from events.merkle.frontier import Frontier
from events.sql_store import SqlEventStore
from events.sqlite import pragmas, wal
from events.sqlite import schema as sqlite_schema
from events.table_writer import TableWriter

POLL_SECONDS = 0.05
WAL_GROW_AFTER_COMMITS = 20
"""Commits after which a writer is taken for one that goes on, and the log grown for it."""
STREAMS_REMEMBERED = 10_000
"""Streams whose version is kept between appends."""
INSERT = f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_TEXT = "INSERT INTO event_texts (position, field, salt, text) VALUES (?, ?, ?, ?)"
COUNT = "UPDATE event_counter SET position = ? WHERE id = 1"


class SqliteEventStore(SqlEventStore):
    """One file. Any number of readers; writers take turns."""

    def __init__(self, path: str, *, create: bool, clock: Clock, read_only: bool = False) -> None:
        self.path = path
        self._clock = clock
        self._edge = Frontier(-1, self.node)
        self._versions: dict[str, int] = {}
        self._commits = 0
        self._lock = RLock()
        exists = Path(path).exists() and Path(path).stat().st_size > 0
        if not exists and not create:
            hint = f"pactwatch --db {quote(path)} db init"
            raise StoreNotFound(f"no database at {path}", hint=hint)
        self._db = pragmas.connect(path, read_only=read_only)
        try:
            sqlite_schema.ensure(self._db, path, create=create)
        except apsw.Error as error:
            self._db.close()
            raise pragmas.translated(error, path) from error
        except BaseException:
            self._db.close()
            raise

    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        prepared, expected = prepare(items), expected_versions or {}
        try:
            try:
                return self._append_new(prepared, expected)
            except (apsw.ConstraintError, WrongExpectedVersion):
                return self._append_rest(prepared, expected)
        except apsw.Error as error:
            raise pragmas.translated(error, self.path) from error

    def _append_new(self, prepared: list[Prepared], expected: Mapping[str, int]) -> AppendResult:
        """Append events that are all new, the common case; the database itself checks that."""
        rows: list[RowValues] = []

        def write() -> None:
            check_versions(expected, self._remembered_version)
            rows.extend(self._write(prepared))

        self._in_transaction(write)
        return AppendResult(lambda: recorded_events(rows, prepared), len(rows))

    def _append_rest(self, prepared: list[Prepared], expected: Mapping[str, int]) -> AppendResult:
        """Append what is missing and return what is there: a retry."""
        known: dict[str, RecordedEvent] = {}
        fresh: list[Prepared] = []

        def write() -> None:
            known.update(self._known(prepared))
            fresh.extend(first_of_each(i for i in prepared if i.event.id not in known))
            if fresh:
                check_versions(expected, self._remembered_version)
            known.update({event.id: event for event in recorded_events(self._write(fresh), fresh)})

        self._in_transaction(write)
        return AppendResult(tuple(known[item.event.id] for item in prepared), len(fresh))

    def _in_transaction(self, work: Callable[[], None]) -> None:
        """Runs work in a transaction, or in a savepoint of the one that is open."""
        with self._lock:
            if not self._db.in_transaction:
                with self._transaction():
                    work()
                return
            try:
                with self._db:
                    work()
            except BaseException:
                self._edge = Frontier(self.head(), self.node)
                self._versions.clear()
                raise

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE: the write lock is taken before anything is read."""
        db = self._db
        if self._commits == WAL_GROW_AFTER_COMMITS:
            wal.grow(db, self.path)
        db.execute("BEGIN IMMEDIATE")
        try:
            head = self.head()
            if self._edge.size != head or len(self._versions) > STREAMS_REMEMBERED:
                # Another writer has appended since, or too many streams are remembered.
                self._edge = Frontier(head, self.node)
                self._versions.clear()
            yield
            db.execute("COMMIT")
            self._commits += 1
        except BaseException:
            self._edge = Frontier(-1, self.node)
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        try:
            with self._lock, self._transaction():
                yield
        except apsw.Error as error:
            raise pragmas.translated(error, self.path) from error

    def _known(self, prepared: list[Prepared]) -> dict[str, RecordedEvent]:
        """What is there already; an id with other content refuses the whole batch."""
        known: dict[str, RecordedEvent] = {}
        for item in prepared:
            event = self.find(item.event.id)
            if event is not None:
                check_same(event, item.stream, item.event)
                known[item.event.id] = event
        return known

    def _remembered_version(self, stream: str) -> int:
        """The last version of a stream, read once for all appends until another writer appends."""
        version = self._versions.get(stream)
        if version is None:
            version = self._versions[stream] = self.stream_version(stream)
        return version

    def _write(self, prepared: list[Prepared]) -> list[RowValues]:
        if not prepared:
            return []
        for item in prepared:
            self._remembered_version(item.stream)
        rows = build_rows(prepared, format_instant(self._clock()), self._versions, self._edge)
        self._db.executemany(INSERT, rows)
        pairs = zip(rows, prepared, strict=True)
        texts = [(row[0], *text) for row, item in pairs for text in item.texts]
        if texts:
            self._db.executemany(INSERT_TEXT, texts)
        self._db.execute(COUNT, (rows[-1][0],))
        return rows

    def guard_faults(self) -> list[str]:
        try:
            return sqlite_schema.guard_faults(self._db)
        except apsw.Error as error:
            raise pragmas.translated(error, self.path) from error

    def wait(self, after: int, timeout: float) -> int:
        ends = time.monotonic() + timeout
        while (head := self.head()) <= after and (left := ends - time.monotonic()) > 0:
            time.sleep(min(POLL_SECONDS, left))
        return head

    def redact(self, event_id: str) -> tuple[str, ...]:
        event = self.find(event_id)
        if event is None:
            return ()
        query = "DELETE FROM event_texts WHERE position = ? RETURNING field"
        self._db.pragma("secure_delete", 1)
        erased = [str(row[0]) for row in self._db.execute(query, (event.position,)).fetchall()]
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        return tuple(sorted(erased))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._all("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    @contextmanager
    def write_tables(self) -> Iterator[TableWriter]:
        from events.sqlite.table_writer import write_tables

        try:
            with self._lock, write_tables(self._db) as writer:
                yield writer
        except apsw.Error as error:
            raise pragmas.translated(error, self.path) from error

    def has_tables(self, *tables: str) -> bool:
        marks = ", ".join("?" * len(tables))
        query = f"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ({marks})"
        return bool(self._one(query, tables) == len(tables))

    def _all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, parameters).fetchall()
        except OverflowError as error:
            raise IntegerTooLarge() from error
        except apsw.Error as error:
            raise pragmas.translated(error, self.path) from error

    def close(self) -> None:
        self._db.close()
