"""One decoded entry of an agreement's stream."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from tracker.model.payload import Payload


class Entry(Struct, frozen=True):
    """One event ready to fold: typed payload, and the instant it takes effect.

    `replacement` is what a revised finding is replaced by.
    """

    id: str
    position: int
    stream: str
    type: str
    payload: Payload
    occurred: str
    effective_at: datetime
    recorded_at: datetime
    replacement: Entry | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """Fold order: by effective instant, then by position."""
        return (self.effective_at, self.position)
