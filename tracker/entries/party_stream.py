"""Reads the registry of parties from the log: the stream `parties`, whole or as once known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from events import EventStore, RecordedEvent
from tracker.dates.zones import is_zone
from tracker.entries.decoding import entries
from tracker.entries.parties import Party, Registry
from tracker.entries.streams import PARTIES
from tracker.model.event_types import PartyRegistered


def registry_of(events: Iterable[RecordedEvent]) -> Registry:
    """The registry from the stream `parties`; a later entry replaces an earlier one.

    An entry that cannot be read registers nobody.
    """
    decoded = entries(events, Registry({}), only_readable=True)
    registered = [e.payload for e in decoded if isinstance(e.payload, PartyRegistered)]
    registered = [party for party in registered if is_zone(party.zone)]
    return Registry({p.party: Party(p.party, p.name, p.zone, p.aliases, p.qid) for p in registered})


def read_registry(store: EventStore, known_at: datetime | None = None) -> Registry:
    """The registry as known at an instant: a zone learned later moves no earlier answer."""
    events = store.read_stream(PARTIES)
    return registry_of(e for e in events if known_at is None or e.recorded_at <= known_at)


def registries(store: EventStore) -> Callable[[datetime], Registry]:
    """The registries at any instant: the stream is read once, each registry is made once."""
    events = list(store.read_stream(PARTIES))
    made: dict[int, Registry] = {}

    def registry_at(known_at: datetime) -> Registry:
        known = [event for event in events if event.recorded_at <= known_at]
        # What is known only grows, so as many events are the same events.
        if len(known) not in made:
            made[len(known)] = registry_of(known)
        return made[len(known)]

    return registry_at
