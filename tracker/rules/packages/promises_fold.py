"""The promises of an agreement as a fold goes: what the clock makes of each, and what hangs on it.

The clock appends nothing; it only passes. Every change of every axis is kept on the way.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime
from operator import attrgetter

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind
from tracker.rules.changes import (
    changes_between,
    lead_at_entry,
    lead_moment,
    periods_passed,
    suggestion,
)
from tracker.rules.clock import apply_clock_rules, endless_clock
from tracker.rules.clock_moments import next_moment
from tracker.rules.news.change import AxisNews, Change, Occasion, change_of
from tracker.rules.news.entries import moved_by_others
from tracker.rules.recurring.schedule import with_rest
from tracker.rules.terms.anchor_index import AnchorIndex
from tracker.rules.terms.anchors import (
    Moved,
    Outside,
    endless_anchors,
    moves_others,
    with_moments,
)
from tracker.rules.terms.release import Mirrors
from tracker.rules.timing import timing

MOST_CLOCK_STEPS = 50_000
"""How often the clock may change an agreement, about 3 s of a fold: a promise that renews itself
each second must not hold up every reader. A daily renewal has 34 years."""
MOST_VISITS = 500
"""How often one move may move one deadline again: only deadlines in a circle go so far."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
_AT = attrgetter("at")
_MOVED_BY_TIME = ("commitments", "changes", "moved", "_clocks", "_next_moments", "_periods_until")


