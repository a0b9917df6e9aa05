"""The streams that belong to no agreement, and how to find those that do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from events import EventStore, RecordedEvent

PARTIES = "parties"
"""The one stream of all registrations in logs of version 0.1; each party has its own since."""
PARTY_PREFIX = "party/"
SOURCE_PREFIX = "source/"
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


def party_stream(party: str) -> str:
    """The stream of a party's registrations. No id has a slash, so no agreement is called so."""
    return f"{PARTY_PREFIX}{party}"


def is_of_parties(stream: str) -> bool:
    """Whether a stream registers parties."""
    return stream == PARTIES or stream.startswith(PARTY_PREFIX)


def source_stream(document: str) -> str:
    """The stream of a document's editions, and of its lines that were read without an entry."""
    return f"{SOURCE_PREFIX}{document}"


def is_registry(stream: str) -> bool:
    """Whether a stream registers what entries name: a party, or a document."""
    return is_of_parties(stream) or stream.startswith(SOURCE_PREFIX)


def is_reserved(stream: str) -> bool:
    """Whether a stream belongs to no agreement."""
    return stream == STATEMENTS or is_registry(stream)


def reserved_events(store: EventStore) -> Iterator[RecordedEvent]:
    """The events of every stream that belongs to no agreement."""
    streams = (store.read_stream(stream) for stream in (STATEMENTS, PARTIES))
    families = (store.read_streams(prefix) for prefix in (PARTY_PREFIX, SOURCE_PREFIX))
    return chain(*streams, *families)


def party_events(store: EventStore) -> list[RecordedEvent]:
    """The registrations of every party, in the order in which they were recorded."""
    events = [*store.read_stream(PARTIES), *store.read_streams(PARTY_PREFIX)]
    return sorted(events, key=lambda event: event.position)


def parties_grew_between(store: EventStore, after: datetime, until: datetime) -> bool:
    """Whether a party was registered after one instant and by another."""
    return any(after < event.recorded_at <= until for event in party_events(store))


def agreements_naming(store: EventStore, names: Collection[str]) -> list[str]:
    """The agreements of which some entry has one of these names as a text by itself."""
    naming = (
        event.stream
        for event in store.read_all()
        if not is_reserved(event.stream) and any(text in names for text in _texts(event.data))
    )
    return list(dict.fromkeys(naming))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def agreement_ids(store: EventStore) -> list[str]:
    """Every agreement on record, in the order they were recorded."""
    return [stream for stream in store.streams_after(0) if not is_reserved(stream)]
