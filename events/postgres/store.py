"""The event store on PostgreSQL: the server gives out positions and hashes, in one statement."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from threading import RLock
from typing import Any, NoReturn

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.pq import TransactionStatus

from events.address import without_password
from events.batches import batches
from events.encoding.prepared import (
    Prepared,
    check_same,
    check_versions,
    first_of_each,
    prepare,
    recorded_event,
)
from events.encoding.rows import COLUMNS
from events.envelope import AppendResult, Items, RecordedEvent, ReplicaLag
from events.errors import NotDurable
from events.instants import Clock, format_instant
from events.locks import AdvisoryLock
from events.postgres import connections
from events.postgres import schema as postgres_schema
from events.postgres.replica import replica_lag
from events.sql_store import SqlEventStore
from events.table_writer import TableWriter

EVENTS_PER_STATEMENT = 10_000
POLL_SECONDS = 1.0
FIELDS = "stream, version, id, type, source, recorded_at, data"
INSERT_ONE = (
    f"INSERT INTO events ({FIELDS}) VALUES (%s, %s, %s, %s, %s, %s, %b) RETURNING position, version"
)
INSERT_MANY = (
    f"INSERT INTO events ({FIELDS}) SELECT {FIELDS} FROM unnest(%s::text[], %s::bigint[], "
    "%s::text[], %s::text[], %s::text[], %s::text[], %b::bytea[]) WITH ORDINALITY "
    f"AS given ({FIELDS}, ordinal) ORDER BY ordinal RETURNING position, version"
)
INSERT_TEXT = "INSERT INTO event_texts (position, field, salt, text) VALUES (%s, %s, %s, %s)"

Place = tuple[int, int]
"""Position and version, as the server gave them out."""


class PostgresEventStore(SqlEventStore):
    """One database. Any number of readers; appends take turns until they are committed."""

    def __init__(self, url: str, *, create: bool, clock: Clock, read_only: bool = False) -> None:
        self.url = url
        self._read_only = read_only
        self._clock = clock
        self._connection: connections.Connection | None = None
        self._listener: connections.Connection | None = None
        self._lock = RLock()
        try:
            with self._translated():
                postgres_schema.ensure(self._db, without_password(url), create=create)
        except BaseException:
            self.close()
            raise

    @property
    def _db(self) -> connections.Connection:
        """The connection, opened anew after the server has gone away."""
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> connections.Connection:
        return connections.connect(self.url, read_only=self._read_only)

    def _statement(self) -> AbstractContextManager[object]:
        """Around one statement that stands alone: its limits, where a session has none."""
        return self._db.transaction() if self._db.is_pooled else nullcontext()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of the driver as errors of ours."""
        try:
            yield
        except psycopg.Error as error:
            self._refuse(error)

    def _refuse(self, error: psycopg.Error) -> NoReturn:
        if error.sqlstate == postgres_schema.NOT_DURABLE:
            words = error.diag.message_primary or str(error)
            hint = "ALTER SYSTEM RESET synchronous_commit, and set nothing else for this role"
            raise NotDurable(words, hint=hint) from error
        raise connections.translated(error, self.url) from error

    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        prepared, expected = prepare(items), expected_versions or {}
        with self._lock, self._translated():
            # A statement that fails ends a transaction that is open: there it is checked first.
            is_alone = self._db.info.transaction_status is TransactionStatus.IDLE
            if is_alone and _in_one_statement(prepared, expected):
                try:
                    with self._statement():
                        places = self._insert(prepared, expected, self._now())
                    return _result(prepared, places)
                except UniqueViolation:
                    pass
                except psycopg.Error as error:
                    if error.sqlstate != postgres_schema.WRONG_VERSION:
                        raise
            return self._append_rest(prepared, expected)

    def _now(self) -> str:
        return format_instant(self._clock())

    def _append_rest(
        self, prepared: Sequence[Prepared], expected: Mapping[str, int]
    ) -> AppendResult:
        """Append what is missing and return the rest, under the lock: a retry or a large batch."""
        with self._db.transaction():
            connections.take_lock(self._db, AdvisoryLock.APPENDING)
            known = self._known(prepared)
            fresh = first_of_each(item for item in prepared if item.event.id not in known)
            if fresh:
                check_versions(expected, self.stream_version)
            for part in batches(fresh, EVENTS_PER_STATEMENT):
                places = self._insert(part, {}, self._now())
                known |= {event.id: event for event in _result(part, places).events}
        return AppendResult(tuple(known[item.event.id] for item in prepared), len(fresh))

    def _insert(
        self, prepared: Sequence[Prepared], expected: Mapping[str, int], now: str
    ) -> list[tuple[Place, str]]:
        rows = list(_rows(prepared, expected, now))
        if len(rows) == 1:
            places = self._db.execute(INSERT_ONE, rows[0]).fetchall()
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            places = self._db.execute(INSERT_MANY, columns).fetchall()
        pairs = zip(places, prepared, strict=True)
        texts = [(place[0], *text) for place, item in pairs for text in item.texts]
        if texts:
            self._db.cursor().executemany(INSERT_TEXT, texts)
        return [(place, row[5]) for place, row in zip(places, rows, strict=True)]

    def _known(self, prepared: Sequence[Prepared]) -> dict[str, RecordedEvent]:
        """What is there already; an id with other content refuses the whole batch."""
        ids = [item.event.id for item in prepared]
        query = f"SELECT {COLUMNS} FROM events WHERE id = ANY(?)"
        known = {event.id: event for event in self._recorded(self._all(query, (ids,)))}
        for item in prepared:
            if item.event.id in known:
                check_same(known[item.event.id], item.stream, item.event)
        return known

    def wait(self, after: int, timeout: float) -> int:
        """Woken by NOTIFY; polls once a second behind it, should a notice be lost.

        Behind a pooler and on a standby, where no session can listen, it only polls.
        """
        ends = time.monotonic() + timeout
        can_listen = self._listen()
        while (head := self.head()) <= after and (left := ends - time.monotonic()) > 0:
            if can_listen:
                self._wait_for_notification(min(POLL_SECONDS, left))
            else:
                time.sleep(min(POLL_SECONDS, left))
        return head

    def _listen(self) -> bool:
        """Opens the connection that listens; returns whether there is one."""
        if self._db.is_pooled:
            return False
        if self._listener is None or self._listener.closed:
            with self._translated():
                self._listener = self._connect()
                try:
                    self._listener.execute(f"LISTEN {postgres_schema.CHANNEL}")
                except psycopg.errors.ReadOnlySqlTransaction:
                    self._listener.close()
                    return False
        return True

    def _wait_for_notification(self, seconds: float) -> None:
        try:
            if self._listener is not None:
                list(self._listener.notifies(timeout=seconds, stop_after=1))
        except psycopg.OperationalError:
            self._listener = None
            time.sleep(seconds)
            self._listen()

    def redact(self, event_id: str) -> tuple[str, ...]:
        query = (
            "DELETE FROM event_texts USING events WHERE event_texts.position = events.position "
            "AND events.id = ? RETURNING field"
        )
        return tuple(sorted(row[0] for row in self._all(query, (event_id,))))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with self._lock, self._translated():
            if self._db.info.transaction_status is not TransactionStatus.IDLE:
                yield
                return
            with self._db.transaction():
                self._db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock, self._translated(), self._db.transaction():
            connections.take_lock(self._db, AdvisoryLock.APPENDING)
            yield

    @contextmanager
    def write_tables(self) -> Iterator[TableWriter]:
        from events.postgres.table_writer import write_tables

        with self._lock, self._translated(), write_tables(self._db) as writer:
            yield writer

    def has_tables(self, *tables: str) -> bool:
        query = "SELECT count(to_regclass(name)) FROM unnest(?::text[]) AS name"
        return bool(self._one(query, (list(tables),)) == len(tables))

    def _all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._translated(), self._statement():
            cursor = self._db.cursor(binary=True)
            return cursor.execute(query.replace("?", "%s"), parameters).fetchall()

    def server_time(self) -> datetime:
        at: datetime = self._one("SELECT clock_timestamp()")
        return at.astimezone(UTC)

    def guard_faults(self) -> list[str]:
        with self._translated(), self._statement():
            return postgres_schema.guard_faults(self._db)

    def replica_lag(self) -> ReplicaLag | None:
        with self._translated(), self._statement():
            return replica_lag(self._db)

    def close(self) -> None:
        for connection in (self._connection, self._listener):
            if connection is not None:
                connection.close()


