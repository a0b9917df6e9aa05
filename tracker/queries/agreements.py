"""Finds agreements and commitments, as of one instant and known by another. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from events import EventStore, format_instant, parse_instant
from tracker.documents.readings import OpenReading, by_end, open_readings
from tracker.entries.decoding import entries
from tracker.entries.parties import Registry
from tracker.entries.party_stream import read_registry
from tracker.entries.streams import agreement_ids, is_reserved
from tracker.entries.unreadable import (
    Recorded,
    UnreadableDocument,
    readable,
    unreadable_document,
)
from tracker.errors import UnknownId, UnreadableAgreement, unknown_id
from tracker.model.commitment import Commitment
from tracker.projections.commitment_index import agreement_of
from tracker.projections.elsewhere import elsewhere
from tracker.projections.reader import projected
from tracker.rules.agreement import AgreementState, is_known
from tracker.rules.fold import fold

T = TypeVar("T")


def agreement_state(
    store: EventStore, agreement: str, as_of: datetime, known_at: datetime, registry: Registry
) -> AgreementState:
    """Folds one agreement at `as_of` from what was recorded by `known_at`.

    Raises UnreadableAgreement where its entries cannot be folded.
    """
    recorded = list(store.read_stream(agreement))
    outside = elsewhere(store, registry, known_at)
    return readable(
        agreement,
        recorded,
        lambda events: fold(
            agreement, entries(events, registry, known_at), as_of, registry, outside
        ),
    )


class Survey(Struct, Generic[T], frozen=True):
    """What every agreement answers to one question, and the agreements that cannot be read."""

    answers: list[T]
    unreadable: list[UnreadableDocument]


def survey(
    store: EventStore, as_of: datetime, known_at: datetime, answer: Callable[[AgreementState], T]
) -> Survey[T]:
    """Asks every agreement that was known by `known_at` and had begun by `as_of`.

    One that cannot be folded, or whose answer fails, is listed and does not stop the others.
    """
    registry = read_registry(store, known_at)
    outside = elsewhere(store, registry, known_at)
    answers: list[T] = []
    unreadable: list[UnreadableDocument] = []

    def answers_of(agreement: str, events: Recorded) -> list[T]:
        decoded = entries(events, registry, known_at)
        state = fold(agreement, decoded, as_of, registry, outside)
        return [answer(state)] if is_known(state) else []

    for agreement in agreement_ids(store):
        recorded = list(store.read_stream(agreement))
        try:
            answers += readable(agreement, recorded, partial(answers_of, agreement))
        except UnreadableAgreement as error:
            unreadable.append(unreadable_document(error))
    return Survey(answers, unreadable)


def states(store: EventStore, as_of: datetime, known_at: datetime) -> list[AgreementState]:
    """Every agreement that was known by `known_at` and had begun by `as_of`, and can be read."""
    return survey(store, as_of, known_at, lambda state: state).answers


def unreadable_agreements(
    store: EventStore, as_of: datetime, known_at: datetime
) -> list[UnreadableDocument]:
    """The agreements that cannot be read, from the projection where that is exact."""
    rows = projected(store)
    if rows is not None and rows.answers(as_of, known_at):
        return rows.unreadable()
    return survey(store, as_of, known_at, is_known).unreadable


def find(store: EventStore, name: str, as_of: datetime, known_at: datetime) -> AgreementState:
    """The agreement with this id, or the one of this commitment; raises UnknownId."""
    registry = read_registry(store, known_at)
    if not is_reserved(name) and store.stream_version(name):
        return agreement_state(store, name, as_of, known_at, registry)
    agreement = agreement_of(store, name)
    if agreement is not None:
        state = agreement_state(store, agreement, as_of, known_at, registry)
        if name in state.commitments:
            return state
    ids = survey(store, as_of, known_at, lambda state: (state.id, *state.commitments)).answers
    known = [name for names in ids for name in names]
    raise unknown_by_then(store, "agreement or commitment", name, as_of, known_at, known)


class Pending(Struct, frozen=True):
    """Entries on record that count only later: how many, and from when the first of them does."""

    entries: int
    counts_from: datetime


def pending(
    store: EventStore, as_of: datetime, known_at: datetime, name: str | None = None
) -> Pending | None:
    """What was recorded by `known_at` and counts only after `as_of`; None where nothing is so.

    With `name`, of one agreement or one commitment.
    """
    agreement = name and (name if store.stream_version(name) else agreement_of(store, name))
    streams = agreement_ids(store) if name is None else [agreement] if agreement else []
    registry = read_registry(store, known_at)
    later = [
        entry.effective_at
        for stream in streams
        for entry in entries(store.read_stream(stream), registry, known_at, only_readable=True)
        if entry.effective_at > as_of
        and (name in (None, stream) or getattr(entry.payload, "commitment", None) == name)
    ]
    return Pending(len(later), min(later)) if later else None


def unknown_by_then(
    store: EventStore,
    what: str,
    name: str,
    as_of: datetime,
    known_at: datetime,
    known: Iterable[str],
) -> UnknownId:
    """The refusal of an id: from when it counts, or the nearest ids that are on record."""
    later = pending(store, as_of, known_at, name) if not is_reserved(name) else None
    if later is None:
        return unknown_id(what, name, known)
    counts_from = format_instant(later.counts_from)
    return UnknownId(
        f"{name!r} is on record, and counts from {counts_from}",
        hint=f"pactwatch status {name} --as-of {counts_from}",
    )


def find_commitment(
    store: EventStore, name: str, as_of: datetime, known_at: datetime
) -> tuple[AgreementState, Commitment]:
    """The commitment with this id; for an agreement's id, raises UnknownId naming its own."""
    state = find(store, name, as_of, known_at)
    if name in state.commitments:
        return state, state.commitments[name]
    raise no_commitment(state)


def no_commitment(state: AgreementState) -> UnknownId:
    """The refusal of an agreement's id where that of a commitment is expected."""
    own = list(state.commitments)
    message = f"{state.id!r} is an agreement; its commitments: {', '.join(own) or 'none yet'}"
    show = f"pactwatch explain {own[0]}" if own else f"pactwatch readout {state.id}"
    return UnknownId(message, hint=show)


def deadlines(
    store: EventStore,
    as_of: datetime,
    known_at: datetime,
    until: datetime | None,
    tag: str | None = None,
) -> Survey[OpenReading]:
    """Every reading of every open term after `as_of`, soonest first; with a tag or of all."""

    def readings_of(state: AgreementState) -> list[OpenReading]:
        if tag is not None and tag not in state.tags:
            return []
        return [row for c in state.commitments.values() for row in open_readings(state, c)]

    answer = survey(store, as_of, known_at, readings_of)
    rows = [row for rows in answer.answers for row in rows]
    if until is not None:
        rows = [row for row in rows if parse_instant(row["at"]) <= until]
    rows.sort(key=by_end)
    return Survey(rows, answer.unreadable)
