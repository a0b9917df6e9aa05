"""A log read under a TLP ceiling: what stands above it is not there, and nothing can be written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn

from events import AppendResult, EventStore, RecordedEvent
from events.encoding.rows import Row
from events.envelope import Items, StoredText
from tracker.entries.tlp import LEVELS, OPEN, RANK, below, is_within, level_of, levels, marking
from tracker.errors import AboveCeiling


class BelowCeiling(EventStore):
    """The log as a reader may see it. Positions, hashes and the head stay those of the log."""

    def __init__(self, log: EventStore, ceiling: str) -> None:
        self.log = log
        self.ceiling = ceiling
        self._above: frozenset[str] | None = None

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        visible = below(self.log.read_stream(stream), self.ceiling)
        return iter([event for event in visible if event.version > after])

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        withheld = self._withheld()
        visible = (event for event in self.log.read_all(after) if event.id not in withheld)
        return islice(visible, limit)

    def _withheld(self) -> frozenset[str]:
        """What stands above the ceiling: found once, since an amendment may come much later."""
        if self._above is None:
            known = levels(self.log.read_all())
            self._above = frozenset(
                event for event, level in known.items() if not is_within(level, self.ceiling)
            )
        return self._above

    def head(self) -> int:
        return self.log.head()

    def stream_version(self, stream: str) -> int:
        return len(list(self.read_stream(stream)))

    def find(self, event_id: str) -> RecordedEvent | None:
        candidate = self.log.find(event_id)
        seen = below(self.log.read_stream(candidate.stream), self.ceiling) if candidate else []
        return next((event for event in seen if event.id == event_id), None)

    def streams_after(self, position: int) -> list[str]:
        return [name for name in self.log.streams_after(position) if self._is_visible(name)]

    def _is_visible(self, stream: str) -> bool:
        return bool(below(self.log.read_stream(stream), self.ceiling))

    def wait(self, after: int, timeout: float) -> int:
        return self.log.wait(after, timeout)

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
        """No table: what others keep beside the log was made from all of it."""
        return []

    def node(self, level: int, index: int) -> bytes:
        return self.log.node(level, index)

    def _hashes(self, position: int) -> tuple[bytes, bytes] | None:
        return self.log._hashes(position)

    def close(self) -> None:
        self.log.close()

    def _refuse(self, what: str) -> NoReturn:
        raise AboveCeiling(
            f"{what} under the ceiling {marking(self.ceiling)}", hint="leave out --tlp"
        )


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
        event = self.log.find(event_id)
        return event if event is not None and self.sees(event) else None

    def streams_after(self, position: int) -> list[str]:
        if self.only is not None and position == 0:
            return [stream for stream in self.only if self.log.stream_version(stream)]
        return self.log.streams_after(position)

    def stream_version(self, stream: str) -> int:
        return self.log.stream_version(stream)
