"""The moments of other agreements, read from the log when a deadline hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from events import EventStore, RecordedEvent
from tracker.entries.parties import Registry
from tracker.entries.party_stream import registries
from tracker.entries.streams import is_reserved
from tracker.projections.commitment_index import index_of
from tracker.rules.terms.anchors import Outside
from tracker.rules.terms.elsewhere import Elsewhere


def elsewhere(store: EventStore, registry: Registry, known_at: datetime | None = None) -> Elsewhere:
    """What was known by `known_at` of every agreement; nothing is read before it is asked for."""
    index = cache(lambda: index_of(store))

    @cache
    def events_of(agreement: str) -> Sequence[RecordedEvent]:
        events = store.read_stream(agreement)
        return [e for e in events if known_at is None or e.recorded_at <= known_at]

    @cache
    def agreement_of(name: str) -> str | None:
        if not is_reserved(name) and store.stream_version(name):
            return name
        return index().get(name)

    return Elsewhere(registry, events_of, agreement_of)


class Surroundings:
    """The parties and the other agreements as known at any instant; each is read once."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.parties = registries(store)
        self._outside: dict[datetime, Outside] = {}

    def outside(self, known_at: datetime) -> Outside:
        """The moments of other agreements, as known at an instant."""
        if known_at not in self._outside:
            parties = self.parties(known_at)
            self._outside[known_at] = elsewhere(self._store, parties, known_at).steps
        return self._outside[known_at]
