"""Folds an agreement's entries and the clock, interleaved, into the state of every promise.

Pure: entries in fold order and an instant go in, an `AgreementState` comes out, together with
every change of every axis on the way. The clock appends nothing; it only passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
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
from tracker.rules.agreement import AgreementState, FoldedAgreement
from tracker.rules.changes import changes_between, lead_at_entry
from tracker.rules.evolve import evolve_or_keep, is_report, with_revision
from tracker.rules.news.change import Occasion
from tracker.rules.news.entries import entry_news, said_by
from tracker.rules.packages.collective import evolve_as_one, is_collective, unapplied
from tracker.rules.packages.package_fold import PackageFold
from tracker.rules.packages.promises_fold import PromisesFold
from tracker.rules.terms.anchors import Outside, nowhere, with_moments
from tracker.rules.timing import timing

NO_COMMITMENTS: Mapping[str, Commitment] = {}


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
    return AgreementFold(agreement, registry, outside, recorded_in(ordered)).at(as_of, ordered)


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
    folded = AgreementFold(agreement, registry, outside, recorded_in(decoded))
    state = folded.at(as_of, decoded)
    return FoldedAgreement(recorded, decoded, state, folded.promises.moved)


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
        *,
        lists_changes: bool = True,
    ) -> None:
        self.id = agreement
        self.registry = registry
        self.outside = outside
        self.package = PackageFold(agreement, registry, recorded)
        self.promises = PromisesFold(agreement, outside, lists_changes=lists_changes)
        self.applied: list[Entry] = []
        self.withdrawn: dict[str, Entry | None] = {}
        self.early_reports: dict[str, list[Entry]] = {}
        self.tlp = OPEN

    @property
    def commitments(self) -> dict[str, Commitment]:
        """The promises as they stand so far, by id."""
        return self.promises.commitments

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """The commitments and agreements outside that deadlines hang on."""
        return self.promises.anchors.hangs_on

    def state(self, as_of: datetime, next_event_at: datetime | None) -> AgreementState:
        package, description = self.package, self.package.heading
        return AgreementState(
            self.id,
            description.title if description else self.id,
            description.parties if description else (),
            description.predecessor if description else None,
            dict(self.commitments),
            self.promises.changes_in_order,
            as_of,
            next_event_at,
            tuple(package.precedents),
            self.tlp,
            self.hangs_on,
            package.package.zone,
            package.tags,
            package.package.clauses,
            package.phases,
        )

    def at(self, as_of: datetime, ordered: Sequence[Entry]) -> AgreementState:
        """Applies entries, in fold order, and the clock up to an instant: the agreement then."""
        for entry in ordered:
            if entry.effective_at > as_of:
                break
            self.advance_clock(entry.effective_at)
            self.apply(entry)
        self.advance_clock(as_of)
        waiting = (entry.effective_at for entry in ordered if entry.effective_at > as_of)
        return self.state(as_of, min(waiting, default=None))

    def advance_clock(self, until: datetime) -> None:
        """Applies the clock at every instant up to and including `until`, in order."""
        for _ in self.promises.instants(until):
            pass

    def passed(self, until: datetime) -> AgreementFold:
        """This fold with the clock advanced to an instant: a copy, unless that changes nothing."""
        promises = self.promises.passed(until)
        if promises is self.promises:
            return self
        ahead = copy(self)
        ahead.promises = promises
        return ahead

    def apply(self, entry: Entry, evolved: Mapping[str, Commitment] = NO_COMMITMENTS) -> None:
        """Applies one entry, to one promise or to all of the agreement that it moves.

        `evolved` are commitments as the entry leaves them, where that was worked out already.
        """
        if entry.payload.tlp != OPEN:
            self.tlp = highest((self.tlp, entry.payload.tlp))
        at = entry.effective_at
        self.promises.enter(at, max(at, entry.recorded_at))
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
        promises, at = self.promises, entry.effective_at
        after = with_moments(before, promises.settled(after, at), at, entry)
        if entry.payload.tlp != OPEN:
            after = replace(after, tlp=highest((after.tlp, entry.payload.tlp)))
        promises.store(after, at)
        occasion = Occasion(at, max(at, entry.recorded_at), (entry.id,))
        if promises.lists_changes:
            was = timing(before, at)[0] if before else None
            changes = changes_between(before, after, was, occasion)
            promises.changes += said_by(changes, entry) if before else changes
            promises.changes += entry_news(before, after, entry, occasion)
            promises.changes += lead_at_entry(before, after, occasion)
        promises.follow(before, after, occasion)

    def _revise(self, entry: Entry, finding: str) -> None:
        """Row 34: folds again without the withdrawn finding, and records what that changes.

        Until the revision took effect the finding stood, and history keeps it so.
        """
        self.withdrawn[finding] = entry.replacement
        promises, at = self.promises, entry.effective_at
        occasion = Occasion(at, max(at, entry.recorded_at), (entry.id,))
        for commitment_id, recomputed in self._fold_without_withdrawn(at).commitments.items():
            before = self.commitments.get(commitment_id)
            if before is None or finding not in before.events:
                continue
            after = with_revision(before, recomputed, entry, finding)
            after = replace(after, tlp=highest((before.tlp, after.tlp, entry.payload.tlp)))
            promises.store(after, at)
            revision = replace(occasion, events=(entry.id, finding))
            changes = changes_between(before, after, timing(before, at)[0], revision)
            promises.changes += [replace(change, rule="34") for change in changes]
            promises.follow(before, after, occasion)

    def _fold_without_withdrawn(self, until: datetime) -> AgreementFold:
        """Folds everything so far again, less the findings withdrawn by now."""
        whole = self.package.recorded
        recomputed = AgreementFold(self.id, self.registry, self.outside, whole, lists_changes=False)
        valid = (self.withdrawn.get(entry.id, entry) for entry in self.applied)
        effective = (entry for entry in valid if entry and entry.effective_at <= until)
        for entry in sorted(effective, key=attrgetter("order")):
            recomputed.advance_clock(entry.effective_at)
            recomputed.apply(entry)
        recomputed.advance_clock(until)
        return recomputed
