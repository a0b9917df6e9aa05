"""Whether an event that comes again is the same event: the rule behind idempotent appends."""

from __future__ import annotations

from typing import Any

from events.encoding.canonical import canonical_bytes
from events.envelope import NewEvent, RecordedEvent, in_utc
from events.errors import EventIdConflict


def same(recorded: RecordedEvent, stream: str, event: NewEvent) -> bool:
    """Same stream, type, source and data; and the same instant, when the caller gave one.

    A text that was erased since is taken as the same: nobody can tell any more.
    """
    given = (stream, event.type, event.source)
    if given != (recorded.stream, recorded.type, recorded.source):
        return False
    if event.recorded_at is not None and in_utc(event.recorded_at) != recorded.recorded_at:
        return False
    return _compared(event.data, recorded) == _compared(recorded.data, recorded)


def _compared(data: dict[str, Any], recorded: RecordedEvent) -> bytes:
    return canonical_bytes({k: v for k, v in data.items() if k not in recorded.erased})


def check_same(recorded: RecordedEvent, stream: str, event: NewEvent) -> None:
    if not same(recorded, stream, event):
        raise EventIdConflict(event.id)
