"""Brings an event file of another desk together with what is on record.

An event is known by its source and id together. The log has each id once, so an id that another
source has taken is stored under one that is derived from both, and what refers to it follows. A
party, an agreement and a promise are registered once: the same again, under whatever id, is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from msgspec.structs import replace

from events import RecordedEvent
from events.cloudevents import MAX_NAME, CloudEvent
from events.envelope import EventData
from events.errors import EventStoreError
from tracker.entries.amendments import (
    CORRECTED,
    Amendments,
    amended_data,
    replacement_of,
    short_type,
)
from tracker.entries.streams import PARTIES, STATEMENTS, is_of_parties, party_stream
from tracker.errors import TrackerError
from tracker.model.event_types import PROMISES
from tracker.projections.commitment_index import CommitmentIndex
from tracker.recording.conflicts import (
    LISTED,
    Conflict,
    ConflictDocument,
    Conflicting,
    correcting_command,
    has_same_envelope,
    is_same,
    says_same,
    settling_command,
    statement_of,
    statements_of,
)
from tracker.recording.stream_draft import StreamDraft

REFERRING = ("event", "incident", "reading")
"""Fields that may name an event; an incident and a reading without an id have that of theirs."""
NAMING = frozenset({*REFERRING, "derived_from", "replacement"})
ONCE = {"PartyRegistered": "party", "AgreementRecorded": "agreement"} | dict.fromkeys(
    PROMISES, "commitment"
)
"""What is registered once, and the field that names it."""
MARK = 8
NOTHING: Mapping[str, EventData] = {}


def derived_id(source: str, event_id: str) -> str:
    """The id under which an event is stored whose own is taken by an event of another source."""
    return f"{event_id}.{sha256(source.encode()).hexdigest()[:MARK]}"


def references_of(data: EventData) -> list[str]:
    """The names in an event's data that may be those of other events."""
    if NAMING.isdisjoint(data):
        return []
    names = [name for name in map(data.get, REFERRING) if isinstance(name, str)]
    derived_from = data.get("derived_from")
    if isinstance(derived_from, list):
        names += [name for name in derived_from if isinstance(name, str)]
    return names + references_of(data["replacement"]) if is_replacing(data) else names


def is_replacing(data: EventData) -> bool:
    return isinstance(data.get("replacement"), dict)


class Record(Protocol):
    """The record with what was taken of a file: an intake, as far as merging needs it."""

    already_known: int
    taken: dict[str, RecordedEvent]
    retracted: set[str]
    index: CommitmentIndex

    def find(self, event_id: str) -> RecordedEvent | None: ...

    def stream(self, subject: str) -> StreamDraft: ...

    def take(self, event: CloudEvent) -> None: ...


