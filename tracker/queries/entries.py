"""Single entries of the record, each with its amendments: corrected, retracted, revised, erased.

Reads only. Nothing is hidden: a retracted entry stays, with its text, and is marked as retracted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from msgspec import Struct

from events import EventStore, RecordedEvent, format_instant, parse_instant
from events.envelope import EventData
from tracker.entries.amendments import Amendments, amended_data, replacement_of, short_type
from tracker.entries.authors import author_of
from tracker.entries.decoding import entries, entry_of, standing_events, with_data
from tracker.entries.entry import Entry
from tracker.entries.lookup import citation, find_entry, with_entry_ids
from tracker.entries.order import agreement_zone
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.entries.tlp import levels
from tracker.errors import InvalidEvent, UnknownId, unknown_id
from tracker.queries.incidents import incident_typed
from tracker.queries.subjects import commitments_of
from tracker.recording.as_written import WrittenFields
from tracker.recording.typed_fields import typed_fields


class FieldChange(TypedDict):
    """A field, or a part of a structure, in which two versions of an entry differ."""

    field: str
    before: object
    after: object


class AmendmentDocument(TypedDict):
    """What amends an entry; `changed` is what a correction made of the version before it."""

    event: str
    recorded_at: str
    reason: str | None
    replacement: EventData | None
    changed: NotRequired[list[FieldChange]]


class EntryDocument(TypedDict):
    """An entry as recorded, as amended, and the amendments beside it."""

    position: int
    id: str
    stream: str
    version: int
    type: str
    name: str
    source: str
    author: str | None
    commitment: str | None
    recorded_at: str
    occurred: str
    effective_at: str
    data: EventData
    erased: list[str]
    tlp: str
    standing: str
    corrected: EventData | None
    corrected_by: list[AmendmentDocument]
    retracted_by: AmendmentDocument | None
    revised_by: AmendmentDocument | None


class KnownEntries:
    """Entries as they were known at an instant; each stream is looked through once."""

    def __init__(self, store: EventStore, known_at: datetime | None) -> None:
        self.store = store
        self.known_at = known_at
        self.registry = read_registry(store, known_at)
        self._streams: dict[str, Known] = {}

    def each(
        self, stream: str | None, after: int = 0, as_of: datetime | None = None
    ) -> Iterator[EntryDocument]:
        """Entries in order of position, of one stream or of all, each read when it is asked for."""
        if stream and not self.store.stream_version(stream):
            raise unknown_id("agreement", stream, self.store.streams_after(0))
        events = self.store.read_stream(stream) if stream else self.store.read_all(after=after)
        for event in events:
            if event.position > after and self.knows(event):
                row = self.entry(event)
                if as_of is None or parse_instant(row["effective_at"]) <= as_of:
                    yield row

    def knows(self, event: RecordedEvent) -> bool:
        return self.known_at is None or event.recorded_at <= self.known_at

    def of(self, stream: str) -> Known:
        """A stream as far as it was known."""
        if stream not in self._streams:
            known = known_of(self.store, stream, self.registry, self.known_at)
            self._streams[stream] = known
        return self._streams[stream]

    def entry(self, event: RecordedEvent) -> EntryDocument:
        return entry_json(event, self.of(event.stream), self.registry)


class Known(Struct, frozen=True):
    """A stream's entries as far as known: amendments, TLP levels, and each where it folds.

    `zone` is that of the agreement; a retracted entry folds nowhere.
    """

    events: dict[str, RecordedEvent]
    amended: Amendments
    levels: dict[str, str]
    zone: str
    folded: dict[str, Entry]

    def as_recorded(self, event: RecordedEvent, registry: Registry) -> Entry:
        """The entry without its corrections, which may have moved it; raises where unreadable."""
        is_corrected = event.id in self.amended.corrections
        folded = None if is_corrected else self.folded.get(event.id)
        return folded or entry_of(event, registry, self.zone)


def known_of(
    store: EventStore, stream: str, registry: Registry, known_at: datetime | None = None
) -> Known:
    """A stream as far as it was known."""
    events = store.read_stream(stream)
    known = [e for e in events if known_at is None or e.recorded_at <= known_at]
    zone = agreement_zone(standing_events(known), registry)
    folded = {entry.id: entry for entry in entries(known, registry, only_readable=True)}
    by_id = {event.id: event for event in known}
    return Known(by_id, Amendments(known), levels(known), zone, folded)


def named_entry(store: EventStore, name: str, known_at: datetime | None) -> EntryDocument:
    """The entry that is meant; raises UnknownId when it had not been recorded by `known_at`."""
    event = find_entry(store, name)
    if known_at is not None and event.recorded_at > known_at:
        cited = citation(event.id, event.position)
        raise UnknownId(
            f"event {cited.words} was recorded at {format_instant(event.recorded_at)}, after "
            f"{format_instant(known_at)}",
            hint=f"pactwatch event show {cited.argument}",
        )
    registry = read_registry(store, known_at)
    return entry_json(event, known_of(store, event.stream, registry, known_at), registry)


def entry_json(event: RecordedEvent, known: Known, registry: Registry) -> EntryDocument:
    """An entry as recorded, as amended, and the amendments beside it.

    One that cannot be decoded is shown too, or nobody could see what to retract.
    """
    amended = known.amended
    now = amended.data(event)
    occurred, effective_at = str(now.get("occurred") or ""), event.recorded_at
    standing_alone = "unreadable"
    with suppress(Exception):
        entry = known.folded.get(event.id) or entry_of(with_data(event, now), registry, known.zone)
        occurred, effective_at = entry.occurred, entry.effective_at
        standing_alone = "stands"
    retraction, revision = amended.retracted_by.get(event.id), amended.revised_by.get(event.id)
    corrections = amended.corrections.get(event.id, [])
    commitments = commitments_of(now, event.position, known.events, amended)
    return {
        "position": event.position,
        "id": event.id,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "name": short_type(event),
        "source": event.source,
        "author": author_of(event.source),
        "commitment": commitments[0] if len(commitments) == 1 else None,
        "recorded_at": format_instant(event.recorded_at),
        "occurred": occurred,
        "effective_at": format_instant(effective_at),
        "data": event.data,
        "erased": list(event.erased),
        "tlp": known.levels[event.id],
        "standing": _standing(retraction, revision, corrections) or standing_alone,
        "corrected": now if corrections else None,
        "corrected_by": _corrections(event, corrections, amended),
        "retracted_by": _amendment(retraction, amended) if retraction else None,
        "revised_by": _amendment(revision, amended) if revision else None,
    }


def amendments_of(entry: EntryDocument) -> list[tuple[str, AmendmentDocument]]:
    """What amends an entry, each with how: its corrections, its revision, its retraction."""
    last = (("revised", entry["revised_by"]), ("retracted", entry["retracted_by"]))
    return [
        *(("corrected", correction) for correction in entry["corrected_by"]),
        *((how, amendment) for how, amendment in last if amendment),
    ]


def _standing(
    retraction: RecordedEvent | None,
    revision: RecordedEvent | None,
    corrections: list[RecordedEvent],
) -> str:
    if retraction:
        return "retracted"
    if revision:
        return "revised"
    return "corrected" if corrections else ""


def _corrections(
    event: RecordedEvent, corrections: list[RecordedEvent], amended: Amendments
) -> list[AmendmentDocument]:
    """Each correction with the parts that it changed from the version before."""
    rows, data = [], dict(event.data)
    for correction in corrections:
        row = _amendment(correction, amended)
        new = amended_data(data, replacement_of(row))
        row["changed"] = changes(data, new)
        rows.append(row)
        data = new
    return rows


def changes(old: EventData, new: EventData) -> list[FieldChange]:
    """The fields, and parts of structures, in which two versions of an entry differ."""
    before, after = parts(old), parts(new)
    return [
        {"field": name, "before": before.get(name), "after": after.get(name)}
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def parts(data: EventData) -> EventData:
    """Fields by name, parts of a structure by `field.part`."""
    leaves: EventData = {}
    for name, value in data.items():
        if isinstance(value, dict) and value:
            leaves |= {f"{name}.{part}": leaf for part, leaf in parts(value).items()}
        else:
            leaves[name] = value
    return leaves


def _amendment(event: RecordedEvent, amended: Amendments) -> AmendmentDocument:
    data = amended.data(event)
    return {
        "event": event.id,
        "recorded_at": format_instant(event.recorded_at),
        "reason": data.get("reason"),
        "replacement": data.get("replacement"),
    }


def replacement(
    store: EventStore,
    event: RecordedEvent,
    fields: tuple[str, ...],
    written: WrittenFields,
    correction: str | None = None,
) -> tuple[EventData, list[FieldChange]]:
    """The fields to replace, parts of a structure put into the whole, and what each changes.

    `written` turns what is typed into what is recorded.
    `correction` is the id that it is to have: where that is on record, it is the same command
    again, and changes what stood before it.
    """
    recorded = list(store.read_stream(event.stream))
    place = next((n for n, each in enumerate(recorded) if each.id == correction), len(recorded))
    data = Amendments(recorded[:place]).data(event)
    typed = with_entry_ids(store, typed_fields(short_type(event), fields))
    if isinstance(name := typed.get("incident"), str):
        about = data.get("commitment")
        typed["incident"] = incident_typed(recorded[:place], short_type(event), about, name)
    fields_given = written.resolve(typed)
    new = {name: _merged(data.get(name), value) for name, value in fields_given.items()}
    changed = changes(data, amended_data(data, new))
    if not changed:
        cited = citation(event.id, event.position)
        raise InvalidEvent(
            f"that is what {cited.words} says already",
            hint=f"pactwatch event show {cited.argument}",
        )
    return new, changed


def _merged(old: Any, new: Any) -> Any:
    """The new value; parts of a structure are put into the old one, however deep they lie."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {name: _merged(old.get(name), value) for name, value in new.items()}
