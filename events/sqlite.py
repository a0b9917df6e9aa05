"""The event store on SQLite: WAL, synchronous FULL, one writer at a time, dense positions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from events import pragmas
from events.canonical import canonical_bytes
from events.envelope import AppendResult, NewEvent, RecordedEvent, in_utc
from events.erasure import join, split
from events.errors import StoreNotFound, WrongExpectedVersion
from events.identity import check_same, digest
from events.instants import format_instant, parse_instant
from events.store import Clock, EventStore, Items

PAGE = 1000
COLUMNS = "position, stream, version, id, type, source, recorded_at, data"
INSERT_TEXT = "INSERT INTO event_texts (position, field, salt, text) VALUES (?, ?, ?, ?)"
INSERT = f"INSERT INTO events ({COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
MARKER = b'{"pactwatch:erasable":'

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class SqliteEventStore(EventStore):
    """One file. Any number of readers; writers take turns."""

    def __init__(self, path: str, *, create: bool, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        exists = Path(path).exists() and Path(path).stat().st_size > 0
        if not exists and not create:
            raise StoreNotFound(f"no database at {path}", hint=f"pactwatch --db {path} db init")
        self._db = self._connect()
        if not self._has_schema():
            self._create_schema()

    def _connect(self) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise pragmas.translated(error, self.path) from error
        try:
            pragmas.apply(db, self.path)
        except BaseException:
            db.close()
            raise
        return db

    def _has_schema(self) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'events_dense'"
        return self._db.execute(query).fetchone() is not None

    def _create_schema(self) -> None:
        from events.append_only import TRIGGERS
        from events.tables import sqlite_schema

        with self._transaction() as db:
            for statement in (*sqlite_schema(), *TRIGGERS):
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO event_counter (id, position) VALUES (1, 0)")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """BEGIN IMMEDIATE: the write lock is taken before anything is read."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise pragmas.translated(error, self.path) from error

    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        encoded = [(stream, event, _prepared(event)) for stream, event in items]
        with self._transaction():
            known = self._known(items)
            if any(event.id not in known for _, event in items):
                self._check_versions(expected_versions or {})
            answer, fresh = self._write(encoded, known)
        return AppendResult(tuple(answer), fresh)

    def _known(self, items: Items) -> dict[str, RecordedEvent]:
        """What is there already; an id with other content refuses the whole batch."""
        known: dict[str, RecordedEvent] = {}
        for stream, event in items:
            recorded = self.find(event.id)
            if recorded is not None:
                check_same(recorded, stream, event)
                known[event.id] = recorded
        return known

    def _check_versions(self, expected: Mapping[str, int]) -> None:
        for stream, version in expected.items():
            actual = self.stream_version(stream)
            if actual != version:
                raise WrongExpectedVersion(stream, version, actual)

    def _write(
        self, encoded: list[tuple[str, NewEvent, _Prepared]], known: dict[str, RecordedEvent]
    ) -> tuple[list[RecordedEvent], int]:
        position, fresh = self.head(), 0
        versions: dict[str, int] = {}
        answer = []
        for stream, event, prepared in encoded:
            recorded = known.get(event.id)
            if recorded is None:
                position, fresh = position + 1, fresh + 1
                recorded = self._insert(position, stream, versions, event, prepared)
                known[event.id] = recorded
            else:
                check_same(recorded, stream, event)
            answer.append(recorded)
        return answer, fresh

    def _insert(
        self,
        position: int,
        stream: str,
        versions: dict[str, int],
        event: NewEvent,
        prepared: _Prepared,
    ) -> RecordedEvent:
        data, texts = prepared
        version = versions.get(stream) or self.stream_version(stream)
        versions[stream] = version = version + 1
        at = in_utc(event.recorded_at or self._clock())
        seal = digest(position, stream, version, event, at, data)
        self._db.execute("UPDATE event_counter SET position = ? WHERE id = 1", (position,))
        row = (position, stream, version, event.id, event.type, event.source, format_instant(at))
        self._db.execute(INSERT, (*row, data, seal))
        for name, salt, text in texts:
            self._db.execute(INSERT_TEXT, (position, name, salt, text))
        held = _decode(canonical_bytes(event.data))
        return RecordedEvent(
            position, stream, version, event.id, event.type, event.source, at, held
        )

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        query = (
            f"SELECT {COLUMNS} FROM events WHERE stream = ? AND version > ? "
            f"ORDER BY version LIMIT {PAGE}"
        )
        while page := self._db.execute(query, (stream, after)).fetchall():
            yield from map(self._recorded, page)
            after = page[-1][2]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        query = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._db.execute(query, (after, size)).fetchall()
            if not page:
                return
            yield from map(self._recorded, page)
            after = page[-1][0]
            left = None if left is None else left - len(page)

    def _recorded(self, row: tuple[Any, ...]) -> RecordedEvent:
        data = _decode(row[7])
        if MARKER in row[7]:
            query = "SELECT field, text FROM event_texts WHERE position = ?"
            data = join(data, self._db.execute(query, (row[0],)))
        position, stream, version, event_id, type_, source, at = row[:7]
        recorded_at = parse_instant(at)
        return RecordedEvent(position, stream, version, event_id, type_, source, recorded_at, data)

    def head(self) -> int:
        query = "SELECT position FROM event_counter WHERE id = 1"
        return int(self._db.execute(query).fetchone()[0])

    def stream_version(self, stream: str) -> int:
        query = "SELECT max(version) FROM events WHERE stream = ?"
        return self._db.execute(query, (stream,)).fetchone()[0] or 0

    def find(self, event_id: str) -> RecordedEvent | None:
        query = f"SELECT {COLUMNS} FROM events WHERE id = ?"
        row = self._db.execute(query, (event_id,)).fetchone()
        return self._recorded(row) if row else None

    def streams_after(self, position: int) -> list[str]:
        query = (
            "SELECT stream FROM events WHERE position > ? GROUP BY stream ORDER BY min(position)"
        )
        return [row[0] for row in self._db.execute(query, (position,))]

    def close(self) -> None:
        self._db.close()


_Prepared = tuple[bytes, list[tuple[str, bytes, str]]]


def _prepared(event: NewEvent) -> _Prepared:
    """Canonical bytes made before the lock is taken."""
    data, texts = split(event.data, event.erasable)
    return canonical_bytes(data), texts
