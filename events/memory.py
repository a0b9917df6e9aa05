"""The event store in memory: for tests of those who build on it, under the same contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy

from events.canonical import canonical_bytes
from events.envelope import AppendResult, NewEvent, RecordedEvent, in_utc
from events.errors import WrongExpectedVersion
from events.identity import check_same
from events.store import Clock, EventStore, Items


class MemoryEventStore(EventStore):
    """A list of events; gone with the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log: list[RecordedEvent] = []
        self._ids: dict[str, RecordedEvent] = {}

    def append_batch(
        self, items: Items, expected_versions: Mapping[str, int] | None = None
    ) -> AppendResult:
        fresh: dict[str, RecordedEvent] = {}
        answer = [self._taken(stream, event, fresh) for stream, event in items]
        if fresh:
            self._check_versions(expected_versions or {})
        self._log += fresh.values()
        self._ids |= fresh
        return AppendResult(tuple(answer), len(fresh))

    def _taken(
        self, stream: str, event: NewEvent, fresh: dict[str, RecordedEvent]
    ) -> RecordedEvent:
        earlier = self._ids.get(event.id) or fresh.get(event.id)
        if earlier is not None:
            check_same(earlier, stream, event)
            return earlier
        canonical_bytes(event.data)
        fresh[event.id] = self._recorded(stream, event, fresh)
        return fresh[event.id]

    def _recorded(
        self, stream: str, event: NewEvent, fresh: dict[str, RecordedEvent]
    ) -> RecordedEvent:
        pending = sum(held.stream == stream for held in fresh.values())
        return RecordedEvent(
            len(self._log) + len(fresh) + 1,
            stream,
            self.stream_version(stream) + pending + 1,
            event.id,
            event.type,
            event.source,
            in_utc(event.recorded_at or self._clock()),
            deepcopy(event.data),
        )

    def _check_versions(self, expected: Mapping[str, int]) -> None:
        for stream, version in expected.items():
            actual = self.stream_version(stream)
            if actual != version:
                raise WrongExpectedVersion(stream, version, actual)

    def read_stream(self, stream: str, after: int = 0) -> Iterator[RecordedEvent]:
        return (deepcopy(e) for e in self._log if e.stream == stream and e.version > after)

    def read_all(self, after: int = 0, limit: int | None = None) -> Iterator[RecordedEvent]:
        end = None if limit is None else after + limit
        return (deepcopy(event) for event in self._log[after:end])

    def head(self) -> int:
        return len(self._log)

    def stream_version(self, stream: str) -> int:
        return sum(event.stream == stream for event in self._log)

    def find(self, event_id: str) -> RecordedEvent | None:
        return deepcopy(self._ids.get(event_id))

    def streams_after(self, position: int) -> list[str]:
        return list(dict.fromkeys(event.stream for event in self._log[position:]))

    def close(self) -> None:
        return None
