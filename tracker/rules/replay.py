"""Replays one agreement as its record grew: what was known, and how it stood then. Pure.

A fold is carried on while news comes in the order in which it happened, and begun anew for news of
earlier and for amendments, so a long life is told in about one fold.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from events import RecordedEvent
from tracker.entries.decoding import entries, entry_of
from tracker.entries.entry import Entry, ZoneOf
from tracker.model.event_types import Amendment
from tracker.rules.fold import AgreementFold, AgreementState


class Replay:
    """Folds what has been learned so far; instants are asked for in rising order."""

    def __init__(self, agreement: str, zone_of: ZoneOf) -> None:
        self.agreement = agreement
        self.zone_of = zone_of
        self._known: list[RecordedEvent] = []
        self._waiting: deque[Entry] = deque()
        self._last: tuple[datetime, int] | None = None
        self._folding = AgreementFold(agreement, zone_of)

    def learn(self, recorded: Sequence[RecordedEvent]) -> None:
        """Takes in what was recorded next."""
        self._known += recorded
        new = [entry_of(event, self.zone_of) for event in recorded]
        if any(self._tells_otherwise(entry) for entry in new):
            self._last, self._folding = None, AgreementFold(self.agreement, self.zone_of)
            self._waiting = deque(entries(self._known, self.zone_of))
        else:
            self._waiting = deque(sorted((*self._waiting, *new), key=lambda entry: entry.order))

    def _tells_otherwise(self, entry: Entry) -> bool:
        """Whether an entry changes what the fold has already passed."""
        late = self._last is not None and entry.order < self._last
        return late or isinstance(entry.payload, Amendment)

    def at(self, instant: datetime) -> AgreementState:
        """The agreement at an instant, as far as is known so far."""
        while self._waiting and self._waiting[0].effective_at <= instant:
            entry = self._waiting.popleft()
            self._folding.advance_clock(entry.effective_at)
            self._folding.apply(entry)
            self._last = entry.order
        coming = self._waiting[0].effective_at if self._waiting else None
        return self._folding.passed(instant).state(instant, coming)
