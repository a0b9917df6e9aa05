"""The streams that belong to no agreement, and how to find those that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from events import EventStore, RecordedEvent

PARTIES = "parties"
STATEMENTS = "statements"


class StreamEvents(Sequence[RecordedEvent]):
    """The events of a stream as it stands now, each read when it is looked at."""

    def __init__(self, store: EventStore, stream: str) -> None:
        self.store = store
        self.stream = stream
        self.version = store.stream_version(stream)

    def __len__(self) -> int:
        return self.version

    def __iter__(self) -> Iterator[RecordedEvent]:
        return islice(self.store.read_stream(self.stream), self.version)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return list(self)[index]
        return next(self.store.read_stream(self.stream, after=range(self.version)[index]))


def newest(store: EventStore, stream: str) -> RecordedEvent | None:
    """The last event of a stream; None while there is none."""
    last = store.stream_version(stream)
    return next(store.read_stream(stream, after=last - 1), None) if last else None


def newest_while(
    store: EventStore, stream: str, is_wanted: Callable[[RecordedEvent], bool]
) -> list[RecordedEvent]:
    """The events at the end of a stream that meet a condition, in order.

    Read backwards in steps that double, so about twice as many are read as are wanted.
    """
    last = store.stream_version(stream)
    size = 1
    while size < last and is_wanted(next(store.read_stream(stream, after=last - size))):
        size *= 2
    events = store.read_stream(stream, after=max(last - size, 0)) if last else ()
    return [event for event in events if is_wanted(event)]


def grew_between(store: EventStore, stream: str, after: datetime, until: datetime) -> bool:
    """Whether an event of a stream was recorded after one instant and by another.

    Only a stream with news after the first instant is read.
    """
    last = newest(store, stream)
    if last is None or last.recorded_at <= after:
        return False
    return any(after < event.recorded_at <= until for event in store.read_stream(stream))


RESERVED = (PARTIES, STATEMENTS)


def agreement_ids(store: EventStore) -> list[str]:
    """Every agreement on record, in the order they were recorded."""
    return [stream for stream in store.streams_after(0) if stream not in RESERVED]
