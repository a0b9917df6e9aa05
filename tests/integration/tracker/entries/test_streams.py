"""Streams read from their end, or piece by piece, on both engines."""

from __future__ import annotations

from functools import partial

from events import EventStore, RecordedEvent
from tracker.entries.streams import StreamEvents, newest_while

AGREEMENT = "energy-pause-2025"


def is_among(ids: set[str], event: RecordedEvent) -> bool:
    return event.id in ids


def test_the_newest_events_are_those_at_the_end(log: EventStore) -> None:
    """However many meet the condition: none, some, all; and none of a stream that is not there."""
    events = list(log.read_stream(AGREEMENT))
    for count in (0, 1, 2, 5, len(events)):
        first = len(events) - count
        ids = {event.id for event in events[first:]}
        assert events[first:] == newest_while(log, AGREEMENT, partial(is_among, ids))
    assert [] == newest_while(log, "nobody", lambda _: True)


def test_the_events_of_a_stream_are_a_sequence(log: EventStore) -> None:
    """Each by its place, from either end, and all in order."""
    events, sequence = list(log.read_stream(AGREEMENT)), StreamEvents(log, AGREEMENT)

    assert events == list(sequence)
    assert [events[0], events[-1], events[3]] == [sequence[0], sequence[-1], sequence[3]]
    assert (events[2:5], len(events)) == (sequence[2:5], len(sequence))
