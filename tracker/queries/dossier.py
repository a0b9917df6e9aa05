"""Reads dossiers from the log: an agreement as folded, with the entries behind it. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from events import EventStore
from tracker.entries.entry import Entry
from tracker.entries.streams import STATEMENTS
from tracker.entries.tlp import highest
from tracker.errors import UnreadableAgreement
from tracker.model.event_types import AgreementRecorded, Amendment, Statement
from tracker.model.payload import Payload
from tracker.model.sources import Chain
from tracker.model.terms import Terms
from tracker.queries.agreements import AgreementReader, Survey
from tracker.rules.agreement import AgreementState, FoldedAgreement
from tracker.rules.packages.collective import is_collective


class Dossier(Struct, frozen=True, dict=True):
    """One agreement at an instant; `entries` had taken effect by then, in fold order."""

    state: AgreementState
    entries: tuple[Entry, ...]

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def speaks_for(self) -> dict[str, str]:
        """The accounts that speak in its entries for another party, with the last that they did."""
        behind: dict[str, str] = {}
        for entry in self.entries:
            payload = entry.payload
            names = [payload.speaker, payload.primary_source, *_accounts_named(payload)]
            behind |= entry.registry.speaks_for(name for name in names if name)
        return behind

    def party_of(self, account: str) -> str:
        """The party that an account speaks for in its entries; itself where it speaks for none."""
        return self.speaks_for.get(account, account)

    @cached_property
    def chains(self) -> dict[str, Chain]:
        return {entry.id: entry.chain for entry in self.entries}

    def about(self, commitment: str) -> list[Entry]:
        """The entries about a commitment, and those about the whole agreement that moved it."""
        known = self.state.commitments.get(commitment)
        moved = {*known.events} if known else set()
        return [
            entry
            for entry in self.entries
            if entry.payload.commitment == commitment
            or (entry.id in moved and is_collective(entry))
        ]

    def level_of(self, events: Iterable[str]) -> str:
        """The highest TLP among these entries, what amends them, and the agreement's heading."""
        named = set(events)
        return highest(
            entry.payload.tlp
            for entry in self.entries
            if entry.id in named
            or isinstance(entry.payload, AgreementRecorded)
            or (isinstance(entry.payload, Amendment) and entry.payload.event in named)
        )

    def entry(self, event: str) -> Entry | None:
        return self.by_id.get(event)


def _accounts_named(payload: Payload) -> Iterator[str | None]:
    """Whom an entry names as having said something, beside its speaker."""
    if isinstance(payload, Statement):
        yield payload.by
    terms = getattr(payload, "terms", None)
    if isinstance(terms, Terms) and isinstance(terms.reading_of, str):
        yield terms.reading_of


def links_of(dossier_: Dossier) -> Iterator[tuple[str, str, Entry | None]]:
    """The agreements that one names: id, predecessor or precedent, and the entry that says so."""
    if dossier_.state.predecessor:
        yield dossier_.state.predecessor, "predecessor", None
    for entry in dossier_.entries:
        if entry.type == "PrecedentLinked":
            yield entry.payload.precedent, "precedent", entry  # type: ignore[attr-defined]


def dossier(agreements: AgreementReader, agreement: str) -> Dossier:
    """Reads one stream, once; the stream of statements makes a dossier without commitments.

    Raises UnreadableAgreement where its entries cannot be folded.
    """
    return _dossier(agreements.folded(agreement))


def all_dossiers(store: EventStore, as_of: datetime, known_at: datetime) -> Survey[Dossier]:
    """Every agreement known by `known_at`, in the order they were recorded."""
    return AgreementReader(store, as_of, known_at).survey(_dossier)


def dossier_of(
    store: EventStore, name: str, as_of: datetime, known_at: datetime
) -> tuple[Dossier, str | None]:
    """The dossier of an agreement, or of the one of a commitment, and that commitment's id.

    An agreement and its one commitment may share an id.
    """
    agreements = AgreementReader(store, as_of, known_at)
    has_statements = name == STATEMENTS and store.stream_version(name)
    folded = agreements.folded(name) if has_statements else agreements.find(name)
    return _dossier(folded), name if name in folded.state.commitments else None


def with_precedents(
    store: EventStore, dossier_: Dossier, as_of: datetime, known_at: datetime
) -> dict[str, Dossier]:
    """A dossier with those of its precedents that can be read, and theirs in turn, each once."""
    agreements = AgreementReader(store, as_of, known_at)
    dossiers, queue = {dossier_.state.id: dossier_}, [dossier_]
    while queue:
        for name, _, _ in links_of(queue.pop(0)):
            if name in dossiers or not store.stream_version(name):
                continue
            with suppress(UnreadableAgreement):
                dossiers[name] = dossier(agreements, name)
                queue.append(dossiers[name])
    return dossiers


def statements(store: EventStore, as_of: datetime, known_at: datetime) -> Iterator[Dossier]:
    """The dossier of the statements of no agreement, when there are any."""
    if store.stream_version(STATEMENTS):
        yield dossier(AgreementReader(store, as_of, known_at), STATEMENTS)


def _dossier(folded: FoldedAgreement) -> Dossier:
    as_of = folded.state.as_of
    return Dossier(folded.state, tuple(e for e in folded.entries if e.effective_at <= as_of))
