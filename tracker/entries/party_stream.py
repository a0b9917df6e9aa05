"""Reads the registry of parties from the log, whole or as once known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from events import EventStore, RecordedEvent
from tracker.dates.zones import is_zone
from tracker.entries.decoding import entries
from tracker.entries.parties import Party, Registry
from tracker.entries.streams import party_events
from tracker.model.event_types import PartyRegistered


def registry_of(events: Iterable[RecordedEvent]) -> Registry:
    """The registry from the streams of parties; what is recorded later replaces what was earlier.

    An entry that cannot be read registers nobody.
    """
    decoded = entries(events, Registry({}), only_readable=True)
    decoded.sort(key=lambda entry: entry.position)
    registered = [e.payload for e in decoded if isinstance(e.payload, PartyRegistered)]
    registered = [party for party in registered if is_zone(party.zone)]
    return Registry({party.party: party_as_registered(party) for party in registered})


def party_as_registered(p: PartyRegistered) -> Party:
    return Party(p.party, p.name, p.zone, p.aliases, p.qid, p.speaks_for)


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
