"""Applies one entry to a commitment: pure functions from (commitment, entry) to commitment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.errors import TrackerError
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause, Condition
from tracker.model.vocabulary import Basis, Kind, State
from tracker.rules.clock import judge_end, with_state
from tracker.rules.conditions import antecedents_fail, antecedents_hold, awaits_agreement
from tracker.rules.effects import EFFECTS, claimed
from tracker.rules.guards import CLAIM_ROW, NOTE_ROW, matching_transition
from tracker.rules.incidents import is_counted
from tracker.rules.packages.inheritance import inherited
from tracker.rules.recurring.schedule import check_schedule
from tracker.rules.refusals import PromiseState, numbers, refusal
from tracker.rules.terms.accounts import with_settled_terms
from tracker.rules.terms.windows import recompute_readings
from tracker.rules.transitions import Target, Transition, rows_of

SAME = Target.SAME


def is_report(entry: Entry) -> bool:
    """Whether an entry may be recorded for any time, before the promise too: words, not acts."""
    return entry.type in types.REPORTS or entry.payload.level == "note"


def with_revision(
    before: Commitment, recomputed: Commitment, entry: Entry, finding: str
) -> Commitment:
    """Keeps the finding and its revision in the history of the recomputed commitment."""
    return replace(
        recomputed,
        events=(*before.events, entry.id),
        withdrawn=tuple(dict.fromkeys((*before.withdrawn, finding))),
        last_activity=_latest(before.last_activity, entry.effective_at),
        release_available=before.release_available,
        other_side=before.other_side,
    )


def initial_commitment(
    agreement: str,
    entry: Entry,
    registry: Registry,
    recorded: Entry | None = None,
    conditions: tuple[Condition, ...] = (),
) -> Commitment:
    """Creates a commitment from its first event; raises when the event lacks what it needs.

    `recorded` is the entry of its agreement, `conditions` are those of the agreement still open.
    """
    payload = entry.payload
    assert isinstance(payload, types.Promise)
    row = _first_transition(entry)
    zone = payload.terms.zone if payload.terms and isinstance(payload.terms.zone, str) else None
    at = entry.effective_at
    assert payload.kind is not None
    blank = Commitment(
        id=payload.commitment or "",
        agreement=agreement,
        kind=payload.kind,
        debtor=tuple(dict.fromkeys(payload.debtor)),
        creditor=tuple(dict.fromkeys(payload.creditor)),
        promise=payload.promise or "",
        zone=zone or registry.zone_of(payload.debtor[0] if payload.debtor else None),
        deontic=payload.deontic or "obligation",
        proposed_by=payload.proposed_by or _offering_party(payload, entry),
        reciprocal_with=payload.reciprocal_with,
        state=State.PROPOSED,
        since=at,
        state_cause=Cause(row.number, (entry.id,)),
        recorded_at=entry.recorded_at,
        conditions=conditions,
    )
    if recorded is not None:
        blank = inherited(blank, recorded)
    commitment = _apply_row(row, EFFECTS[entry.type](blank, payload, entry), entry)
    check_schedule(commitment)
    return commitment


def _offering_party(payload: types.Promise, entry: Entry) -> str | None:
    """Whose proposal it is where no maker is named: the party that tells of it itself."""
    if entry.type != "CommitmentProposed" or payload.speaker is None:
        return None
    parties = (*payload.debtor, *payload.creditor)
    if payload.speaker in parties:
        return payload.speaker
    of_party = (p for p in parties if entry.registry.party_of(p) == entry.speaker_party)
    return next(of_party, None)


def _first_transition(entry: Entry) -> Transition:
    """The row that begins a commitment; a mere claim of a promise begins none."""
    payload = entry.payload
    kind = getattr(payload, "kind", None) or Kind.ACHIEVEMENT
    row = next((row for row in rows_of(entry.type) if None in row.sources), None)
    is_claim = payload.basis is Basis.CLAIM
    if row is None or is_claim or getattr(payload, "kind", None) is None:
        why = "a claim puts no promise on record, FactClaimed keeps it" if is_claim else ""
        transition = numbers(rows_of(entry.type))
        raise refusal(PromiseState(payload.commitment or "", kind), entry, transition, why)
    return row


def evolve_or_keep(commitment: Commitment, entry: Entry) -> Commitment:
    """Applies an entry; one that cannot apply is kept as unapplied and changes nothing else."""
    try:
        return evolve(commitment, entry)
    except TrackerError:
        noted = replace(commitment, events=(*commitment.events, entry.id))
        return replace(noted, unapplied=(*noted.unapplied, entry.id))


def evolve(commitment: Commitment, entry: Entry) -> Commitment:
    """Applies an entry; raises a TrackerError when it cannot apply."""
    row = matching_transition(commitment, entry)
    noted = replace(
        commitment,
        events=(*commitment.events, entry.id),
        last_activity=_latest(commitment.last_activity, entry.effective_at),
    )
    if row is NOTE_ROW:
        return noted
    if row is CLAIM_ROW or entry.type == "PerformanceReported":
        return claimed(noted, entry.payload, entry, entry.type)
    effect = EFFECTS.get(entry.type)
    changed = effect(noted, entry.payload, entry) if effect else noted
    changed = with_settled_terms(changed, entry.payload)
    return _apply_row(row, changed, entry)


def _latest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _apply_row(row: Transition, commitment: Commitment, entry: Entry) -> Commitment:
    """Moves the state as the row says."""
    at, cause = entry.effective_at, Cause(row.number, (entry.id,))
    if not commitment.events:
        commitment = replace(commitment, events=(entry.id,), last_activity=at)
    if row.to is SAME:
        return commitment
    if row.to is Target.RECOMPUTED_END:
        return _rejudge_end(commitment, at, refuted=entry.type == "ViolationRefuted")
    if row.to is Target.END_NOW:
        return judge_end(commitment, at, row.number)
    target, is_promise = _target_state(row, commitment, entry), entry.type in types.PROMISES
    stays = target is commitment.state and not is_promise
    if stays:
        return commitment
    first_entry = target is State.IN_FORCE and commitment.entered_at is None
    if target is not State.SUSPENDED and commitment.suspension is not None:
        commitment = replace(commitment, suspension=None)
    commitment = with_state(commitment, target, at, cause)
    if first_entry:
        commitment = replace(commitment, entered_at=at)
    return recompute_readings(commitment) if first_entry or is_promise else commitment


def _rejudge_end(commitment: Commitment, at: datetime, *, refuted: bool) -> Commitment:
    """T8 again, for a window closed by the clock, by its debtor, or by a breach."""
    end, rule = commitment.state_end, commitment.state_cause.rule
    closed_by_breach = rule == "17" and end is not None and end <= at
    if commitment.kind is not Kind.MAINTENANCE or not (rule in ("T8", "35") or closed_by_breach):
        return commitment
    judged = judge_end(commitment, at, "T8", refuted=refuted)
    return judged if judged.state is not commitment.state else commitment


BY_CONDITIONS: dict[Target, Callable[[Commitment], State]] = {
    Target.IN_FORCE_WITH_AGREEMENT: (
        lambda c: State.CONDITIONAL if awaits_agreement(c) else State.IN_FORCE
    ),
    Target.WHEN_ANTECEDENTS_HOLD: (
        lambda c: State.IN_FORCE if antecedents_hold(c) else State.CONDITIONAL
    ),
    Target.WHEN_ANTECEDENTS_FAIL: (
        lambda c: State.EXPIRED if antecedents_fail(c) else State.CONDITIONAL
    ),
}


def _target_state(row: Transition, commitment: Commitment, entry: Entry) -> State:
    to = row.to
    if isinstance(to, State):
        return to
    if to in BY_CONDITIONS:
        return BY_CONDITIONS[to](commitment)
    if to is Target.IN_FORCE_OR_SAME:
        stays = commitment.state in (State.CONDITIONAL, State.SUSPENDED)
        return commitment.state if stays else State.IN_FORCE
    if to is Target.BREACH:
        is_breach = is_counted(commitment, entry) and not commitment.perdurant
        return State.VIOLATED if is_breach else commitment.state
    if to is Target.RELEASED_BY_ALL:
        return commitment.state if commitment.owed_to else State.RELEASED
    if to is Target.REPUDIATION:
        clause = getattr(entry.payload, "withdrawal_clause", False)
        return State.CANCELLED if clause else State.VIOLATED
    return commitment.state
