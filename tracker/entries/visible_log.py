"""A log read under a TLP ceiling: what lies above it is not there, and nothing can be written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, NoReturn

from events import AppendResult, EventStore, RecordedEvent
from events.encoding.rows import ERASABLE_MARK, Row, event_of_row
from events.envelope import Items, StoredText
from tracker.entries.hidden_events import HiddenEvents
from tracker.entries.tlp import LEVELS, is_within, levels, marking, states_above
from tracker.errors import AboveCeiling

TLP_FIELD = b'"tlp":'
UNMARKED = LEVELS[-1]
"""Under the highest ceiling nothing is hidden."""


def hidden_in(store: EventStore, stream: str, ceiling: str) -> frozenset[str]:
    """The ids of a stream's events above a ceiling."""
    known: Mapping[str, str] = levels(store.read_stream(stream))
    return frozenset(event for event, level in known.items() if not is_within(level, ceiling))


def marked_streams(store: EventStore, ceiling: str, after: int = 0) -> set[str]:
    """The streams with something above a ceiling after a position, in one pass."""
    marked = _marked_events(store, after)
    return {event.stream for event in marked if states_above(event, ceiling)}


def _marked_events(store: EventStore, after: int) -> Iterator[RecordedEvent]:
    """The events that state a level, for themselves or in a replacement.

    Few do, so only these are decoded: canonical JSON writes the name of a field in one way.
    """
    for row in store.rows(after):
        if TLP_FIELD in row.data:
            is_plain = ERASABLE_MARK not in row.data
            yield event_of_row(row) if is_plain else next(store.read_all(row.position - 1, limit=1))


FindMarked = Callable[[EventStore, str], Collection[str]]
"""Finds the streams of a log with something above a ceiling."""


