"""What requests share: answers over all agreements, and which streams hold marked events."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from msgspec import Struct

from events import EventStore, in_order, parse_instant
from tracker.entries.hidden_events import HiddenEvents, hidden_events
from tracker.entries.visible_log import marked_streams
from tracker.projections.whole_log import newest_after, newest_recorded, streams_above
from web.settings import Site

T = TypeVar("T")
SLOTS = 6
"""How many answers are kept; one over ten thousand agreements takes some 20 MiB."""


class MemoCache:
    """Keeps the answers used last, by what they depend on; each is computed by one thread."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._most = slots
        self._slots: OrderedDict[object, _Slot] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: object, compute: Callable[[], T]) -> T:
        """Returns the answer of a key, or computes it while other threads wait for it.

        An error is raised to the thread that computes and not kept: the next one tries again.
        """
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._most:
                self._slots.popitem(last=False)
        with slot.lock:
            if not slot.is_filled:
                slot.answer, slot.is_filled = compute(), True
        answer: T = slot.answer
        return answer


class _Slot:
    def __init__(self) -> None:
        self.lock = Lock()
        self.is_filled = False
        self.answer: Any = None


class Marked(Struct, frozen=True):
    """The streams that hold something above a ceiling, and what that is."""

    streams: frozenset[str] = frozenset()
    hidden: HiddenEvents = HiddenEvents()


class MarkedStreams:
    """Knows which streams hold something above the ceiling, and reads each new event once.

    Read anew for every page, a log of 8,000 events would cost each of them 99 ms.
    """

    def __init__(self) -> None:
        self.position = 0
        self.leaf = b""
        self.marked = Marked()
        self._lock = Lock()

    def at_head(self, store: EventStore, site: Site) -> Marked:
        """Returns what is marked in the log up to the head that the store sees."""
        if site.is_for_operators:
            return Marked()
        with self._lock:
            head = store.head()
            if store.leaf(self.position) != self.leaf:
                # Another log has taken its place, say one that was restored.
                self.marked, self.position = Marked(), 0
            if head > self.position:
                self.marked = self._grown(store, site.ceiling)
            self.position, self.leaf = head, store.leaf(head)
            return self.marked

    def _grown(self, store: EventStore, ceiling: str) -> Marked:
        if not self.position:
            streams = frozenset(streams_above(store, ceiling))
            return Marked(streams, hidden_events(store, ceiling, streams))
        streams = self.marked.streams | marked_streams(store, ceiling, self.position)
        grown = streams.intersection(store.streams_after(self.position)) if streams else ()
        hidden = self.marked.hidden
        return Marked(streams, hidden_events(store, ceiling, grown, hidden) if grown else hidden)


class NewestEntry:
    """Knows when the newest visible entry was recorded, and reads each new entry once.

    That is not the last of the log, where an import has brought older ones after it.
    """

    def __init__(self) -> None:
        self._position = 0
        self._leaf = b""
        self._above: list[int] = []
        self._newest = ""
        self._lock = Lock()

    def at_head(self, store: EventStore, marked: Marked) -> datetime | None:
        """The instant for the log up to the head that the store sees; None where it is empty."""
        hidden = marked.hidden
        with self._lock:
            if store.leaf(self._position) != self._leaf or hidden.positions != self._above:
                # Another log has taken its place, or something else is hidden of this one.
                self._position = 0
            if self._position:
                newest = newest_after(store, self._position, hidden)
                self._newest = max(self._newest, newest, key=in_order)
            else:
                self._newest = newest_recorded(store, marked.streams, hidden)
            head = store.head()
            self._position, self._leaf, self._above = head, store.leaf(head), hidden.positions
            return parse_instant(self._newest) if self._newest else None
