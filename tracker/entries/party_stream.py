"""Reads the registry of parties from the log, whole or as once known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from events import EventStore, RecordedEvent
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import is_zone, midnight
from tracker.entries.decoding import entries
from tracker.entries.entry import Entry
from tracker.entries.parties import ALWAYS, Party, Registry
from tracker.entries.streams import party_events
from tracker.model.event_types import PartyRegistered


def registry_of(events: Iterable[RecordedEvent]) -> Registry:
    """The registry from the streams of parties: of each, what was recorded of it last.

    Whom an account speaks for is kept with its date (`party_as_registered`).

    An entry that cannot be read registers nobody.
    """
    decoded = entries(events, Registry({}), only_readable=True)
    decoded.sort(key=lambda entry: entry.position)
    parties: dict[str, Party] = {}
    for entry in decoded:
        payload = entry.payload
        if isinstance(payload, PartyRegistered) and is_zone(payload.zone):
            parties[payload.party] = party_as_registered(payload, entry, parties.get(payload.party))
    return Registry(parties)


def party_as_registered(p: PartyRegistered, entry: Entry, before: Party | None) -> Party:
    """A party by a registration, over what was registered of it before.

    Whom it speaks for first it speaks for always; so it does where no date is given and nobody had
    been named. Any other change counts from its date, and leaves what it said before to whom it
    spoke for then.
    """
    party = Party(p.party, p.name, p.zone, p.aliases, p.qid, p.speaks_for)
    if before is None:
        return party
    is_first = not (before.tenures or before.speaks_for)
    if is_first and p.occurred is None:
        return party
    spoke = replace(party, speaks_for=before.speaks_for, tenures=before.tenures)
    return spoke.with_tenure(_begin(p, entry), p.speaks_for)


def _begin(p: PartyRegistered, entry: Entry) -> datetime:
    """From when a registration counts: its instant, else the beginning of its day in its zone."""
    if p.effective_at is not None:
        return entry.effective_at
    if p.occurred is None:
        return entry.recorded_at
    when = parse_edtf(p.occurred)
    return when.instant or (midnight(when.first, p.zone) if when.first else ALWAYS)


def read_registry(store: EventStore, known_at: datetime | None = None) -> Registry:
    """The registry as known at an instant: a zone learned later moves no earlier answer."""
    events = party_events(store)
    return registry_of(e for e in events if known_at is None or e.recorded_at <= known_at)


def registries(store: EventStore) -> Callable[[datetime], Registry]:
    """The registries at any instant: the log is read once, each registry is made once."""
    events = party_events(store)
    made: dict[int, Registry] = {}

    def registry_at(known_at: datetime) -> Registry:
        known = [event for event in events if event.recorded_at <= known_at]
        # What is known only grows, so as many events are the same events.
        if len(known) not in made:
            made[len(known)] = registry_of(known)
        return made[len(known)]

    return registry_at
