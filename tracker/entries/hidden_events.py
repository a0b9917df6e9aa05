"""What a ceiling hides of a log, and how the rest is counted as if it had never been there.

A reader below the ceiling meets positions, versions, hashes and a head without gaps: those of a
log into which only what lies below it was imported. A gap would tell when something hidden was
recorded, and of what.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from msgspec.structs import replace

from events import EventStore, RecordedEvent
from events.encoding.rows import leaf_data
from events.merkle.frontier import Frontier
from events.merkle.tree import leaf_hash
from tracker.entries.tlp import is_within, levels

Place = tuple[int, int, str]
"""Position, version and id of an event."""


class HiddenEvents:
    """The events above a ceiling, by stream, and the numbers of the others without them."""

    def __init__(self, by_stream: Mapping[str, Sequence[Place]] | None = None) -> None:
        self.by_stream = dict(by_stream or {})
        self.ids = {s: frozenset(place[2] for place in p) for s, p in self.by_stream.items()}
        self.positions = sorted(place[0] for p in self.by_stream.values() for place in p)
        self._visible_before = [at - i - 1 for i, at in enumerate(self.positions)]
        self._versions = {s: [place[1] for place in p] for s, p in self.by_stream.items()}
        self.tree = VisibleTree()

    def number(self, position: int) -> int:
        """How many visible events there are up to a position: its number, where it is visible."""
        return position - bisect_right(self.positions, position)

    def position(self, number: int) -> int:
        """The position of the visible event with a number; 0 of 0."""
        return number + bisect_left(self._visible_before, number)

    def numbered(self, event: RecordedEvent) -> RecordedEvent:
        """A visible event with the position and version that it has without the hidden ones."""
        if not self.positions or event.position < self.positions[0]:
            return event
        version = self.version(event.stream, event.version)
        return replace(event, position=self.number(event.position), version=version)

    def version(self, stream: str, version: int) -> int:
        """How many visible events a stream has up to a version."""
        return version - bisect_right(self._versions.get(stream, ()), version)

    def stored_version(self, stream: str, version: int) -> int:
        """The stored version of the visible event with a version; 0 of 0."""
        hidden = self._versions.get(stream, ())
        return version + bisect_left([at - i - 1 for i, at in enumerate(hidden)], version)

    def begins(self, stream: str) -> bool:
        """Whether the first event of a stream is hidden."""
        return 1 in self._versions.get(stream, ())

    def counts_apart(self, number: int) -> bool:
        """Whether the visible event with a number has another place in the log than that."""
        return bool(self.positions) and number >= self.positions[0]


def hidden_events(
    store: EventStore, ceiling: str, streams: Iterable[str], known: HiddenEvents | None = None
) -> HiddenEvents:
    """Looks through streams for what lies above a ceiling; of other streams it is as `known`."""
    by_stream = dict(known.by_stream) if known else {}
    for stream in streams:
        events = list(store.read_stream(stream))
        marks = levels(events)
        above = (event for event in events if not is_within(marks[event.id], ceiling))
        places = [(event.position, event.version, event.id) for event in above]
        by_stream.pop(stream, None)
        if places:
            by_stream[stream] = places
    hidden = HiddenEvents(by_stream)
    if known is not None:
        hidden.tree = known.tree
    return hidden


class VisibleTree:
    """The Merkle tree over the visible events, from the first hidden one on.

    It is made as it is asked for, grows with the log, and is made anew where an event that it has
    read was hidden since.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._hidden: list[int] = []
        self._read = 0
        self._frontier = Frontier(0, lambda _level, _index: b"")
        self._hashes: list[tuple[bytes, bytes]] = []

    def hashes(
        self, store: EventStore, hidden: HiddenEvents, number: int
    ) -> tuple[bytes, bytes] | None:
        """Leaf and subtrees of the visible event with a number; None beyond the last."""
        before = hidden.positions[0] - 1
        with self._lock:
            read = hidden.positions[: bisect_right(hidden.positions, self._read)]
            # Something else is hidden of what it has read than when it was read.
            if not self._hidden or read != self._hidden:
                self._hidden, self._read, self._hashes = [], before, []
                self._frontier = Frontier(before, store.node)
            # Each request has a store of its own, and that of the last one is closed.
            self._frontier.node = store.node
            if hidden.position(number) > self._read:
                self._grow(store, hidden)
            place = number - before - 1
            return self._hashes[place] if 0 <= place < len(self._hashes) else None

    def _grow(self, store: EventStore, hidden: HiddenEvents) -> None:
        skipped = set(hidden.positions)
        for row in store.rows(self._read):
            self._read = row.position
            if row.position not in skipped:
                number, version = self._frontier.size + 1, hidden.version(row.stream, row.version)
                head = (row.id, row.type, row.source, row.recorded_at, row.data)
                leaf = leaf_hash(leaf_data(number, row.stream, version, *head))
                self._hashes.append((leaf, self._frontier.push(leaf)))
        self._hidden = hidden.positions[: bisect_right(hidden.positions, self._read)]
