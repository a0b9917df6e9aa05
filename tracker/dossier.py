"""What an analyst lays on the table: an agreement as folded, with its entries. Pure."""

from __future__ import annotations

from msgspec import Struct

from events import RecordedEvent
from tracker.fold import AgreementState
from tracker.record import Entry
from tracker.sources import Chain, chain_of


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

    def entry(self, event: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == event), None)
