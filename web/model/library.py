"""Opens the database of a site, for readers who cannot write, and keeps what they share."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Engine

from events import EventStore
from events.address import is_postgres, sqlite_path
from events.database.engine import open_engine, read_snapshot
from events.errors import HintedError
from tracker.entries.tlp import Tlp
from tracker.projections.freshness import Freshness, freshness
from web.errors import StandbyBehind
from web.model.event_reader import OpenRecord, visible_freshness, with_text
from web.model.memo import MarkedStreams, MemoCache, NewestEntry
from web.model.query import Query
from web.model.reader import Reader
from web.settings import Site

PATIENCE_SECONDS = 2.0
"""How long a standby may take to reach what was shown before."""
OPEN_SECONDS = 1.0
"""How long a store stays open for what is asked next."""
T = TypeVar("T")


class BriefStore:
    """Answers short questions that follow each other from a store opened once a second.

    Opening costs several times what they do: SQLite reads the whole schema, PostgreSQL starts a
    process. It is not open for good, since whoever holds a file open keeps its WAL beside it.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._path = "" if is_postgres(address) else sqlite_path(address)
        self._store: EventStore | None = None
        self._file: tuple[int, int] | None = None
        self._lock = Lock()

    def ask(self, question: Callable[[EventStore], T]) -> T:
        """Returns the answer of the open store, or of a new one where it can give none any more."""
        with self._lock:
            if self._store is not None:
                try:
                    if self._file == self._present_file():
                        return question(self._store)
                except (HintedError, OSError):
                    pass  # What is still wrong is seen again below.
                self._end()
            return question(self._begin())

    def _present_file(self) -> tuple[int, int] | None:
        """Which file is at the path: another one may have taken its place."""
        if not self._path:
            return None
        status = os.stat(self._path)
        return status.st_dev, status.st_ino

    def _begin(self) -> EventStore:
        with suppress(OSError):
            self._file = self._present_file()
        self._store = store = EventStore.open(self._address, create=False, read_only=True)
        timer = Timer(OPEN_SECONDS, self.close, (store,))
        timer.daemon = True
        timer.start()
        return store

    def _end(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = None

    def close(self, store: EventStore | None = None) -> None:
        """Closes the store; where one is given, unless another is open by now."""
        with self._lock:
            if store in (None, self._store):
                self._end()


class Library:
    """Opens the database of a site for its readers, who cannot write."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.address = site.read_db or site.db
        self.marked_streams = MarkedStreams()
        self.memo = MemoCache()
        self.newest = NewestEntry()
        self._brief = BriefStore(self.address)
        self._shown = 0
        """The newest event that a standby has shown."""
        self.engine: Engine = open_engine(self.address, read_only=True)

    @contextmanager
    def store(self) -> Iterator[EventStore]:
        with EventStore.open(self.address, create=False, read_only=True) as store:
            self._check_not_behind(store)
            yield store

    def _check_not_behind(self, store: EventStore) -> None:
        """Raises StandbyBehind where another standby answers, which has less than was shown."""
        if self.address == self.site.db:
            return
        last, head = self._shown, store.head()
        if head < last and (head := store.wait(last - 1, PATIENCE_SECONDS)) < last:
            raise StandbyBehind(head, last)
        self._shown = max(self._shown, head)

    @contextmanager
    def reader(self, query: Query) -> Iterator[Reader]:
        """Opens a reader on one snapshot: first of the tables, then of a log at least as long.

        In this order no row can come from an event whose mark has not been read.
        """
        with self.store() as store, read_snapshot(self.engine) as connection:
            if self.site.clock_is_given:
                projected_at = freshness(store, connection).projected_at
                query = query.not_after(projected_at) if projected_at is not None else query
            with store.snapshot():
                marked = self.marked_streams.at_head(store, self.site)
                record = OpenRecord(
                    self.site, store, connection, query, marked, self.memo, self.newest
                )
                yield Reader(record)

    def for_anybody(self) -> Library:
        """What those may see for whom nobody vouches: this, or of a guarded board what is CLEAR."""
        is_open = self.site.access.is_open
        return self if is_open else Library(replace(self.site, ceiling=Tlp.CLEAR))

    def has_texts(self, positions: Collection[int]) -> bool:
        """Whether none of these events has had its text erased."""
        return self._ask(lambda store: with_text(store, positions) == positions)

    def freshness(self) -> Freshness:
        """Reads how far log and projection are: all that a page depends on, but for the clock."""
        return self._ask(freshness)

    def _ask(self, question: Callable[[EventStore], T]) -> T:
        def checked(store: EventStore) -> T:
            self._check_not_behind(store)
            return question(store)

        return self._brief.ask(checked)

    def visible_freshness(self) -> Freshness:
        """Reads the same as a reader under the ceiling may see it."""
        with self.store() as store, store.snapshot():
            fresh = freshness(store)
            return visible_freshness(fresh, self.marked_streams.at_head(store, self.site).hidden)