class Merging:
    """Gives each event of a file the id that it has on record, and finds what conflicts."""

    def __init__(self, intake: Record, corrected: Mapping[str, EventData] = NOTHING) -> None:
        self.intake = intake
        self.corrected = corrected
        """By id: how the file corrects what it registers otherwise than it is on record."""
        self.aliases: dict[tuple[str, str], str] = {}
        """By source and id: what an event is called on record that was registered there before."""
        self.names: dict[str, str] = {}
        """The same by id alone, for what another source says of it."""
        self.agreed: set[str] = set()
        """What is on record as the file corrects it, and not as the file first has it."""
        self.seen: set[str] = set()
        """The registrations on record that the file has, too."""
        self.conflicts: list[ConflictDocument] = []

    def take(self, line: int, event: CloudEvent | EventStoreError) -> None:
        """Takes one event of the file into the intake; an error is that of a line that is none.

        Conflicts are collected. What comes after one may have needed what conflicts, so nothing
        else is refused from there on.
        """
        try:
            if isinstance(event, EventStoreError):
                raise event
            settled = self.settled(event)
            if settled is None:
                self.intake.already_known += 1
            else:
                self.intake.take(settled)
        except Conflict as conflict:
            self.conflicts.append(conflict.document(line))
        except (TrackerError, EventStoreError):
            if not self.conflicts:
                raise
        if len(self.conflicts) == LISTED:
            self.check_conflicts()

    def check_conflicts(self) -> None:
        """Raises Conflicting where there are any."""
        if self.conflicts:
            raise Conflicting(self.conflicts)

    def settled(self, event: CloudEvent) -> CloudEvent | None:
        """The event as it is to be taken; None for one that is on record already.

        What was corrected since is on record as it first stood, and as it is corrected. Raises
        Conflict for one that is on record otherwise.
        """
        own_id = self.stored_id(event.source, event.id, is_new=True)
        event = self._following(event, own_id)
        known = self.intake.find(own_id)
        if known is None:
            return None if self._is_settling(event) else self._settled_registration(event)
        is_on_record = is_same(known, event) or (
            has_same_envelope(known, event) and says_same(self._data(known), event.data)
        )
        if not is_on_record:
            raise Conflict(
                f"event {event.id!r}",
                known,
                event,
                self._hint(known, event),
                in_same_file=known.id in self.intake.taken,
            )
        self.seen.add(known.id)
        return None

    def _is_settling(self, event: CloudEvent) -> bool:
        """Whether it corrects into what is on record what the file had registered otherwise."""
        target = self.intake.find(str(event.data.get("event")))
        if short_type(event) != CORRECTED or target is None or target.id not in self.agreed:
            return False
        data = self._data(target)
        return data == amended_data(data, replacement_of(event.data))

    def _data(self, known: RecordedEvent) -> EventData:
        """The data of an entry on record with its corrections."""
        return Amendments(self.intake.stream(known.stream).events).data(known)

    def _hint(self, known: RecordedEvent, event: CloudEvent) -> str:
        """How to settle an entry that the file has otherwise."""
        if known.id in self.intake.taken:
            return "keep one of the two lines, or give one of them an id of its own"
        if not has_same_envelope(known, event):
            return "give the new event an id of its own"
        current = self._data(known)
        names = sorted({*current, *event.data})
        differing = {n: event.data.get(n) for n in names if current.get(n) != event.data.get(n)}
        return correcting_command(known.id, differing)

    def stored_id(self, source: str, name: str, *, is_new: bool = False) -> str:
        """What an event of a source is called on record; one that `is_new` gets a free name."""
        if self.aliases and (source, name) in self.aliases:
            return self.aliases[source, name]
        known = self.intake.find(name)
        if known is None and not is_new and name in self.names:
            return self.names[name]
        if known is None:
            return self._underived(source, name) if "." in name else name
        if known.source == source or len(derived := derived_id(source, name)) > MAX_NAME:
            return name
        return derived if is_new or self.intake.find(derived) is not None else name

    def _underived(self, source: str, name: str) -> str:
        """The name before another log derived one from it, where that is on record here."""
        own = name.rpartition(".")[0]
        if name != derived_id(source, own):
            return name
        known = self.intake.find(own)
        return own if known is not None and known.source == source else name

    def _following(self, event: CloudEvent, own_id: str) -> CloudEvent:
        """The event under its id on record, with those of the events that it refers to."""
        names = {name: self.stored_id(event.source, name) for name in references_of(event.data)}
        if all(name is stored for name, stored in names.items()):
            return event if own_id is event.id else replace(event, id=own_id)
        data = _renamed(event.data, names)
        if is_replacing(data):
            data["replacement"] = _renamed(data["replacement"], names)
        return replace(event, id=own_id, data=data)

    def _settled_registration(self, event: CloudEvent) -> CloudEvent | None:
        """Compares what can be registered once with what is registered."""
        kind = short_type(event)
        name = event.data.get(ONCE[kind]) if kind in ONCE else None
        if not isinstance(name, str):
            return event
        registrations = self._registrations(event, kind, name)
        is_taken_back = kind == "PartyRegistered" and event.id in self.intake.retracted
        if not registrations or is_taken_back:
            return event
        stated = statement_of(kind, event.data, event.time)
        counting = (_in_force(registrations, event.time), registrations[-1])
        same = next((r for r, *data in counting if stated in statements_of(kind, r, data)), None)
        if same is None and event.id in self.corrected:
            agreed = statement_of(kind, self.corrected[event.id], event.time)
            same = next(
                (r for r, data in counting if agreed in statements_of(kind, r, [data])), None
            )
            self.agreed |= {same.id} if same else set()
        if kind == "PartyRegistered" and self._is_update(event, registrations[-1][0], same):
            return event
        if same is not None:
            self.aliases[event.source, event.id] = self.names[event.id] = same.id
            self.seen.add(same.id)
            return None
        earlier, data = counting[0]
        current = statement_of(kind, data, earlier.recorded_at)
        names = sorted({*stated, *current})
        differing = {n: stated.get(n) for n in names if stated.get(n) != current.get(n)}
        hint = settling_command(kind, earlier, event, differing)
        fields = [f"data.{field}" for field in differing]
        raise Conflict(f"{ONCE[kind]} {name!r}", earlier, event, hint, fields)

    def _is_update(
        self, event: CloudEvent, latest: RecordedEvent, same: RecordedEvent | None
    ) -> bool:
        """Whether a party is registered anew by who knows how it is registered.

        That is who registered it, or whose file has that registration. Who registers `same` again
        is taken at his word only where he did it himself.
        """
        if same is not None:
            return same.source == event.source
        is_own = latest.source == event.source and event.time >= latest.recorded_at
        return is_own or latest.id in self.seen

    def _registrations(
        self, event: CloudEvent, kind: str, name: str
    ) -> list[tuple[RecordedEvent, EventData]]:
        """The registrations of the same that stand on record, each with its data as amended.

        Those of the file itself are judged as any other entry: it is a history of its own.
        """
        subject = event.subject or STATEMENTS
        if kind in PROMISES and self.intake.index.get(name) is None:
            return []
        streams = (PARTIES, party_stream(name)) if is_of_parties(subject) else (subject,)
        events = [
            recorded
            for stream in map(self.intake.stream, streams)
            if stream.length
            for recorded in stream.events
        ]
        amended = Amendments(events)
        return [
            (recorded, amended.data(recorded))
            for recorded in events
            if short_type(recorded) == kind
            and recorded.data.get(ONCE[kind]) == name
            and amended.standing(recorded)
            and recorded.id not in self.intake.taken
        ]


def _in_force(
    registrations: list[tuple[RecordedEvent, EventData]], at: datetime
) -> tuple[RecordedEvent, EventData]:
    """The registration that counted at an instant; the first where that was before them all."""
    registrations = sorted(registrations, key=lambda each: each[0].recorded_at)
    known = [each for each in registrations if each[0].recorded_at <= at]
    return (known or registrations[:1])[-1]


def _renamed(data: EventData, names: dict[str, str]) -> EventData:
    """The data with the names of events replaced."""
    renamed = dict(data)
    for field in REFERRING:
        if isinstance(data.get(field), str):
            renamed[field] = names[data[field]]
    if isinstance(data.get("derived_from"), list):
        renamed["derived_from"] = [names.get(name, name) for name in data["derived_from"]]
    return renamed
