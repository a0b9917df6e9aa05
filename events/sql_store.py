"""How the stores on SQL databases read the log: in pages, so memory stays flat."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from events.batches import batches
from events.encoding.rows import COLUMNS, ERASABLE_MARK, Row, event_of_row
from events.envelope import RecordedEvent, StoredText
from events.store import EventStore

PAGE = 1000


class SqlEventStore(EventStore):
    """The reading half of a store; `_all` runs a query with `?` for its parameters."""

    @abstractmethod
    def _all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]: ...

    def _one(self, query: str, parameters: tuple[Any, ...] = ()) -> Any:
        """The first column of the first row; None when there is no row."""
        rows = self._all(query, parameters)
        return rows[0][0] if rows else None

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        query = (
            f"SELECT {COLUMNS} FROM events WHERE stream = ? AND version > ? "
            f"ORDER BY version LIMIT {PAGE}"
        )
        page: Sequence[tuple[Any, ...]] = ()
        while len(page := self._all(query, (stream, after))) == PAGE:
            yield from self._recorded(page)
            after = page[-1][2]
        yield from self._recorded(page)

    def read_streams(self, prefix: str) -> Iterator[RecordedEvent]:
        # Names compare by bytes on both engines, so the index finds them as one range.
        query = (
            f"SELECT {COLUMNS} FROM events WHERE (stream, version) > (?, ?) AND stream < ? "
            f"ORDER BY stream, version LIMIT {PAGE}"
        )
        last, end = (prefix, 0), prefix + "\U0010ffff"
        while page := self._all(query, (*last, end)):
            yield from self._recorded(page)
            last = page[-1][1], page[-1][2]

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        for page in self._pages(after, limit):
            yield from self._recorded(page)

    def rows(self, after: int = 0) -> Iterator[Row]:
        for page in self._pages(after, None):
            yield from map(Row._make, page)

    def _pages(self, after: int, limit: int | None) -> Iterator[list[tuple[Any, ...]]]:
        query = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._all(query, (after, size))
            if not page:
                return
            yield page
            after = page[-1][0]
            left = None if left is None else left - len(page)

    def _recorded(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[RecordedEvent]:
        """The events of rows, with their erasable texts, which are read for many at a time."""
        texts = defaultdict[int, list[tuple[str, str]]](list)
        for positions in batches([row[0] for row in rows if ERASABLE_MARK in row[7]]):
            marks = ", ".join("?" * len(positions))
            query = f"SELECT position, field, text FROM event_texts WHERE position IN ({marks})"
            for position, name, text in self._all(query, tuple(positions)):
                texts[position].append((name, text))
        return (event_of_row(row, texts.get(row[0], ())) for row in rows)

    def texts(self, after: int = 0) -> Iterator[StoredText]:
        query = (
            "SELECT position, field, salt, text FROM event_texts "
            f"WHERE (position, field) > (?, ?) ORDER BY position, field LIMIT {PAGE}"
        )
        last: tuple[int, str] = (after + 1, "")
        while page := self._all(query, last):
            yield from ((row[0], row[1], row[2], row[3]) for row in page)
            last = page[-1][0], page[-1][1]

    def head(self) -> int:
        return int(self._one("SELECT position FROM event_counter WHERE id = 1"))

    def stream_version(self, stream: str) -> int:
        return self._one("SELECT max(version) FROM events WHERE stream = ?", (stream,)) or 0

    def find(self, event_id: str) -> RecordedEvent | None:
        rows = self._all(f"SELECT {COLUMNS} FROM events WHERE id = ?", (event_id,))
        return next(self._recorded(rows), None)

    def find_all(self, event_ids: Sequence[str]) -> dict[str, RecordedEvent]:
        events: dict[str, RecordedEvent] = {}
        for ids in batches(event_ids, PAGE):
            marks = ", ".join("?" * len(ids))
            rows = self._all(f"SELECT {COLUMNS} FROM events WHERE id IN ({marks})", tuple(ids))
            events |= {event.id: event for event in self._recorded(rows)}
        return events

    def find_prefix(self, prefix: str) -> Iterator[RecordedEvent]:
        # Ids compare by bytes like the names of streams. The first one may be the prefix itself.
        query = f"SELECT {COLUMNS} FROM events WHERE id >= ? AND id < ? ORDER BY id LIMIT {PAGE}"
        first, end = prefix, prefix + "\U0010ffff"
        while page := self._all(query, (first, end)):
            yield from self._recorded(page)
            first = page[-1][3] + "\x01"

    def read_table(
        self, table: str, query: str, parameters: tuple[Any, ...] = ()
    ) -> list[tuple[Any, ...]]:
        return self._all(query, parameters) if self.has_tables(table) else []

    @abstractmethod
    def has_tables(self, *tables: str) -> bool: ...

    def streams_after(self, position: int) -> list[str]:
        query = (
            "SELECT stream FROM events WHERE position > ? GROUP BY stream ORDER BY min(position)"
        )
        return [row[0] for row in self._all(query, (position,))]

    def _hashes(self, position: int) -> tuple[bytes, bytes] | None:
        rows = self._all("SELECT leaf, subtrees FROM events WHERE position = ?", (position,))
        return (rows[0][0], rows[0][1]) if rows else None