class VisibleLog(EventStore):
    """A log as a reader under a TLP ceiling may see it; with `only`, of these agreements alone.

    What lies above the ceiling is not there, and nothing can be written. Only the streams with
    something above the ceiling are looked through: `marked`, or what `find_marked` finds once more
    than a few are read. Positions, hashes and the head are those of the whole log, so its
    checkpoint is the log's own; with `hidden` they are those of a log without what is hidden.
    """

    def __init__(
        self,
        log: EventStore,
        ceiling: str = UNMARKED,
        only: Collection[str] | None = None,
        marked: Collection[str] | None = None,
        hidden: HiddenEvents | None = None,
        find_marked: FindMarked = marked_streams,
    ) -> None:
        self.log = log
        self.ceiling = ceiling
        self.only = only
        self._find_marked = find_marked
        self._marked = marked
        self._looked_to = log.head() if marked is None else None
        self.hidden = hidden or HiddenEvents()
        self._is_numbered = hidden is not None
        self._hidden: dict[str, frozenset[str]] = {}

    def look_for_marks(self) -> Collection[str]:
        """The streams with something above the ceiling, looked for once.

        Known before many streams are read, most of these need not be looked through.
        """
        if self._marked is None:
            is_open = self.ceiling == UNMARKED
            self._marked = () if is_open else self._find_marked(self.log, self.ceiling)
        return self._marked

    def sees(self, event: RecordedEvent) -> bool:
        """Whether this event may be shown."""
        if self._looked_to is not None and event.position > self._looked_to:
            # Came in since: it may be marked, or raise the mark of another.
            self._looked_to, self._marked = self.log.head(), None
            self._hidden.clear()
        return event.id not in self._hidden_of(event.stream)

    def _hidden_of(self, stream: str) -> frozenset[str]:
        """The ids of a stream's events above the ceiling, worked out once.

        An amendment may raise the mark of a much earlier event, so the whole stream decides.
        """
        if self._is_numbered:
            return self.hidden.ids.get(stream, frozenset())
        if self.ceiling == UNMARKED or (self._marked is not None and stream not in self._marked):
            return frozenset()
        if stream not in self._hidden:
            self._hidden[stream] = hidden_in(self.log, stream, self.ceiling)
        return self._hidden[stream]

    def _visible(self, events: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
        visible = filter(self.sees, events)
        return map(self.hidden.numbered, visible) if self.hidden.positions else visible

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        after = self.hidden.stored_version(stream, after)
        return self._visible(self.log.read_stream(stream, after))

    def read_streams(self, prefix: str) -> Iterator[RecordedEvent]:
        return self._visible(self.log.read_streams(prefix))

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        if self.only is not None:
            events = (event for stream in self.only for event in self.read_stream(stream))
            later = (event for event in events if event.position > after)
            return islice(sorted(later, key=lambda event: event.position), limit)
        self.look_for_marks()
        first = self.hidden.position(after)
        if limit is None:
            return self._visible(self.log.read_all(first))
        return islice(self._visible(self._some(first, limit)), limit)

    def _some(self, after: int, count: int) -> Iterator[RecordedEvent]:
        """The events of the log after a position, `count` at first, and more as they are needed.

        For one event one is read, unless what comes next is hidden.
        """
        while events := list(self.log.read_all(after, count)):
            yield from events
            if len(events) < count:
                return
            after, count = events[-1].position, 2 * count

    def head(self) -> int:
        return self.hidden.number(self.log.head())

    def stream_version(self, stream: str) -> int:
        """How many events of the stream may be seen."""
        return self.log.stream_version(stream) - len(self._hidden_of(stream))

    def find(self, event_id: str) -> RecordedEvent | None:
        event = self.log.find(event_id)
        return None if event is None else next(self._visible([event]), None)

    def find_prefix(self, prefix: str) -> Iterator[RecordedEvent]:
        return self._visible(self.log.find_prefix(prefix))

    def streams_after(self, position: int) -> list[str]:
        if self.only is not None and position == 0:
            return [stream for stream in self.only if self.stream_version(stream)]
        streams = self.log.streams_after(self.hidden.position(position))
        marked = self.look_for_marks()
        # Only of a stream with something hidden need one ask whether anything is left of it.
        visible = [s for s in streams if s not in marked or self.stream_version(s)]
        if any(self.hidden.begins(stream) for stream in visible):
            # By its first event that may be seen, or its place would tell of the one before.
            return list(dict.fromkeys(event.stream for event in self.read_all(position)))
        return visible

    def wait(self, after: int, timeout: float) -> int:
        return self.log.wait(after, timeout)

    def snapshot(self) -> AbstractContextManager[None]:
        return self.log.snapshot()

    def append_batch(
        self,
        items: Items,  # noqa: ARG002
        expected_versions: Mapping[str, int] | None = None,  # noqa: ARG002
    ) -> AppendResult:
        self._refuse("nothing can be written")

    def redact(self, event_id: str) -> tuple[str, ...]:  # noqa: ARG002
        self._refuse("nothing can be erased")

    def rows(self, after: int = 0) -> Iterator[Row]:  # noqa: ARG002
        self._refuse("raw rows cannot be read")

    def texts(self, after: int = 0) -> Iterator[StoredText]:  # noqa: ARG002
        self._refuse("raw texts cannot be read")

    def read_table(
        self,
        table: str,  # noqa: ARG002
        query: str,  # noqa: ARG002
        parameters: tuple[Any, ...] = (),  # noqa: ARG002
    ) -> list[tuple[Any, ...]]:
        """Empty: what others keep beside the log was made from all of it."""
        return []

    def _hashes(self, position: int) -> tuple[bytes, bytes] | None:
        if self.hidden.counts_apart(position):
            return self.hidden.tree.hashes(self.log, self.hidden, position)
        return self.log._hashes(position)

    def close(self) -> None:
        self.log.close()

    def _refuse(self, what: str) -> NoReturn:
        raise AboveCeiling(
            f"{what} under the ceiling {marking(self.ceiling)}", hint="leave out --tlp"
        )