class PromisesFold:
    """The promises so far, the changes so far, and the instant that the clock has `reached`.

    `moved` are the values of promises that had another moment than the one before, as those that
    hang on them need. Whoever asks only how promises stand does without the list of changes.
    """

    def __init__(self, agreement: str, outside: Outside, *, lists_changes: bool = True) -> None:
        self.agreement = agreement
        self.lists_changes = lists_changes
        self.commitments: dict[str, Commitment] = {}
        self.changes: list[Change] = []
        self.moved: list[Moved] = []
        self.anchors = AnchorIndex(agreement, outside)
        self.reached = EARLIEST
        self._now = Occasion(EARLIEST, EARLIEST)
        self._mirrors = Mirrors()
        self._clocks: dict[str, datetime] = {}
        self._clock_steps = 0
        self._next_moments: dict[str, datetime] = {}
        self._periods_until: dict[str, datetime] = {}

    @property
    def changes_in_order(self) -> tuple[Change, ...]:
        """The changes by when they came about; those of periods were listed later than that."""
        return tuple(sorted(self.changes, key=_AT) if self._periods_until else self.changes)

    def enter(self, at: datetime, known_at: datetime) -> None:
        """Begins with an entry, by when it takes effect and when it was known."""
        self.reached = max(self.reached, at)
        self._now = Occasion(at, known_at)

    def instants(self, until: datetime) -> Iterator[datetime]:
        """Applies the clock at every instant up to and including `until`; names each after it."""
        # What others bring about by then is fixed: the clock changes nobody's anchors.
        steps = deque(self.anchors.steps(self.reached, until))
        while (at := self._next_instant(steps[0][1].at if steps else None, until)) is not None:
            of_clock = self._now = Occasion(at, at)
            for commitment_id in list(self.commitments):
                if self._next_moments.get(commitment_id) == at:
                    self._apply_clock(commitment_id, at)
                    self._clock_steps += 1
                if self._clock_steps > MOST_CLOCK_STEPS:
                    raise endless_clock(self.commitments[commitment_id], MOST_CLOCK_STEPS)
            while steps and steps[0][1].at == at:
                anchor, step = steps.popleft()
                # What the clock did at this instant is known from then on, whatever comes late.
                occasion = Occasion(at, step.known_at)
                self._now = occasion if step.known_at > at else of_clock
                self._move_dependents(anchor.after, occasion)
            self.reached = at
            yield at
        self.reached = max(self.reached, until)
        for commitment_id in self._periods_until:
            self._pass_periods(commitment_id, until)

    def passed(self, until: datetime) -> PromisesFold:
        """These with the clock advanced to an instant: a copy, unless that changes nothing."""
        steps = self.anchors.steps(self.reached, until)
        coming = self._next_instant(steps[0][1].at if steps else None, until)
        if coming is None and not self._periods_until:
            return self
        ahead = copy(self)
        for name in _MOVED_BY_TIME:
            setattr(ahead, name, copy(getattr(self, name)))
        for _ in ahead.instants(until):
            pass
        return ahead

    def _next_instant(self, step: datetime | None, until: datetime) -> datetime | None:
        """The next instant, up to another, at which the clock or a step elsewhere matters."""
        earliest = min(self._next_moments.values(), default=None)
        if earliest is None or (step is not None and step < earliest):
            earliest = step
        return earliest if earliest is not None and earliest <= until else None

    def settled(self, commitment: Commitment, at: datetime) -> Commitment:
        """A commitment with what it hangs on as known by an instant, and its clock as of then."""
        self._mirrors.link(commitment)
        return apply_clock_rules(self.anchors.resolved(commitment, self.commitments, at), at)

    def store(self, commitment: Commitment, at: datetime) -> None:
        """Stores a commitment at an instant, and when the clock next matters to it."""
        before = self.commitments.get(commitment.id)
        if commitment.kind is Kind.RECURRING:
            if self.lists_changes:
                self._periods_until.setdefault(commitment.id, at)
            commitment = with_rest(before, commitment, at)
        if moves_others(before, commitment):
            self.moved.append(Moved(self._now, commitment))
        self._clocks[commitment.id] = at
        self.commitments[commitment.id] = commitment
        moment = next_moment(commitment, at)
        if moment is not None:
            self._next_moments[commitment.id] = moment
        else:
            self._next_moments.pop(commitment.id, None)

    def follow(self, before: Commitment | None, after: Commitment, occasion: Occasion) -> None:
        """Moves what depends on a commitment: releases, and what hangs on a moment of it."""
        self._update_releases(after, occasion)
        if self.anchors.has_dependents and moves_others(before, after):
            self._move_dependents(after.id, occasion)

    def _pass_periods(self, commitment_id: str, until: datetime) -> None:
        """Lists what the clock finds of a recurring promise's periods up to an instant (T14)."""
        since = self._periods_until[commitment_id]
        if since < until:
            self.changes += periods_passed(self.commitments[commitment_id], since, until)
            self._periods_until[commitment_id] = until

    def _apply_clock(self, commitment_id: str, at: datetime) -> None:
        if commitment_id in self._periods_until:
            self._pass_periods(commitment_id, at)
        before, clock = self.commitments[commitment_id], self._clocks[commitment_id]
        after = with_moments(before, apply_clock_rules(before, at), at, None)
        self.store(after, at)
        occasion = Occasion(at, max(at, before.recorded_at or at))
        if self.lists_changes:
            was = timing(before, clock)[0]
            self.changes += changes_between(before, after, was, occasion, by_clock=True)
            self.changes += moved_by_others(before, after, occasion)
            self.changes += lead_moment(before, after, occasion)
            self.changes += suggestion(before, occasion)
        self.follow(before, after, occasion)

    def _move_dependents(self, moved: str, occasion: Occasion) -> None:
        """Moves every deadline that hangs on a commitment, and those that hang on these in turn."""
        at, waiting, visits = occasion.at, deque([moved]), Counter[str]()
        while waiting:
            for dependent in self.anchors.dependents_of(waiting.popleft()):
                before = self.commitments[dependent]
                after = self.anchors.resolved(before, self.commitments, at)
                if after is before:
                    continue
                visits[dependent] += 1
                if visits[dependent] > MOST_VISITS:
                    raise endless_anchors(dependent)
                after = with_moments(before, apply_clock_rules(after, at), at, None)
                self.store(after, at)
                self._list_moved(before, after, occasion)
                self._update_releases(after, occasion)
                waiting.append(dependent)

    def _list_moved(self, before: Commitment, after: Commitment, occasion: Occasion) -> None:
        """Lists what has changed of a commitment that hangs on another which was moved."""
        if self.lists_changes:
            was = timing(before, occasion.at)[0]
            self.changes += changes_between(before, after, was, occasion)
            self.changes += moved_by_others(before, after, occasion)
            self.changes += lead_at_entry(before, after, occasion)

    def _update_releases(self, moved: Commitment, occasion: Occasion) -> None:
        """Row 27's condition: updates who may walk away after a breach on one side."""
        for commitment in self._mirrors.updated(moved.id, self.commitments):
            was = self.commitments[commitment.id].release_available
            self.commitments[commitment.id] = commitment
            available = commitment.release_available
            if available == was:
                continue
            old, new = (None, "release_available") if available else ("release_available", "none")
            news = AxisNews("flag", old, new, "27")
            self.changes.append(change_of(commitment, news, occasion))
