"""A stream with the events queued for it, and its fold so far.

The fold is carried on for the newest entry and made anew for a late one, so a long file is taken
in one pass and late news is judged where it belongs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from events import RecordedEvent, format_instant
from tracker.entries.decoding import entries, entry_of, revised
from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.errors import IllegalTransition, InvalidEvent
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.rules.evolve import evolve, initial_commitment, is_report
from tracker.rules.fold import AgreementFold, AgreementState, fold
from tracker.rules.guards import numbers, refusal
from tracker.rules.transitions import JUDGED, rows_of


class StreamDraft:
    """One stream as read, and its fold as far as the newest entry."""

    def __init__(self, name: str, recorded: list[RecordedEvent], registry: Registry) -> None:
        self.name = name
        self.events = recorded
        self.version = len(recorded)
        self.registry = registry
        self._folding: AgreementFold | None = None
        self._last: tuple[datetime, int] | None = None

    def take(self, recorded: RecordedEvent, entry: Entry) -> None:
        """Judges an event by the state it would meet, and folds what that judgement gives.

        Raises a TrackerError for what the transition table does not list, and takes nothing then.
        """
        evolved = self._judged(entry)
        self.events.append(recorded)
        is_newest = self._last is None or entry.order > self._last
        if self._folding is None or not is_newest or isinstance(entry.payload, types.Amendment):
            self._folding = self._last = None
            return
        self._folding.apply(entry, evolved)
        self._last = entry.order

    def _judged(self, entry: Entry) -> Commitment | None:
        """The commitment as the entry leaves it; None for what moves none."""
        if isinstance(entry.payload, types.FindingRevised):
            self._check_revision(entry, entry.payload)
        commitment_id = entry.payload.commitment
        if commitment_id is None:
            return None
        commitment = self._folded_before(entry).commitments.get(commitment_id)
        if commitment is not None:
            return evolve(commitment, entry)
        if isinstance(entry.payload, types.Promise):
            return self._new_commitment(entry)
        if not is_report(entry) and not isinstance(entry.payload, types.Amendment):
            raise self._too_early(entry, commitment_id)
        return None

    def _too_early(self, entry: Entry, commitment_id: str) -> IllegalTransition:
        return IllegalTransition(
            f"{entry.type} (row {numbers(rows_of(entry.type))}) takes effect at "
            f"{format_instant(entry.effective_at)}, before commitment {commitment_id!r} was made: "
            f"state none; allowed: {', '.join(sorted(types.PROMISES | types.REPORTS))}",
            hint=f"pactwatch explain {commitment_id}",
        )

    def _check_revision(self, entry: Entry, revision: types.FindingRevised) -> None:
        """Row 34: requires a finding, on a promise that is discharged, violated or expired."""
        decoded = entries(self.events, self.registry.zone_of)
        target = next(
            (target_entry for target_entry in decoded if target_entry.id == revision.event), None
        )
        if target is None:
            return
        commitment = self._folded_before(entry).commitments.get(target.payload.commitment or "")
        if commitment is None:
            return
        why = self._why_not_revised(commitment, target, entry, revision)
        if why or commitment.state not in JUDGED:
            raise refusal(commitment.id, commitment.kind, commitment.state, entry, "34", why)

    def _why_not_revised(
        self, commitment: Commitment, target: Entry, entry: Entry, revision: types.FindingRevised
    ) -> str:
        if target.type not in types.FINDINGS:
            return f"{target.id!r} is {target.type}, which is no finding; retract or correct it"
        if target.id in commitment.withdrawn:
            return f"finding {target.id!r} is withdrawn already"
        replacement = self._standing_instead(target, revision)
        if replacement.effective_at > entry.effective_at:
            return "what stands in the finding's place would take effect after the revision"
        return ""

    def _standing_instead(self, target: Entry, revision: types.FindingRevised) -> Entry:
        """The finding as the revision leaves it; raises when it could not be read."""
        recorded = next(event for event in self.events if event.id == target.id)
        return entry_of(revised(recorded, revision), self.registry.zone_of)

    def _new_commitment(self, entry: Entry) -> Commitment:
        payload: Any = entry.payload
        missing = [name for name in ("kind", "debtor", "promise") if not getattr(payload, name)]
        if missing:
            raise InvalidEvent(
                f"{entry.type}: new commitment {payload.commitment!r} needs {', '.join(missing)}",
                hint=f"pactwatch record {entry.type} AGREEMENT commitment={payload.commitment} "
                "kind=achievement debtor=RUS promise='...'",
            )
        return initial_commitment(self.name, entry, self.registry.zone_of)

    def _folded_before(self, entry: Entry) -> AgreementFold:
        """The fold up to this entry: carried on for the newest, made anew for a late one."""
        if self._folding is None or self._last is None or entry.order < self._last:
            self._folding = self._fold(entry)
        self._folding.advance_clock(entry.effective_at)
        return self._folding

    def _fold(self, before: Entry) -> AgreementFold:
        folding = AgreementFold(self.name, self.registry.zone_of)
        decoded = entries(self.events, self.registry.zone_of)
        for entry in decoded:
            if entry.order < before.order:
                folding.advance_clock(entry.effective_at)
                folding.apply(entry)
        return folding

    def commitments(self) -> dict[str, Commitment]:
        """The commitments after the newest entry."""
        if self._folding is not None:
            return self._folding.commitments
        return self.state(self.events[-1].recorded_at).commitments if self.events else {}

    def state(self, as_of: datetime) -> AgreementState:
        """The agreement at an instant, with the events queued so far."""
        decoded = entries(self.events, self.registry.zone_of)
        return fold(self.name, decoded, as_of, self.registry.zone_of)
