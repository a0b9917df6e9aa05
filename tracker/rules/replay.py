"""Replays one agreement as its record grew: what was known, and how it stood then. Pure.

A fold is carried on while news comes in the order in which it happened, and begun anew for news of
earlier and for amendments, so a long life is told in about one fold.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter

from events import RecordedEvent
from tracker.entries.decoding import entries, entry_of, standing_events
from tracker.entries.entry import Entry, Order
from tracker.entries.order import FoldOrder, agreement_zone
from tracker.entries.parties import Registry
from tracker.entries.unreadable import Recorded, unreadable
from tracker.errors import UnreadableAgreement
from tracker.model.clauses import Phase
from tracker.model.commitment import Commitment
from tracker.model.event_types import AgreementRecorded, Amendment, EntryCorrected, EntryRetracted
from tracker.rules.agreement import AgreementState
from tracker.rules.fold import NO_COMMITMENTS, AgreementFold, fold_events, recorded_in
from tracker.rules.terms.anchors import Moved, Outside, nowhere

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
START: Order = (EARLIEST, EARLIEST, 0)


class Replay:
    """Folds what is known so far; `events` are in the order in which they were recorded.

    Whoever has no use for the changes of its states does without.
    """

    def __init__(
        self,
        agreement: str,
        registry: Registry,
        recorded: Iterable[RecordedEvent] = (),
        outside: Outside = nowhere,
        *,
        lists_changes: bool = True,
    ) -> None:
        self.agreement = agreement
        self.registry = registry
        self.outside = outside
        self.lists_changes = lists_changes
        self.events = list(recorded)
        self._last_recorded = max((event.recorded_at for event in self.events), default=EARLIEST)
        self._fold: AgreementFold | None = None
        # The fold as last shown at an instant: what comes after that goes on from there.
        self._shown: tuple[datetime, AgreementFold] | None = None
        self._order: FoldOrder | None = None
        self._zone: str | None = None
        self._has_late = False
        self._reached = START
        self._waiting: deque[Entry] = deque()
        self._entries: list[Entry] = []
        # Why the events cannot be folded; only an amendment can mend that.
        self._failure: UnreadableAgreement | None = None

    def learn(self, recorded: Iterable[RecordedEvent]) -> None:
        """Adds what was recorded next; what cannot be decoded fails when it is folded."""
        for event in recorded:
            try:
                entry = self.entry_of(event)
            except Exception:
                self._append(event)
                self._fold = None
            else:
                self.add(event, self.place(entry))

    def entry_of(self, event: RecordedEvent) -> Entry:
        """Decodes an event that comes next, in the zone of the agreement."""
        return entry_of(event, self.registry, self.zone or agreement_zone([event], self.registry))

    @property
    def zone(self) -> str:
        """The zone of the agreement's days; empty as long as it has no events."""
        if self._zone is None and self.events:
            self._zone = agreement_zone(standing_events(self.events), self.registry)
        return self._zone or ""

    def place(self, entry: Entry) -> Entry:
        """The entry where it folds; raises UnreadableAgreement where the others cannot be read."""
        if isinstance(entry.payload, EntryRetracted | EntryCorrected):
            return entry
        self._check_readable()
        try:
            return self.order.place(entry)
        except Exception as error:
            raise self._failed(entry.effective_at, error) from error

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that promises of the agreement may name."""
        if self._fold is None:
            self._begin()
        assert self._fold is not None
        return self._fold.package.phases

    @property
    def order(self) -> FoldOrder:
        """What the entries so far have brought on record, and where each of them folds."""
        return self._order or self._begin()

    def add(
        self, event: RecordedEvent, entry: Entry, evolved: Mapping[str, Commitment] = NO_COMMITMENTS
    ) -> None:
        """Adds one event, decoded and placed.

        `evolved` are commitments as the entry leaves them, judged by the fold `before` the entry.
        """
        if isinstance(entry.payload, Amendment | AgreementRecorded):
            self.forget()
            self._failure = None
        elif self._is_late(event) and self.order.hangs_on_record(entry):
            self.forget()
        elif entry.order < self._reached:
            self._fold = None
        elif self._fold is not None and evolved:
            # A fold that failed halfway is no beginning for the next.
            folded, self._fold, self._shown = self._fold, None, None
            folded.apply(entry, evolved)
            self._fold = folded
        elif self._fold is not None:
            insort(self._waiting, entry, key=attrgetter("order"))
        if self._order is not None:
            self._order.add(entry)
            self._entries.append(entry)
        # What it refers to may have been recorded after it, and then it does not wait for that.
        self._has_late |= self._is_late(event) and self._order is not None
        self._append(event)

    @property
    def entries(self) -> list[Entry]:
        """The entries that count so far, in fold order."""
        if self._order is None:
            self._begin()
        return sorted(self._entries, key=attrgetter("order"))

    def before(self, entry: Entry) -> AgreementFold:
        """The fold of all that comes before an entry, with the clock where it takes effect.

        Raises UnreadableAgreement where the entries cannot be folded.
        """
        self._check_readable()
        try:
            self._folded_to(entry.order)
            folded = self._carried_on(entry.effective_at)
        except Exception as error:
            raise self._failed(entry.effective_at, error) from error
        self._reached = entry.order
        return folded

    def at(self, instant: datetime) -> AgreementState:
        """The agreement at an instant, as far as is known so far.

        The clock of the fold itself stays behind: what is learned next may have happened earlier.
        Raises UnreadableAgreement where the entries cannot be folded.
        """
        self._check_readable()
        try:
            folded = self._folded_to((instant, LATEST, sys.maxsize))
            if self._shown is not None and self._shown[0] <= instant:
                folded = self._shown[1]
            passed = folded.passed(instant)
            self._shown = instant, passed
            return passed.state(instant, self._waiting[0].effective_at if self._waiting else None)
        except Exception as error:
            raise self._failed(instant, error) from error

    def _check_readable(self) -> None:
        """Raises UnreadableAgreement where the entries could not be folded; looks only once."""
        if self._failure is not None:
            raise self._failure

    def _failed(self, instant: datetime, error: Exception) -> UnreadableAgreement:
        """The error of a fold up to an instant that failed, in words."""
        self._fold = None

        def folded(events: Recorded) -> None:
            fold_events(self.agreement, events, instant, self.registry, self.outside)

        self._failure = unreadable(self.agreement, self.events, folded, error)
        return self._failure

    @property
    def last_to_come(self) -> datetime | None:
        """When the last of the entries takes effect that are not folded yet; None without any."""
        return self._waiting[-1].effective_at if self._waiting else None

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """The commitments and agreements outside whose news moves deadlines, as far as folded."""
        return self._fold.hangs_on if self._fold is not None else ()

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The values of its promises up to where it was last shown, as others hang on them."""
        return tuple(self._shown[1].promises.moved) if self._shown is not None else ()

    def forget(self) -> None:
        """Begins the fold anew: a zone or an amendment has moved the dates of entries."""
        self._fold = self._order = self._zone = None
        self._has_late = False

    def newest(self) -> dict[str, Commitment]:
        """The commitments after the newest entry, or as they stood when the last was recorded."""
        if self._fold is not None and not self._waiting:
            return self._fold.commitments
        return self.at(self._last_recorded).commitments if self.events else {}

    def _is_late(self, event: RecordedEvent) -> bool:
        """Whether an event was recorded before others that are known: another desk recorded it."""
        return event.recorded_at < self._last_recorded

    def place_late_entries(self) -> None:
        """Begins the fold anew where entries that came in late may have been placed too far on."""
        if self._has_late:
            self.forget()

    def _append(self, event: RecordedEvent) -> None:
        self.events.append(event)
        self._last_recorded = max(self._last_recorded, event.recorded_at)

    def _folded_to(self, order: Order) -> AgreementFold:
        """The fold of the entries before a place in the order; begun anew if it is past that."""
        if self._fold is None or order < self._reached:
            self._begin()
        assert self._fold is not None
        while self._waiting and self._waiting[0].order < order:
            entry = self._waiting.popleft()
            self._carried_on(entry.effective_at).apply(entry)
            self._reached = entry.order
        return self._fold

    def _carried_on(self, until: datetime) -> AgreementFold:
        """The fold itself with its clock advanced to an instant, from where it was last shown."""
        if self._shown is not None and self._shown[0] <= until:
            self._fold = self._shown[1]
        self._shown = None
        assert self._fold is not None
        self._fold.advance_clock(until)
        return self._fold

    def _begin(self) -> FoldOrder:
        """Begins the fold anew, with all entries before it."""
        self._order = FoldOrder()
        self._entries = entries(self.events, self.registry, order=self._order)
        self._waiting = deque(self._entries)
        self._fold = AgreementFold(
            self.agreement,
            self.registry,
            self.outside,
            recorded_in(self._waiting),
            lists_changes=self.lists_changes,
        )
        self._shown = None
        self._reached = START
        return self._order
