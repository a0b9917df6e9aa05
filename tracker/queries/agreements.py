"""Finds agreements and commitments, as of one instant and known by another. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from events import EventStore, format_instant
from tracker.documents.readings import OpenReading, open_readings
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry, read_registry
from tracker.entries.streams import RESERVED, agreement_ids
from tracker.errors import UnknownId, unknown_id
from tracker.model.commitment import Commitment
from tracker.projections.commitment_index import agreement_of
from tracker.rules.fold import AgreementState, fold, is_known


def agreement_state(
    store: EventStore, agreement: str, as_of: datetime, known_at: datetime, registry: Registry
) -> AgreementState:
    """One agreement at `as_of` from what was recorded by `known_at`."""
    decoded = entries(store.read_stream(agreement), registry.zone_of, known_at)
    return fold(agreement, decoded, as_of, registry.zone_of)


def states(store: EventStore, as_of: datetime, known_at: datetime) -> Iterator[AgreementState]:
    """Every agreement that was known by `known_at` and had begun by `as_of`."""
    registry = read_registry(store, known_at)
    for agreement in agreement_ids(store):
        state = agreement_state(store, agreement, as_of, known_at, registry)
        if is_known(state):
            yield state


def find(store: EventStore, wanted_id: str, as_of: datetime, known_at: datetime) -> AgreementState:
    """The agreement with this id, or the one of this commitment; raises UnknownId."""
    registry = read_registry(store, known_at)
    if wanted_id not in RESERVED and store.stream_version(wanted_id):
        return agreement_state(store, wanted_id, as_of, known_at, registry)
    agreement = agreement_of(store, wanted_id)
    if agreement is not None:
        state = agreement_state(store, agreement, as_of, known_at, registry)
        if wanted_id in state.commitments:
            return state
    ids = ((state.id, *state.commitments) for state in states(store, as_of, known_at))
    known = [name for names in ids for name in names]
    raise unknown_id("agreement or commitment", wanted_id, known)


def find_commitment(
    store: EventStore, name: str, as_of: datetime, known_at: datetime
) -> tuple[AgreementState, Commitment]:
    """The commitment with this id; for an agreement's id, raises UnknownId naming its own."""
    state = find(store, name, as_of, known_at)
    if name in state.commitments:
        return state, state.commitments[name]
    own = ", ".join(state.commitments) or "none yet"
    hint = f"pactwatch explain {next(iter(state.commitments), name)}"
    raise UnknownId(f"{name!r} is an agreement; its commitments: {own}", hint=hint)


def deadlines(
    store: EventStore, as_of: datetime, known_at: datetime, until: datetime | None
) -> list[OpenReading]:
    """Every reading of every open term after `as_of`, soonest first."""
    rows = [
        row
        for state in states(store, as_of, known_at)
        for commitment in state.commitments.values()
        for row in open_readings(state, commitment)
    ]
    within = [row for row in rows if until is None or row["at"] <= format_instant(until)]
    return sorted(within, key=lambda row: (row["at"], row["commitment"], row["reading"]))
