"""Replays one agreement as its record grew: what was known, and how it stood then. Pure.

A fold is carried on while news comes in the order in which it happened, and begun anew for news of
earlier and for amendments, so a long life is told in about one fold.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter

from events import RecordedEvent
from tracker.entries.decoding import entries, entry_of
from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.entries.unreadable import Recorded, unreadable
from tracker.errors import UnreadableAgreement
from tracker.model.commitment import Commitment
from tracker.model.event_types import Amendment
from tracker.rules.fold import AgreementFold, AgreementState, fold

START = (datetime.min.replace(tzinfo=UTC), 0)


class Replay:
    """Folds what is known so far; `events` are in the order in which they were recorded."""

    def __init__(
        self, agreement: str, registry: Registry, recorded: Iterable[RecordedEvent] = ()
    ) -> None:
        self.agreement = agreement
        self.registry = registry
        self.events = list(recorded)
        self._fold: AgreementFold | None = None
        self._reached = START
        self._waiting: deque[Entry] = deque()
        # Why the events cannot be folded; only an amendment can mend that.
        self._failure: UnreadableAgreement | None = None

    def learn(self, recorded: Iterable[RecordedEvent]) -> None:
        """Adds what was recorded next; what cannot be decoded fails when it is folded."""
        for event in recorded:
            try:
                entry = entry_of(event, self.registry)
            except Exception:
                self.events.append(event)
                self._fold = None
            else:
                self.add(event, entry)

    def add(self, event: RecordedEvent, entry: Entry, evolved: Commitment | None = None) -> None:
        """Adds one event, decoded.

        `evolved` is its commitment as the entry leaves it, judged by the fold `before` the entry.
        """
        if isinstance(entry.payload, Amendment):
            self._fold = self._failure = None
        elif entry.order < self._reached:
            self._fold = None
        elif self._fold is not None and evolved is not None:
            # A fold that failed halfway is no beginning for the next.
            folded, self._fold = self._fold, None
            folded.apply(entry, evolved)
            self._fold = folded
        elif self._fold is not None:
            insort(self._waiting, entry, key=attrgetter("order"))
        self.events.append(event)

    def before(self, entry: Entry) -> AgreementFold:
        """The fold of all that comes before an entry, with the clock where it takes effect.

        Raises UnreadableAgreement where the entries cannot be folded.
        """
        with self._failing_in_words(entry.effective_at):
            folded = self._folded_to(entry.order)
            folded.advance_clock(entry.effective_at)
            self._reached = entry.order
        return folded

    def at(self, instant: datetime) -> AgreementState:
        """The agreement at an instant, as far as is known so far.

        The clock of the fold itself stays behind: what is learned next may have happened earlier.
        Raises UnreadableAgreement where the entries cannot be folded.
        """
        with self._failing_in_words(instant):
            folded = self._folded_to((instant, sys.maxsize))
            coming = self._waiting[0].effective_at if self._waiting else None
            return folded.passed(instant).state(instant, coming)

    @contextmanager
    def _failing_in_words(self, instant: datetime) -> Iterator[None]:
        """Raises UnreadableAgreement for a fold up to an instant that fails; looks only once."""
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except Exception as error:
            self._fold = None

            def folded(events: Recorded) -> None:
                fold(self.agreement, entries(events, self.registry), instant, self.registry)

            self._failure = unreadable(self.agreement, self.events, folded, error)
            raise self._failure from error

    @property
    def last_to_come(self) -> datetime | None:
        """When the last of the entries takes effect that are not folded yet; None without any."""
        return self._waiting[-1].effective_at if self._waiting else None

    def forget(self) -> None:
        """Begins the fold anew: a zone has moved the dates of entries."""
        self._fold = None

    def newest(self) -> dict[str, Commitment]:
        """The commitments after the newest entry, or as they stood when the last was recorded."""
        if self._fold is not None and not self._waiting:
            return self._fold.commitments
        return self.at(self.events[-1].recorded_at).commitments if self.events else {}

    def _folded_to(self, order: tuple[datetime, int]) -> AgreementFold:
        """The fold of the entries before a place in the order; begun anew if it is past that."""
        if self._fold is None or order < self._reached:
            self._fold, self._reached = AgreementFold(self.agreement, self.registry), START
            self._waiting = deque(entries(self.events, self.registry))
        while self._waiting and self._waiting[0].order < order:
            entry = self._waiting.popleft()
            self._fold.advance_clock(entry.effective_at)
            self._fold.apply(entry)
            self._reached = entry.order
        return self._fold