def _in_one_statement(prepared: Sequence[Prepared], expected: Mapping[str, int]) -> bool:
    """Whether one INSERT can do and check it all."""
    streams = {item.stream for item in prepared}
    return (
        0 < len(prepared) <= EVENTS_PER_STATEMENT
        and expected.keys() <= streams
        and not any(item.texts for item in prepared)
        and (len(prepared) == 1 or len({item.event.id for item in prepared}) == len(prepared))
    )


def _rows(
    prepared: Sequence[Prepared], expected: Mapping[str, int], now: str
) -> Iterator[tuple[Any, ...]]:
    """What the server takes: a version only where one is expected, which it then checks."""
    last = dict(expected)
    for item in prepared:
        stream, event = item.stream, item.event
        if stream in last:
            last[stream] += 1
        at = format_instant(event.recorded_at) if event.recorded_at else now
        yield stream, last.get(stream), event.id, event.type, event.source, at, item.data


def _result(prepared: Sequence[Prepared], placed: list[tuple[Place, str]]) -> AppendResult:
    def events() -> tuple[RecordedEvent, ...]:
        pairs = zip(placed, prepared, strict=True)
        return tuple(
            recorded_event((position, item.stream, version), at, item)
            for ((position, version), at), item in pairs
        )

    return AppendResult(events, len(placed))
