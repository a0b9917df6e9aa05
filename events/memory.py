"""The event store in memory: for tests of those who build on it, under the same contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Condition
from typing import Any

from events.encoding.prepared import (
    Prepared,
    build_rows,
    check_same,
    check_versions,
    first_of_each,
    prepare,
)
from events.encoding.rows import Row, event_of_row
from events.envelope import AppendResult, Items, RecordedEvent, StoredText
from events.instants import Clock, format_instant
from events.merkle.frontier import Frontier
from events.store import EventStore


class MemoryEventStore(EventStore):
    """A list of rows; gone with the process. Threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: list[Row] = []
        self._by_id: dict[str, Row] = {}
        self._texts: dict[int, dict[str, tuple[bytes, str]]] = {}
        self._appended = Condition()

    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        prepared = prepare(items)
        with self._appended:
            fresh = self._fresh(prepared)
            if fresh:
                check_versions(expected_versions or {}, self.stream_version)
                self._write(fresh)
                self._appended.notify_all()
            answer = [self._recorded(self._by_id[item.event.id]) for item in prepared]
        return AppendResult(tuple(answer), len(fresh))

    def _fresh(self, prepared: list[Prepared]) -> list[Prepared]:
        fresh = first_of_each(item for item in prepared if item.event.id not in self._by_id)
        for item in prepared:
            if item.event.id in self._by_id:
                check_same(self._recorded(self._by_id[item.event.id]), item.stream, item.event)
        return fresh

    def _write(self, fresh: list[Prepared]) -> None:
        edge = Frontier(len(self._rows), self.node)
        last = {item.stream: self.stream_version(item.stream) for item in fresh}
        rows = build_rows(fresh, format_instant(self._clock()), last, edge)
        for row, item in zip(map(Row._make, rows), fresh, strict=True):
            self._rows.append(row)
            self._by_id[row.id] = row
            self._texts[row.position] = {name: (salt, text) for name, salt, text in item.texts}

    def _recorded(self, row: Row) -> RecordedEvent:
        texts = self._texts[row.position]
        return event_of_row(row, ((name, text) for name, (_, text) in texts.items()))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._appended:
            yield

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        rows = [row for row in self._rows if row.stream == stream and row.version > after]
        return map(self._recorded, rows)

    def read_streams(self, prefix: str) -> Iterator[RecordedEvent]:
        rows = [row for row in self._rows if row.stream.startswith(prefix)]
        return map(self._recorded, sorted(rows, key=lambda row: (row.stream, row.version)))

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        end = None if limit is None else after + limit
        return map(self._recorded, self._rows[after:end])

    def rows(self, after: int = 0) -> Iterator[Row]:
        return iter(self._rows[after:])

    def texts(self, after: int = 0) -> Iterator[StoredText]:
        for position in sorted(self._texts):
            for name, (salt, text) in sorted(self._texts[position].items()):
                if position > after:
                    yield position, name, salt, text

    def head(self) -> int:
        return len(self._rows)

    def stream_version(self, stream: str) -> int:
        return sum(row.stream == stream for row in self._rows)

    def find(self, event_id: str) -> RecordedEvent | None:
        row = self._by_id.get(event_id)
        return self._recorded(row) if row else None

    def find_prefix(self, prefix: str) -> Iterator[RecordedEvent]:
        ids = sorted(each for each in self._by_id if each.startswith(prefix))
        return (self._recorded(self._by_id[each]) for each in ids)

    def streams_after(self, position: int) -> list[str]:
        return list(dict.fromkeys(row.stream for row in self._rows[position:]))

    def wait(self, after: int, timeout: float) -> int:
        with self._appended:
            self._appended.wait_for(lambda: len(self._rows) > after, timeout)
            return len(self._rows)

    def redact(self, event_id: str) -> tuple[str, ...]:
        row = self._by_id.get(event_id)
        erased = self._texts[row.position] if row else {}
        names = tuple(sorted(erased))
        erased.clear()
        return names

    def _hashes(self, position: int) -> tuple[bytes, bytes] | None:
        row = self._rows[position - 1] if 0 < position <= len(self._rows) else None
        return (row.leaf, row.subtrees) if row else None

    def read_table(self, *_asked: Any) -> list[tuple[Any, ...]]:
        return []

    def close(self) -> None:
        return None
