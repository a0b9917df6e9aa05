"""Folds an agreement's entries and the clock, interleaved, into the state of every promise.

Pure: entries in fold order and an instant go in, an `AgreementState` comes out, together with
every change of every axis on the way. The clock appends nothing; it only passes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from operator import attrgetter

from msgspec.structs import replace

from events import RecordedEvent
from tracker.entries.decoding import entries
from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.entries.streams import is_reserved
from tracker.entries.tlp import OPEN, highest
from tracker.errors import TrackerError
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind
from tracker.rules.agreement import AgreementState, FoldedAgreement
from tracker.rules.changes import (
    Change,
    changes_between,
    lead_at_entry,
    lead_moment,
    periods_passed,
    suggestion,
)
from tracker.rules.clock import apply_clock_rules, endless_clock
from tracker.rules.clock_moments import next_moment
from tracker.rules.evolve import (
    evolve_or_keep,
    is_report,
    with_revision,
)
from tracker.rules.news.entries import entry_news, moved_by_others
from tracker.rules.packages.collective import (
    evolve_as_one,
    is_collective,
    unapplied,
)
from tracker.rules.packages.package_fold import PackageFold
from tracker.rules.recurring.schedule import with_rest
from tracker.rules.terms.anchor_index import AnchorIndex
from tracker.rules.terms.anchors import (
    Outside,
    endless_anchors,
    nowhere,
    with_moments,
)
from tracker.rules.terms.release import Mirrors
from tracker.rules.timing import timing

MOST_CLOCK_STEPS = 50_000
"""How often the clock may change an agreement, about 3 s of a fold: a promise that renews itself
each second must not hold up every reader. A daily renewal has 34 years."""

_AT = attrgetter("at")
NO_COMMITMENTS: Mapping[str, Commitment] = {}
EARLIEST = datetime.min.replace(tzinfo=UTC)
MOST_VISITS = 500
"""How often one move may move one deadline again: only deadlines in a circle go so far."""


def fold(
    agreement: str,
    decoded: Iterable[Entry],
    as_of: datetime,
    registry: Registry,
    outside: Outside = nowhere,
) -> AgreementState:
    """The agreement at `as_of`; its entries are decoded, in fold order.

    `outside` knows the moments of other agreements that its deadlines may hang on.
    """
    ordered = list(decoded)
    folded = AgreementFold(agreement, registry, outside, recorded_in(ordered))
    for entry in ordered:
        if entry.effective_at > as_of:
            break
        folded.advance_clock(entry.effective_at)
        folded.apply(entry)
    folded.advance_clock(as_of)
    waiting = (entry.effective_at for entry in ordered if entry.effective_at > as_of)
    return folded.state(as_of, min(waiting, default=None))


def fold_events(
    agreement: str,
    recorded: Sequence[RecordedEvent],
    as_of: datetime,
    registry: Registry,
    outside: Outside = nowhere,
    known_at: datetime | None = None,
) -> FoldedAgreement:
    """Folds an agreement at `as_of` from those of its events that were recorded by `known_at`.

    In a stream of no agreement each entry stands by itself: what cannot be read is left out.
    """
    decoded = entries(recorded, registry, known_at, only_readable=is_reserved(agreement))
    return FoldedAgreement(recorded, decoded, fold(agreement, decoded, as_of, registry, outside))


def recorded_in(decoded: Iterable[Entry]) -> Entry | None:
    """The entry that puts the agreement on record: its terms count for promises of any date."""
    return next((e for e in decoded if isinstance(e.payload, types.AgreementRecorded)), None)


class AgreementFold:
    """The fold in progress: entries and clock are applied in their order.

    `recorded` is the entry of the agreement, which counts from the beginning.
    """

    def __init__(
        self,
        agreement: str,
        registry: Registry,
        outside: Outside = nowhere,
        recorded: Entry | None = None,
    ) -> None:
        self.id = agreement
        self.registry = registry
        self.outside = outside
        self.reached = EARLIEST
        self.package = PackageFold(agreement, registry, recorded)
        self.commitments: dict[str, Commitment] = {}
        self.clocks: dict[str, datetime] = {}
        self.clock_steps = 0
        self.next_moments: dict[str, datetime] = {}
        self.periods_until: dict[str, datetime] = {}
        self.changes: list[Change] = []
        self.applied: list[Entry] = []
        self.withdrawn: dict[str, Entry | None] = {}
        self.early_reports: dict[str, list[Entry]] = {}
        self.mirrors = Mirrors()
        self.anchors = AnchorIndex(agreement, outside)
        self.tlp = OPEN

    def state(self, as_of: datetime, next_event_at: datetime | None) -> AgreementState:
        package, description = self.package, self.package.heading
        return AgreementState(
            self.id,
            description.title if description else self.id,
            description.parties if description else (),
            description.predecessor if description else None,
            dict(self.commitments),
            tuple(sorted(self.changes, key=_AT) if self.periods_until else self.changes),
            as_of,
            next_event_at,
            tuple(package.precedents),
            self.tlp,
            self.anchors.hangs_on,
            package.package.zone,
            package.tags,
            package.package.clauses,
            package.phases,
        )

    def advance_clock(self, until: datetime) -> None:
        """Applies the clock at every instant up to and including `until`, in order."""
        while (at := self.earliest_moment(until)) is not None:
            for commitment_id in list(self.commitments):
                if self.next_moments.get(commitment_id) == at:
                    self._apply_clock(commitment_id, at)
                    self.clock_steps += 1
                if self.clock_steps > MOST_CLOCK_STEPS:
                    raise endless_clock(self.commitments[commitment_id], MOST_CLOCK_STEPS)
            for anchor, step in self.anchors.steps(self.reached, at):
                if step.at == at:
                    self._move_dependents(anchor.after, at, step.known_at, ())
            self.reached = at
        self.reached = max(self.reached, until)
        for commitment_id in self.periods_until:
            self._pass_periods(commitment_id, until)

    def passed(self, until: datetime) -> AgreementFold:
        """A copy of this fold with the clock advanced to an instant; this one is unchanged."""
        if self.earliest_moment(until) is None and not self.periods_until:
            return self
        ahead = copy(self)
        for name in ("commitments", "clocks", "next_moments", "periods_until", "changes"):
            setattr(ahead, name, copy(getattr(self, name)))
        ahead.advance_clock(until)
        return ahead

    def earliest_moment(self, until: datetime) -> datetime | None:
        """The next instant, up to another, at which the clock or another agreement matters."""
        moments = list(self.next_moments.values())
        if self.anchors.hang_outside:
            moments += [step.at for _, step in self.anchors.steps(self.reached, until)]
        earliest = min(moments, default=None)
        return earliest if earliest is not None and earliest <= until else None

    def _pass_periods(self, commitment_id: str, until: datetime) -> None:
        """Lists what the clock finds of a recurring promise's periods up to an instant (T14)."""
        since = self.periods_until[commitment_id]
        if since < until:
            self.changes += periods_passed(self.commitments[commitment_id], since, until)
            self.periods_until[commitment_id] = until

    def _store(self, commitment: Commitment, at: datetime) -> None:
        """Stores a commitment at an instant, and when the clock next matters to it."""
        if commitment.kind is Kind.RECURRING:
            self.periods_until.setdefault(commitment.id, at)
            commitment = with_rest(self.commitments.get(commitment.id), commitment, at)
        self.clocks[commitment.id] = at
        self.commitments[commitment.id] = commitment
        moment = next_moment(commitment, at)
        if moment is not None:
            self.next_moments[commitment.id] = moment
        else:
            self.next_moments.pop(commitment.id, None)

    def _apply_clock(self, commitment_id: str, at: datetime) -> None:
        if commitment_id in self.periods_until:
            self._pass_periods(commitment_id, at)
        before, clock = self.commitments[commitment_id], self.clocks[commitment_id]
        after = with_moments(before, apply_clock_rules(before, at), at, None)
        self._store(after, at)
        was = timing(before, clock)[0]
        known_at = max(at, before.recorded_at or at)
        self.changes += changes_between(before, after, was, at, known_at, clock=True)
        self.changes += moved_by_others(before, after, at, known_at)
        self.changes += lead_moment(before, after, at, known_at)
        self.changes += suggestion(before, at, known_at)
        self._update_releases(after, at, known_at, ())
        self._move_dependents(after.id, at, known_at, ())

    def apply(self, entry: Entry, evolved: Mapping[str, Commitment] = NO_COMMITMENTS) -> None:
        """Applies one entry, to one promise or to all of the agreement that it moves.

        `evolved` are commitments as the entry leaves them, where that was worked out already.
        """
        if entry.payload.tlp != OPEN:
            self.tlp = highest((self.tlp, entry.payload.tlp))
        self.reached = max(self.reached, entry.effective_at)
        if isinstance(entry.payload, types.FindingRevised):
            self._revise(entry, entry.payload.event)
            return
        self.applied.append(entry)
        commitment_id = entry.payload.commitment
        if is_collective(entry):
            self._apply_collective(entry, evolved)
            return
        self.package.add(entry)
        if commitment_id is None:
            return
        if commitment_id in self.commitments:
            before = self.commitments[commitment_id]
            after = evolved.get(commitment_id) or evolve_or_keep(before, entry)
            self._record(before, after, entry)
        elif isinstance(entry.payload, types.Promise):
            self._begin(entry, evolved.get(commitment_id))
        elif is_report(entry):
            self.early_reports.setdefault(commitment_id, []).append(entry)

    def _begin(self, entry: Entry, initial: Commitment | None) -> None:
        """Begins a commitment; a first event whose ground was retracted begins nothing.

        What was reported of a time before the promise was made is kept with it.
        """
        try:
            commitment = initial or self.package.initial_commitment(entry)
        except TrackerError:
            return
        for report in self.early_reports.pop(commitment.id, ()):
            commitment = evolve_or_keep(commitment, report)
        self._record(None, commitment, entry)

    def _apply_collective(self, entry: Entry, evolved: Mapping[str, Commitment]) -> None:
        """Applies an entry about the whole agreement to each promise that it moves."""
        is_moved = self.package.counts_by_itself(entry)
        self.package.add(entry)
        for before in list(self.commitments.values()):
            present = self.commitments[before.id]
            # A promise that hangs on one moved just now has moved with it since it was judged.
            after = evolved.get(before.id) if present is before else None
            try:
                after = after or evolve_as_one(present, entry)
            except TrackerError:
                continue
            self._record(before, after, entry)
            is_moved = True
        if not is_moved:
            for commitment in list(unapplied(self.commitments.values(), entry)):
                self.commitments[commitment.id] = commitment

    def _record(self, before: Commitment | None, after: Commitment, entry: Entry) -> None:
        """Keeps what an entry made of a commitment, and every change that comes of it."""
        self.mirrors.link(after)
        at, known_at = entry.effective_at, max(entry.effective_at, entry.recorded_at)
        after = apply_clock_rules(self.anchors.resolved(after, self.commitments, at), at)
        after = with_moments(before, after, at, entry)
        if entry.payload.tlp != OPEN:
            after = replace(after, tlp=highest((after.tlp, entry.payload.tlp)))
        self._store(after, at)
        was = timing(before, at)[0] if before else None
        events = (entry.id,)
        self.changes += changes_between(before, after, was, at, known_at, events=events)
        self.changes += entry_news(before, after, entry, known_at)
        self.changes += lead_at_entry(before, after, at, known_at, events)
        self._update_releases(after, at, known_at, events)
        self._move_dependents(after.id, at, known_at, events)

    def _revise(self, entry: Entry, finding: str) -> None:
        """Row 34: folds again without the withdrawn finding, and records what that changes.

        Until the revision took effect the finding stood, and history keeps it so.
        """
        self.withdrawn[finding] = entry.replacement
        without = self._fold_without_withdrawn(entry.effective_at)
        known_at = max(entry.effective_at, entry.recorded_at)
        for commitment_id, recomputed in without.commitments.items():
            before = self.commitments.get(commitment_id)
            if before is None or finding not in before.events:
                continue
            after = with_revision(before, recomputed, entry, finding)
            after = replace(after, tlp=highest((before.tlp, after.tlp, entry.payload.tlp)))
            self._store(after, entry.effective_at)
            was = timing(before, entry.effective_at)[0]
            changes = changes_between(
                before, after, was, entry.effective_at, known_at, events=(entry.id, finding)
            )
            self.changes += [replace(change, rule="34") for change in changes]
            self._update_releases(after, entry.effective_at, known_at, (entry.id,))
            self._move_dependents(after.id, entry.effective_at, known_at, (entry.id,))

    def _fold_without_withdrawn(self, until: datetime) -> AgreementFold:
        """Folds everything so far again, less the findings withdrawn by now."""
        recomputed = AgreementFold(self.id, self.registry, self.outside, self.package.recorded)
        valid = (self.withdrawn.get(entry.id, entry) for entry in self.applied)
        effective = (entry for entry in valid if entry and entry.effective_at <= until)
        for entry in sorted(effective, key=attrgetter("order")):
            recomputed.advance_clock(entry.effective_at)
            recomputed.apply(entry)
        recomputed.advance_clock(until)
        return recomputed

    def _move_dependents(
        self, moved: str, at: datetime, known_at: datetime, events: tuple[str, ...]
    ) -> None:
        """Moves every deadline that hangs on a commitment, and those that hang on these in turn."""
        if not self.anchors.has_dependents:
            return
        waiting, visits = deque([moved]), Counter[str]()
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
                was = timing(before, at)[0]
                self._store(after, at)
                self.changes += changes_between(before, after, was, at, known_at, events=events)
                self.changes += moved_by_others(before, after, at, known_at, events)
                self.changes += lead_at_entry(before, after, at, known_at, events)
                self._update_releases(after, at, known_at, events)
                waiting.append(dependent)

    def _update_releases(
        self, moved: Commitment, at: datetime, known_at: datetime, events: tuple[str, ...]
    ) -> None:
        """Row 27's condition: updates who may walk away after a breach on one side."""
        for commitment in self.mirrors.updated(moved.id, self.commitments):
            was = self.commitments[commitment.id].release_available
            self.commitments[commitment.id] = commitment
            available = commitment.release_available
            if available == was:
                continue
            words = (None, "release_available") if available else ("release_available", "none")
            change = ("flag", *words, "27", events)
            self.changes.append(Change(self.id, commitment.id, at, known_at, *change))
