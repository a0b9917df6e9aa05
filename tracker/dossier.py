"""What an analyst lays on the table: an agreement as folded, with its entries. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from events import RecordedEvent
from tracker.entries.decoding import Entry
from tracker.entries.tlp import highest
from tracker.model.event_types import AgreementRecorded, Amendment
from tracker.model.sources import Chain, chain_of
from tracker.rules.fold import AgreementState


class Dossier(Struct, frozen=True):
    """One agreement at an instant; `entries` had taken effect by then, in fold order."""

    state: AgreementState
    entries: tuple[Entry, ...]
    recorded: dict[str, RecordedEvent]

    @property
    def chains(self) -> dict[str, Chain]:
        return {entry.id: chain_of(entry.id, entry.payload) for entry in self.entries}

    def about(self, commitment: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.payload.commitment == commitment]

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
        return next((entry for entry in self.entries if entry.id == event), None)
