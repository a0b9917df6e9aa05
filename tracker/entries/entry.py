"""One decoded entry of an agreement's stream."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from tracker.dates.edtf import Span
from tracker.entries.parties import Registry
from tracker.model.payload import Payload
from tracker.model.sources import Chain, acting_in, chain_of

Order = tuple[datetime, datetime, int]


class Entry(Struct, frozen=True, gc=False):
    """One event ready to fold: typed payload, when it happened, and the instant it takes effect.

    `occurred` is the date as said, `span` the moments it covers in the zone of the agreement.
    `replacement` is what a revised finding is replaced by, `source` who recorded it. `registry`
    says which party is behind each account that it names, when it takes effect.
    """

    id: str
    position: int
    stream: str
    type: str
    payload: Payload
    occurred: str
    span: Span
    effective_at: datetime
    recorded_at: datetime
    registry: Registry
    replacement: Entry | None = None
    source: str = ""

    @property
    def speaker_party(self) -> str | None:
        """The party behind its speaker; None where nobody speaks."""
        speaker = self.payload.speaker
        return self.registry.party_of(speaker) if speaker is not None else None

    @property
    def chain(self) -> Chain:
        """How it reached the record."""
        payload = self.payload
        quoted = (payload.speaker, payload.primary_source)
        names = [name for name in (*quoted, *acting_in(payload)) if name]
        return chain_of(self.id, payload, self.registry.speaks_for(names))

    def chain_of_account(self, account: str | None) -> Chain:
        """How an account of the terms reached the record, which may be somebody else's.

        Who tells of a promise may give its length as another says it: then that one is the source.
        """
        chain = self.chain
        if account is None or account in (chain.speaker, chain.primary_source):
            return chain
        behind = {**chain.parties, **self.registry.speaks_for((account,))}
        return replace(chain, speaker=account, primary_source=account, parties=behind)

    @property
    def order(self) -> Order:
        """Fold order: by effective instant, then as recorded.

        The position comes last, so that two desks that took in each other's entries agree.
        """
        return (self.effective_at, self.recorded_at, self.position)
