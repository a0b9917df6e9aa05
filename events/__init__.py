"""How is a fact stored, ordered and read back? Knows nothing of agreements."""

from __future__ import annotations

from events.envelope import AppendResult, NewEvent, RecordedEvent
from events.errors import EventIdConflict, EventStoreError, WrongExpectedVersion
from events.instants import format_instant, parse_instant
from events.store import EventStore

__all__ = [
    "AppendResult",
    "EventIdConflict",
    "EventStore",
    "EventStoreError",
    "NewEvent",
    "RecordedEvent",
    "WrongExpectedVersion",
    "format_instant",
    "parse_instant",
]
