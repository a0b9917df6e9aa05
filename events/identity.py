"""Whether an event that comes again is the same event: the rule behind idempotent appends."""

from __future__ import annotations

import hashlib
from datetime import datetime

from events.canonical import canonical_bytes
from events.envelope import NewEvent, RecordedEvent, in_utc
from events.errors import EventIdConflict
from events.instants import format_instant


def same(recorded: RecordedEvent, stream: str, event: NewEvent) -> bool:
    """Same stream, type, source and data; and the same instant, when the caller gave one."""
    given = (stream, event.type, event.source)
    if given != (recorded.stream, recorded.type, recorded.source):
        return False
    if event.recorded_at is not None and in_utc(event.recorded_at) != recorded.recorded_at:
        return False
    return canonical_bytes(event.data) == canonical_bytes(recorded.data)


def check_same(recorded: RecordedEvent, stream: str, event: NewEvent) -> None:
    if not same(recorded, stream, event):
        raise EventIdConflict(event.id)


def digest(
    position: int, stream: str, version: int, event: NewEvent, at: datetime, data: bytes
) -> bytes:
    """SHA-256 over the canonical envelope: what a proof about this event is a proof of."""
    envelope = {
        "position": position,
        "stream": stream,
        "version": version,
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "recorded_at": format_instant(at),
        "data": hashlib.sha256(data).hexdigest(),
    }
    return hashlib.sha256(canonical_bytes(envelope)).digest()
