"""The event store as every reader and writer sees it, whatever engine is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any

from events.address import check_postgres_driver, is_postgres, sqlite_path
from events.encoding.rows import Row
from events.envelope import (
    AppendResult,
    Items,
    NewEvent,
    RecordedEvent,
    ReplicaLag,
    StoredText,
)
from events.errors import LogDamaged
from events.instants import Clock, utc_now
from events.merkle.frontier import stored_node

if TYPE_CHECKING:
    from events.table_writer import TableWriter

ENGINES = {
    "memory": "events.memory:MemoryEventStore",
    "postgresql": "events.postgres.store:PostgresEventStore",
    "sqlite": "events.sqlite.store:SqliteEventStore",
}
"""The store of each engine. Named, not imported: a command loads the one driver that it needs."""


def _store_class(engine: str) -> Callable[..., EventStore]:
    module, _, name = ENGINES[engine].partition(":")
    if engine == "postgresql":
        check_postgres_driver()
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


class EventStore(ABC):
    """An append-only log of streams. Positions are dense and start at 1, versions likewise."""

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = True,
        clock: Clock | None = None,
        read_only: bool = False,
    ) -> EventStore:
        """Open `sqlite:///file`, a file name, `postgresql://…`, or `memory://`.

        With `create=False` a database that is not there raises StoreNotFound. `clock` dates the
        events that come without `recorded_at`. `read_only` makes the database itself refuse every
        write through this store; it creates nothing.
        """
        clock = clock or utc_now
        if url in ("memory://", "sqlite://"):
            return _store_class("memory")(clock)
        engine, place = ("postgresql", url) if is_postgres(url) else ("sqlite", sqlite_path(url))
        return _store_class(engine)(
            place, create=create and not read_only, clock=clock, read_only=read_only
        )

    def append(
        self, stream: str, new_events: Sequence[NewEvent], expected_version: int | None = None
    ) -> AppendResult:
        """Append to one stream, all or nothing.

        `expected_version` is the version last read (0: the stream must be new; None: any). Events
        already there with the same content are answered as the first time; WrongExpectedVersion
        and EventIdConflict leave no trace.
        """
        versions = {} if expected_version is None else {stream: expected_version}
        return self.append_batch([(stream, event) for event in new_events], versions)

    @abstractmethod
    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        """Append to several streams in one transaction, positions in the order given."""

    @abstractmethod
    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        """The events of a stream with a version above `after`, in order."""

    @abstractmethod
    def read_streams(self, prefix: str) -> Iterator[RecordedEvent]:
        """The events of every stream whose name begins with a text, stream by stream."""

    @abstractmethod
    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        """Every event with a position above `after`, in order, in flat memory."""

    @abstractmethod
    def head(self) -> int:
        """The last position; 0 when the log is empty."""

    def server_time(self) -> datetime | None:
        """The time of the database's own server; None where no server has a clock of its own."""
        return None

    def guard_faults(self) -> list[str]:
        """What of that which keeps the database from changing the log is missing or altered."""
        return []

    def replica_lag(self) -> ReplicaLag | None:
        """How far this standby is behind its primary; None for what is no standby."""
        return None

    @abstractmethod
    def stream_version(self, stream: str) -> int:
        """The last version of a stream; 0 when it does not exist."""

    @abstractmethod
    def find(self, event_id: str) -> RecordedEvent | None:
        """The event with this id."""

    def find_all(self, event_ids: Sequence[str]) -> dict[str, RecordedEvent]:
        """The events of some ids, by id; what is not on record is left out."""
        events = ((event_id, self.find(event_id)) for event_id in event_ids)
        return {event_id: event for event_id, event in events if event is not None}

    @abstractmethod
    def find_prefix(self, prefix: str) -> Iterator[RecordedEvent]:
        """The events whose id begins with a text, by id."""

    @abstractmethod
    def streams_after(self, position: int) -> list[str]:
        """The streams with events after a position, in order of the first of them."""

    @abstractmethod
    def wait(self, after: int, timeout: float) -> int:
        """The head, as soon as it is above `after`, or when `timeout` seconds have passed."""

    @abstractmethod
    def redact(self, event_id: str) -> tuple[str, ...]:
        """Erase the erasable texts of an event for good; the names of the fields erased.

        What is proven about the event stays proven: only salted commitments are hashed.
        """

    @abstractmethod
    def rows(self, after: int = 0) -> Iterator[Row]:
        """The rows of the log as they are stored, by position, in flat memory."""

    @abstractmethod
    def texts(self, after: int = 0) -> Iterator[StoredText]:
        """The erasable texts that are still there, by position."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Whatever is read inside is of one moment, though others write meanwhile."""
        return nullcontext()

    def exclusive(self) -> AbstractContextManager[None]:
        """Keeps other writers out while inside; what is appended there is committed at the end.

        What is read inside is the newest, so an entry that is judged there meets no conflict.
        """
        return nullcontext()

    @abstractmethod
    def read_table(
        self, table: str, query: str, parameters: tuple[Any, ...] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of a table that another package keeps in the same database, `?` for a parameter.

        None where the table is not there. Spares who only reads the import of SQLAlchemy.
        """

    def has_tables(self, *tables: str) -> bool:  # noqa: ARG002
        """Whether all of some tables are there, which other packages keep in the same database."""
        return False

    def write_tables(self) -> AbstractContextManager[TableWriter] | None:
        """One transaction that writes tables beside the log; None where there can be none."""
        return None

    def node(self, level: int, index: int) -> bytes:
        """The root of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level).

        Leaves count from 0; level 0 is a leaf. Raises LogDamaged where it is missing.
        """
        node = stored_node(level, index, self._hashes)
        if node is None:
            raise LogDamaged(
                f"the hash of subtree {index} at level {level} is missing",
                hint="pactwatch verify",
            )
        return node

    @abstractmethod
    def _hashes(self, position: int) -> tuple[bytes, bytes] | None:
        """Leaf and subtrees of one row; None where there is none."""

    def leaf(self, position: int) -> bytes:
        """The hash of an event; empty where the log has none at this position.

        Whoever keeps it with a position can tell whether another log has taken this one's place.
        """
        hashes = self._hashes(position)
        return hashes[0] if hashes else b""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""

    def __enter__(self) -> EventStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
