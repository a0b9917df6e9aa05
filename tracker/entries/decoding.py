"""Turns recorded events into entries that can be folded: decoded, corrected, dated and ordered.

Retractions and corrections act here, on the record itself: a retracted entry is not folded, a
corrected one is folded with its replacement. What was not recorded by `known_at` is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from msgspec import ValidationError, convert
from msgspec.structs import replace

from events import RecordedEvent, parse_instant
from events.envelope import EventData
from events.upcasters import split_type
from events.wording import did_you_mean, nearest, typo_of
from tracker.dates.edtf import Edtf, fold_instant, parse_edtf, span_of
from tracker.entries.amendments import Amendments, amended_data, short_type
from tracker.entries.entry import Entry
from tracker.entries.order import FoldOrder, agreement_zone
from tracker.entries.parties import Registry
from tracker.entries.upcasters import current_version, upcast
from tracker.errors import InvalidDate, InvalidEvent
from tracker.model.event_types import EVENT_TYPES, PROMISES, Amendment, FindingRevised
from tracker.model.payload import Payload

TYPE_PREFIX = "pactwatch."
RECORDED_AT = attrgetter("recorded_at")
ALL_TYPES = "pactwatch help entries"


@lru_cache(maxsize=1024)
def type_name(event_type: str) -> str:
    """`pactwatch.RoundHeld.v1` -> `RoundHeld`; raises InvalidEvent for no event type of ours."""
    full_name, version = split_type(event_type)
    name = full_name.removeprefix(TYPE_PREFIX)
    known = full_name.startswith(TYPE_PREFIX) and name in EVENT_TYPES
    if known and 1 <= version <= current_version(full_name):
        return name
    if known:
        raise InvalidEvent(
            f"unknown version of an event type: expected {full_type(name)}, found {event_type!r}",
            hint=f'"type":"{full_type(name)}"',
        )
    close = nearest(name, EVENT_TYPES)
    raise InvalidEvent(
        f"unknown event type {event_type!r}{did_you_mean(name, close)}",
        hint=f'"type":"{full_type(close[0])}"' if close else ALL_TYPES,
    )


def check_type(name: str) -> None:
    """Raises InvalidEvent for what is the name of no type, with the three that are nearest."""
    if name not in EVENT_TYPES:
        close = nearest(name, EVENT_TYPES)
        raise InvalidEvent(
            f"no entry is of the type {name!r}{did_you_mean(name, close)}",
            hint=ALL_TYPES,
            typo=typo_of(name, close),
        )


def full_type(name: str) -> str:
    """`RoundHeld` -> `pactwatch.RoundHeld.v1`: the version that is written today."""
    full_name = f"{TYPE_PREFIX}{name}"
    return f"{full_name}.v{current_version(full_name)}"


def commitment_made_by(event: RecordedEvent) -> str | None:
    """The commitment that an event makes; None for other events, and for one without an id."""
    commitment = event.data.get("commitment") if short_type(event) in PROMISES else None
    return commitment if isinstance(commitment, str) else None


def decode_payload(name: str, data: object) -> Payload:
    """Decodes the typed payload; raises InvalidEvent naming an unknown, missing or wrong field."""
    try:
        return convert(data, EVENT_TYPES[name])
    except ValidationError as error:
        from tracker.entries.form_errors import form_error

        raise form_error(name, EVENT_TYPES[name], data, error) from error


def stated_date(field: str, text: str) -> Edtf:
    """Reads the date that a field states; raises InvalidDate naming the field."""
    try:
        return parse_edtf(text)
    except InvalidDate as error:
        raise error.of_field(field) from error


def entry_of(event: RecordedEvent, registry: Registry, zone: str) -> Entry:
    """Decodes one recorded event, of whatever version, and works out when it takes effect.

    `zone` is that of its agreement. Without a date it happened on the day that its speaker had
    when it was recorded.
    """
    name = type_name(event.type)
    event = upcast(event)
    payload = decode_payload(name, event.data)
    occurred = payload.occurred
    if not occurred:
        zone_of_speaker = ZoneInfo(registry.zone_of(payload.speaker))
        occurred = event.recorded_at.astimezone(zone_of_speaker).date().isoformat()
    when = stated_date("occurred", occurred)
    effective_at = _effective_at(payload, when, zone, event.recorded_at)
    return Entry(
        event.id,
        event.position,
        event.stream,
        name,
        payload,
        occurred,
        span_of(when, zone),
        effective_at,
        event.recorded_at,
        registry.at(effective_at),
        source=event.source,
    )


def _effective_at(payload: Payload, when: Edtf, zone: str, recorded_at: datetime) -> datetime:
    if payload.effective_at is None:
        return fold_instant(when, zone, recorded_at)
    try:
        return parse_instant(payload.effective_at)
    except ValueError as error:
        raise InvalidDate(
            f"expected an instant like 2025-03-18T16:30:00Z, found {payload.effective_at!r}",
            hint="write it as 2025-03-18T16:30:00Z",
        ).of_field("effective_at") from error


def entries(
    events: Iterable[RecordedEvent],
    registry: Registry,
    known_at: datetime | None = None,
    *,
    only_readable: bool = False,
    order: FoldOrder | None = None,
) -> list[Entry]:
    """The entries known by `known_at`, amended, in fold order.

    With `only_readable` those that cannot be decoded are left out, where each stands by itself.
    `order` learns of them, for those that come next.
    """
    known = [event for event in events if known_at is None or event.recorded_at <= known_at]
    # In order of position, which is that of recording, but for what another desk recorded.
    known.sort(key=RECORDED_AT)
    standing = standing_events(known)
    zone, order = agreement_zone(standing, registry), order or FoldOrder()
    placed: list[Entry] = []
    for event in standing:
        try:
            entry = _with_replacement(entry_of(event, registry, zone), standing, registry, zone)
        except Exception:
            if not only_readable:
                raise
        else:
            placed.append(order.place(entry))
            order.add(placed[-1])
    return sorted(placed, key=lambda entry: entry.order)


def standing_events(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """The events that were not retracted, each as it was corrected."""
    amended = Amendments(events)
    if amended.is_empty:
        return list(events)
    return [with_data(event, amended.data(event)) for event in events if amended.standing(event)]


def _with_replacement(
    entry: Entry, events: list[RecordedEvent], registry: Registry, zone: str
) -> Entry:
    """A revised finding carries the finding that replaces it from then on."""
    payload = entry.payload
    if not isinstance(payload, FindingRevised) or not payload.replacement:
        return entry
    target = next((event for event in events if event.id == payload.event), None)
    if target is None:
        return entry
    return replace(entry, replacement=entry_of(revised(target, payload), registry, zone))


def revised(event: RecordedEvent, amendment: Amendment) -> RecordedEvent:
    """The event with the fields that an amendment replaces."""
    return with_data(event, amended_data(event.data, amendment.replacement or {}))


def with_data(event: RecordedEvent, data: EventData) -> RecordedEvent:
    """The event as if it had said this."""
    return event if data == event.data else replace(event, data=data)
