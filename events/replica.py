"""How far a standby is behind its primary, in words for those who read it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from events.instants import format_instant

NOTABLE_SECONDS = 1.0


class ReplicaLag(Struct, frozen=True):
    """The state of a standby: `replayed_at` is the commit on the primary that it last repeated."""

    is_following: bool
    seconds: float
    replayed_at: datetime | None

    @property
    def is_notable(self) -> bool:
        """Whether a reader should know of it."""
        return not self.is_following or self.seconds >= NOTABLE_SECONDS

    @property
    def words(self) -> str:
        """The lag in whole seconds, or from minutes on in whole minutes."""
        if not self.is_following:
            at = self.replayed_at
            since = format_instant(at.replace(microsecond=0)) if at else "it was started"
            return f"cut off from its primary since {since} or later"
        minutes = int(self.seconds // 60)
        amount = f"{minutes} min" if minutes else f"{int(self.seconds)} s"
        return f"{amount} behind its primary"
