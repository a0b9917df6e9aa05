"""How is a fact stored, ordered and read back? Knows nothing of agreements."""

from __future__ import annotations

from events.envelope import AppendResult, NewEvent, RecordedEvent
from events.errors import EventIdConflict, EventStoreError, WrongExpectedVersion
from events.instants import end_of_second, format_instant, in_order, parse_instant, place_of
from events.store import EventStore

__all__ = [
    "AppendResult",
    "EventIdConflict",
    "EventStore",
    "EventStoreError",
    "NewEvent",
    "RecordedEvent",
    "WrongExpectedVersion",
    "end_of_second",
    "format_instant",
    "in_order",
    "parse_instant",
    "place_of",
]
