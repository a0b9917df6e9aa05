"""The log as one reader of the board sees it: up to a TLP ceiling, and quick to ask often."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from events import EventStore, RecordedEvent
from tracker.entries.tlp import LEVELS, OPEN, RANK, is_within, level_of, levels
from tracker.entries.visible_log import BelowCeiling

UNMARKED = LEVELS[-1]
"""Under the highest ceiling nothing is hidden."""


def hidden_in(store: EventStore, stream: str, ceiling: str) -> frozenset[str]:
    """The ids of a stream's events above a ceiling."""
    known: Mapping[str, str] = levels(store.read_stream(stream))
    return frozenset(event for event, level in known.items() if not is_within(level, ceiling))


def marked_streams(store: EventStore, ceiling: str, after: int = 0) -> set[str]:
    """The streams that hold something above a ceiling beyond a position, read in one go."""
    return {event.stream for event in store.read_all(after) if _is_above(event, ceiling)}


def _is_above(event: RecordedEvent, ceiling: str) -> bool:
    replaced = str((event.data.get("replacement") or {}).get("tlp", OPEN))
    top = RANK[ceiling]
    return max(RANK.get(level, len(RANK)) for level in (level_of(event), replaced)) > top


class ShownLog(BelowCeiling):
    """What stands above the ceiling is not there; with `only`, no other agreements are either.

    Where `marked` is known, the streams that hold something above it, no other is looked through.
    Versions, size and hashes are those of the whole log, so its checkpoint is the log's own.
    """

    def __init__(
        self,
        log: EventStore,
        ceiling: str = UNMARKED,
        only: Collection[str] | None = None,
        marked: Collection[str] | None = None,
    ) -> None:
        super().__init__(log, ceiling)
        self.only = only
        self.marked = marked
        self._hidden: dict[str, frozenset[str]] = {}

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        return filter(self.sees, self.log.read_stream(stream, after))

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        return islice(filter(self.sees, self.log.read_all(after)), limit)

    def sees(self, event: RecordedEvent) -> bool:
        """Whether this event may be shown."""
        unmarked = self.marked is not None and event.stream not in self.marked
        if unmarked or self.ceiling == UNMARKED:
            return True
        if event.stream not in self._hidden:
            self._hidden[event.stream] = hidden_in(self.log, event.stream, self.ceiling)
        return event.id not in self._hidden[event.stream]

    def find(self, event_id: str) -> RecordedEvent | None:
        found = self.log.find(event_id)
        return found if found is not None and self.sees(found) else None

    def streams_after(self, position: int) -> list[str]:
        if self.only is not None and position == 0:
            return [stream for stream in self.only if self.log.stream_version(stream)]
        return self.log.streams_after(position)

    def stream_version(self, stream: str) -> int:
        return self.log.stream_version(stream)
