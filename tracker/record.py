"""From recorded events to entries that can be folded: decoded, corrected, dated and ordered.

Retractions and corrections act here, on the record itself: a retracted entry is not folded, a
corrected one is folded with its replacement. What was not recorded by `known_at` is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct, ValidationError, convert

from events import RecordedEvent, parse_instant
from tracker.edtf import Edtf, fold_instant, parse_edtf
from tracker.errors import InvalidDate, InvalidEvent
from tracker.event_types import EVENT_TYPES, Amendment, FindingRevised, Payload

ZoneOf = Callable[[str | None], str]
TYPE_PREFIX = "pactwatch."


class Entry(Struct, frozen=True):
    """One event ready to fold: typed payload, and the instant it takes effect."""

    id: str
    position: int
    stream: str
    type: str
    payload: Payload
    occurred: str
    effective_at: datetime
    recorded_at: datetime

    @property
    def order(self) -> tuple[datetime, int]:
        """Fold order: by effective instant, then by position."""
        return (self.effective_at, self.position)


def type_name(event_type: str) -> str:
    """`pactwatch.RoundHeld.v1` -> `RoundHeld`; refuses what is not an event type of ours."""
    parts = event_type.split(".")
    if len(parts) == 3 and parts[0] == "pactwatch" and parts[1] in EVENT_TYPES and parts[2] == "v1":
        return parts[1]
    raise InvalidEvent(
        f"unknown event type {event_type!r}: expected pactwatch.<Type>.v1",
        hint=_type_hint(parts[1] if len(parts) > 1 else event_type),
    )


def _type_hint(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, EVENT_TYPES, n=3)
    return f"did you mean {', '.join(close)}?" if close else "pactwatch record --help"


def full_type(name: str) -> str:
    return f"{TYPE_PREFIX}{name}.v1"


def decode_payload(name: str, data: object) -> Payload:
    """The typed payload; a field that is unknown, missing or of the wrong form is named."""
    try:
        return convert(data, EVENT_TYPES[name])
    except ValidationError as error:
        raise InvalidEvent(
            f"{name}: {error}",
            hint=f"its fields: {', '.join(EVENT_TYPES[name].__struct_fields__)}",
        ) from error


@lru_cache(maxsize=4096)
def cached_edtf(text: str) -> Edtf:
    return parse_edtf(text)


def entry_of(event: RecordedEvent, zone_of: ZoneOf) -> Entry:
    """Decode one recorded event and work out when it takes effect."""
    name = type_name(event.type)
    payload = decode_payload(name, event.data)
    zone = zone_of(payload.speaker)
    occurred = payload.occurred or event.recorded_at.astimezone(ZoneInfo(zone)).date().isoformat()
    return Entry(
        event.id,
        event.position,
        event.stream,
        name,
        payload,
        occurred,
        _effective_at(payload, occurred, zone, event.recorded_at),
        event.recorded_at,
    )


def _effective_at(payload: Payload, occurred: str, zone: str, recorded_at: datetime) -> datetime:
    if payload.effective_at is None:
        return fold_instant(cached_edtf(occurred), zone, recorded_at)
    try:
        return parse_instant(payload.effective_at)
    except ValueError as error:
        raise InvalidDate(
            f"effective_at: expected an instant with an offset, found {payload.effective_at!r}",
            hint="write it as 2025-03-18T16:30:00Z",
        ) from error


def entries(
    events: Iterable[RecordedEvent], zone_of: ZoneOf, known_at: datetime | None = None
) -> list[Entry]:
    """The entries known by `known_at`, amended, in fold order."""
    known = [event for event in events if known_at is None or event.recorded_at <= known_at]
    amendments = [entry_of(event, zone_of) for event in known if _is_record_amendment(event)]
    retracted = {_target(entry) for entry in amendments if entry.type == "EntryRetracted"}
    corrections = {_target(e): e.payload for e in amendments if e.type == "EntryCorrected"}
    kept = (event for event in known if event.id not in retracted)
    amended = (corrected(event, corrections.get(event.id)) for event in kept)
    return sorted((entry_of(event, zone_of) for event in amended), key=lambda entry: entry.order)


def _is_record_amendment(event: RecordedEvent) -> bool:
    return event.type in (full_type("EntryRetracted"), full_type("EntryCorrected"))


def _target(entry: Entry) -> str:
    assert isinstance(entry.payload, Amendment)
    return entry.payload.event


def corrected(event: RecordedEvent, correction: Payload | None) -> RecordedEvent:
    """The event with the fields that a correction replaces; without one, as it is."""
    if not isinstance(correction, Amendment):
        return event
    data = {**event.data, **(correction.replacement or {})}
    return RecordedEvent(
        position=event.position,
        stream=event.stream,
        version=event.version,
        id=event.id,
        type=event.type,
        source=event.source,
        recorded_at=event.recorded_at,
        data=data,
    )


def without_revised(entries_in_order: list[Entry], as_of: datetime) -> list[Entry]:
    """The entries in effect by `as_of`, less the findings that were withdrawn by then (row 34)."""
    current = [entry for entry in entries_in_order if entry.effective_at <= as_of]
    withdrawn = {e.payload.event for e in current if isinstance(e.payload, FindingRevised)}
    return [entry for entry in current if entry.id not in withdrawn]
