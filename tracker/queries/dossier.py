"""Dossiers from the log: of one agreement, of all of them, of what was said of none. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from events import EventStore
from tracker.analysis.precedents import linked_names
from tracker.dossier import Dossier
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry, read_registry
from tracker.entries.streams import PARTIES, STATEMENTS
from tracker.queries.agreements import agreement_ids, is_known
from tracker.rules.fold import fold
from tracker.unknown import unknown_id


def dossier(
    store: EventStore, agreement: str, as_of: datetime, known_at: datetime, registry: Registry
) -> Dossier:
    """One stream, read once; the stream of statements makes a dossier without commitments."""
    events = list(store.read_stream(agreement))
    listed = entries(events, registry.zone_of, known_at)
    state = fold(agreement, listed, as_of, registry.zone_of)
    current = tuple(entry for entry in listed if entry.effective_at <= as_of)
    return Dossier(state, current, {event.id: event for event in events})


def all_dossiers(store: EventStore, as_of: datetime, known_at: datetime) -> Iterator[Dossier]:
    """Every agreement known by `known_at`, in the order they were recorded."""
    registry = read_registry(store)
    made = (dossier(store, name, as_of, known_at, registry) for name in agreement_ids(store))
    return (held for held in made if is_known(held.state))


def dossier_of(
    store: EventStore, wanted: str, as_of: datetime, known_at: datetime
) -> tuple[Dossier, str | None]:
    """The dossier of an agreement, or of the one that holds a commitment, with its id then.

    An agreement and its one commitment may share an id.
    """
    if wanted != PARTIES and store.stream_version(wanted):
        held = dossier(store, wanted, as_of, known_at, read_registry(store))
        return held, wanted if wanted in held.state.commitments else None
    known: list[str] = []
    for held in all_dossiers(store, as_of, known_at):
        if wanted in held.state.commitments:
            return held, wanted
        known += [held.state.id, *held.state.commitments]
    raise unknown_id("agreement or commitment", wanted, known)


def with_precedents(
    store: EventStore, held: Dossier, as_of: datetime, known_at: datetime
) -> dict[str, Dossier]:
    """A dossier with those of its precedents and theirs in turn, each read once."""
    registry, found, queue = read_registry(store), {held.state.id: held}, [held]
    while queue:
        for name in linked_names(queue.pop(0)):
            if name not in found and store.stream_version(name):
                found[name] = dossier(store, name, as_of, known_at, registry)
                queue.append(found[name])
    return found


def statements(store: EventStore, as_of: datetime, known_at: datetime) -> Iterator[Dossier]:
    """What was said of no agreement in particular, when there is any."""
    if store.stream_version(STATEMENTS):
        yield dossier(store, STATEMENTS, as_of, known_at, read_registry(store))
