"""Finds agreements and commitments, as of one instant and known by another. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Generic, TypeVar

from msgspec import Struct

from events import EventStore, format_instant
from tracker.entries.decoding import commitment_made_by, entries
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
from tracker.rules.agreement import AgreementState, FoldedAgreement, is_known
from tracker.rules.fold import fold_events
from tracker.rules.terms.elsewhere import Elsewhere

T = TypeVar("T")


class Survey(Struct, Generic[T], frozen=True):
    """What every agreement answers to one question, and the agreements that cannot be read."""

    answers: list[T]
    unreadable: list[UnreadableDocument]


class AgreementReader:
    """Folds agreements at `as_of` from what was recorded by `known_at`.

    Parties, and what others hang on, are read once; a caller may have them `at hand`.
    """

    def __init__(
        self,
        store: EventStore,
        as_of: datetime,
        known_at: datetime,
        at_hand: tuple[Registry, Elsewhere] | None = None,
    ) -> None:
        self.store = store
        self.as_of = as_of
        self.known_at = known_at
        self._at_hand = at_hand

    @cached_property
    def _surroundings(self) -> tuple[Registry, Elsewhere]:
        """The parties, and the moments of other agreements."""
        if self._at_hand is not None:
            return self._at_hand
        registry = read_registry(self.store, self.known_at)
        return registry, elsewhere(self.store, registry, self.known_at)

    def folded(self, agreement: str) -> FoldedAgreement:
        """One agreement; raises UnreadableAgreement where its entries cannot be folded."""
        return self._answer(agreement, lambda folded: folded)

    def survey(self, question: Callable[[FoldedAgreement], T]) -> Survey[T]:
        """Asks every agreement that was known and had begun by then.

        One that cannot be folded, or whose answer fails, is listed and does not stop the others.
        """
        unreadable: list[UnreadableDocument] = []
        return Survey(list(self.each_answer(question, unreadable)), unreadable)

    def each_answer(
        self, question: Callable[[FoldedAgreement], T], unreadable: list[UnreadableDocument]
    ) -> Iterator[T]:
        """What `survey` answers, one by one; `unreadable` grows by what cannot be read."""

        def answers_of(folded: FoldedAgreement) -> list[T]:
            return [question(folded)] if is_known(folded.state) else []

        for agreement in agreement_ids(self.store):
            try:
                yield from self._answer(agreement, answers_of)
            except UnreadableAgreement as error:
                unreadable.append(unreadable_document(error))

    def find(self, name: str) -> FoldedAgreement:
        """The agreement with this id, or the one of this commitment; raises UnknownId."""
        known = self.known(name)
        if known is not None:
            return known
        ids = self.survey(lambda folded: (folded.state.id, *folded.state.commitments)).answers
        what, instants = "agreement or commitment", (self.as_of, self.known_at)
        raise unknown_by_then(self.store, what, name, *instants, chain.from_iterable(ids))

    def known(self, name: str) -> FoldedAgreement | None:
        """The same; None where it is not on record by then."""
        if not is_reserved(name) and self.store.stream_version(name):
            folded = self.folded(name)
            if is_known(folded.state) or not is_recorded_after(self.store, name, self.known_at):
                return folded
        agreement = agreement_of(self.store, name)
        if agreement is not None:
            folded = self.folded(agreement)
            if name in folded.state.commitments:
                return folded
        return None

    def _answer(self, agreement: str, question: Callable[[FoldedAgreement], T]) -> T:
        recorded = list(self.store.read_stream(agreement))

        def answer(events: Recorded) -> T:
            registry, others = self._surroundings
            as_of, known_at, outside = self.as_of, self.known_at, others.steps
            folded = fold_events(agreement, events, as_of, registry, outside, known_at)
            if events is recorded:
                others.keep(folded)
            return question(folded)

        return readable(agreement, recorded, answer)


def survey(
    store: EventStore, as_of: datetime, known_at: datetime, question: Callable[[AgreementState], T]
) -> Survey[T]:
    """Asks every agreement that was known by `known_at` and had begun by `as_of`."""
    reader = AgreementReader(store, as_of, known_at)
    return reader.survey(lambda folded: question(folded.state))


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
    return AgreementReader(store, as_of, known_at).find(name).state


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
    others: int = 0,
) -> UnknownId:
    """The refusal of an id: from when it counts or is known, or the nearest that are on record."""
    if is_reserved(name):
        return unknown_id(what, name, known)
    later = pending(store, as_of, known_at, name)
    if later is not None:
        counts_from = format_instant(later.counts_from)
        return UnknownId(
            f"{name!r} is on record, and counts from {counts_from}",
            hint=f"pactwatch status {name} --as-of {counts_from}",
        )
    recorded_at = first_recorded(store, name)
    if recorded_at is None or recorded_at <= known_at:
        return unknown_id(what, name, known, others)
    return UnknownId(
        f"{name!r} was not on record by {format_instant(known_at)}",
        hint=f"pactwatch status {name} --known-at {format_instant(recorded_at)}",
    )


def is_recorded_after(store: EventStore, name: str, known_at: datetime) -> bool:
    """Whether an agreement or a commitment is on record, and came there later than that."""
    recorded_at = first_recorded(store, name)
    return recorded_at is not None and recorded_at > known_at


def first_recorded(store: EventStore, name: str) -> datetime | None:
    """When an agreement or a commitment came on record; None where it never did."""
    agreement = name if store.stream_version(name) else agreement_of(store, name)
    for event in store.read_stream(agreement) if agreement else ():
        if name in (agreement, commitment_made_by(event)):
            return event.recorded_at
    return None


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
