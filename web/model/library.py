"""Opens the database of a site, for readers who cannot write, and keeps what they share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from msgspec.structs import replace
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, read_snapshot
from tracker.entries.tlp import Tlp
from tracker.projections.freshness import Freshness, freshness
from web.errors import StandbyBehind
from web.model.event_reader import visible_freshness, with_text
from web.model.memo import MarkedStreams, MemoCache, NewestEntry
from web.model.query import Query
from web.model.reader import Reader
from web.settings import Site

PATIENCE_SECONDS = 2.0
"""How long a standby may take to reach what was shown before."""


class Library:
    """Opens the database of a site for its readers, who cannot write."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.address = site.read_db or site.db
        self.marked_streams = MarkedStreams()
        self.memo = MemoCache()
        self.newest = NewestEntry()
        self._shown = 0
        """The newest event that a standby has shown."""
        self.engine: Engine = open_engine(self.address, read_only=True)

    @contextmanager
    def store(self) -> Iterator[EventStore]:
        with EventStore.open(self.address, create=False, read_only=True) as store:
            if self.address != self.site.db:
                self._check_not_behind(store)
            yield store

    def _check_not_behind(self, store: EventStore) -> None:
        """Raises StandbyBehind where another standby answers, which has less than was shown."""
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
                yield Reader(self.site, store, connection, query, marked, self.memo, self.newest)

    def for_anybody(self) -> Library:
        """What those may see for whom nobody vouches: this, or of a guarded board what is CLEAR."""
        is_open = self.site.access.is_open
        return self if is_open else Library(replace(self.site, ceiling=Tlp.CLEAR))

    def has_texts(self, positions: Collection[int]) -> bool:
        """Whether none of these events has had its text erased."""
        with self.store() as store:
            return with_text(store, positions) == positions

    def freshness(self) -> Freshness:
        """Reads how far log and projection are: all that a page depends on, but for the clock."""
        with self.store() as store:
            return freshness(store)

    def visible_freshness(self) -> Freshness:
        """Reads the same as a reader under the ceiling may see it."""
        with self.store() as store, store.snapshot():
            fresh = freshness(store)
            return visible_freshness(fresh, self.marked_streams.at_head(store, self.site).hidden)
