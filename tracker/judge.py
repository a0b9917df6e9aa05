"""Whether an event may happen to a commitment as it stands, and by which row of the table.

Pure. Used twice: at entry it refuses with a reason and what is allowed instead; in the fold it
leaves out what late news has made impossible, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from tracker import event_types as types
from tracker.commitment import Commitment
from tracker.effects import antecedent_id, is_full
from tracker.errors import IllegalTransition, UnknownId
from tracker.record import Entry
from tracker.transitions import Row, allowed_events, rows_of
from tracker.vocabulary import Basis, Kind, State

CLAIM_ROW = Row("claim", "", frozenset(Kind), frozenset(), State.PROPOSED, "claim")
"""A report outside the table, or a fact that is only claimed: recorded, and moves nothing."""

NOTE_ROW = Row("note", "", frozenset(Kind), frozenset(), State.PROPOSED, "note")
"""What only says something about a commitment: activity, and nothing else."""

CONFIRMING = {
    "PerformanceConfirmed": (
        Basis.CREDITOR_ADMISSION,
        Basis.BOTH_SIDES,
        Basis.NEUTRAL_BODY,
        Basis.ANALYST_FINDING,
    ),
    "ViolationConfirmed": (
        Basis.DEBTOR_ACT,
        Basis.BOTH_SIDES,
        Basis.NEUTRAL_BODY,
        Basis.ANALYST_FINDING,
    ),
}
REPORT_INSTEAD = {
    "PerformanceConfirmed": "PerformanceReported",
    "ViolationConfirmed": "ViolationAlleged",
    "ViolationRefuted": "ViolationDenied",
}
FACT_ONLY = frozenset(REPORT_INSTEAD)


def judge(commitment: Commitment, entry: Entry) -> Row:
    """The row that applies, or CLAIM_ROW; raises IllegalTransition or UnknownId."""
    if entry.payload.level in ("note", "any", "agreement"):
        return NOTE_ROW
    if _is_mere_claim(entry):
        return CLAIM_ROW
    _check_basis(commitment, entry)
    _check_references(commitment, entry)
    row = _matching_row(commitment, entry)
    if row is None and entry.type in types.REPORTS:
        return CLAIM_ROW
    if row is None:
        raise refusal(commitment.id, commitment.kind, commitment.state, entry, commitment)
    _check_sides(commitment, entry)
    return row


def _is_mere_claim(entry: Entry) -> bool:
    is_claim = entry.payload.basis is Basis.CLAIM
    return is_claim and entry.type not in types.REPORTS | FACT_ONLY


def _matching_row(commitment: Commitment, entry: Entry) -> Row | None:
    for row in rows_of(entry.type):
        fits = commitment.kind in row.kinds and commitment.state in row.sources
        if fits and (not row.case or CASES[row.case](commitment, entry)):
            return row
    return None


def refusal(
    commitment_id: str,
    kind: Kind,
    state: State | None,
    entry: Entry,
    commitment: Commitment | None = None,
) -> IllegalTransition:
    """What was asked, what stands in the way, and what the table allows instead."""
    rows = rows_of(entry.type)
    numbers = "/".join(dict.fromkeys(row.number for row in rows)) or "none"
    why = (
        f" ({_case_reason(commitment, entry)})"
        if commitment and _case_failed(kind, state, rows)
        else ""
    )
    allowed = ", ".join(allowed_events(kind, state)) or "none"
    return IllegalTransition(
        f"{entry.type} (row {numbers}) is not possible for {kind} commitment "
        f"{commitment_id!r} in state {state or 'none'}{why}; allowed: {allowed}",
        hint=f"pactwatch explain {commitment_id}",
    )


def _case_failed(kind: Kind, state: State | None, rows: Iterable[Row]) -> bool:
    return any(row.case and kind in row.kinds and state in row.sources for row in rows)


def _case_reason(commitment: Commitment, entry: Entry) -> str:
    return {
        "ReleasePowerExercised": (
            "no release is available: the mirrored commitment's compliance must be "
            f"{commitment.release_on} or worse"
        ),
        "ViolationConfirmed": "the incident did not occur inside the window",
        "PerformanceConfirmed": "a partial delivery does not apply here",
    }.get(entry.type, "its case does not apply")


def _full(commitment: Commitment, entry: Entry) -> bool:
    payload = entry.payload
    return isinstance(payload, types.PerformanceConfirmed) and is_full(commitment, payload)


def _inside_window(commitment: Commitment, entry: Entry) -> bool:
    payload = entry.payload
    incident = (
        commitment.incident(payload.incident)
        if isinstance(payload, types.IncidentFinding)
        else None
    )
    return incident is not None and incident.counted


def _some_reading_ended(commitment: Commitment, entry: Entry) -> bool:
    return commitment.earliest is not None and commitment.earliest <= entry.effective_at


CASES: dict[str, Callable[[Commitment, Entry], bool]] = {
    "full": _full,
    "full_preemptive": lambda c, entry: _full(c, entry) and c.preemptive,
    "partial": lambda c, entry: not _full(c, entry),
    "inside_window": _inside_window,
    "release_available": lambda c, _: c.release_available,
    "some_reading_ended": _some_reading_ended,
    "no_reading_ended": lambda c, entry: not _some_reading_ended(c, entry),
}


def _check_basis(commitment: Commitment, entry: Entry) -> None:
    accepted = CONFIRMING.get(entry.type)
    basis = entry.payload.basis
    if accepted is None and not (entry.type in FACT_ONLY and basis is Basis.CLAIM):
        return
    if accepted is not None and basis in accepted:
        return
    expected = ", ".join(accepted or (b for b in Basis if b is not Basis.CLAIM))
    raise IllegalTransition(
        f"{entry.type} on {commitment.id!r} needs a basis of {expected}; found {basis or 'none'}",
        hint=f"a claim is recorded with: pactwatch record {REPORT_INSTEAD[entry.type]} "
        f"{commitment.id}",
    )


def _check_references(commitment: Commitment, entry: Entry) -> None:
    payload: Any = entry.payload
    if isinstance(payload, types.IncidentFinding):
        _known("incident", payload.incident, [i.id for i in commitment.incidents], commitment)
    if entry.type in ("ConditionSatisfied", "ConditionFailed"):
        known = [condition.id for condition in commitment.conditions]
        _known("antecedent", antecedent_id(payload), known, commitment)
    if isinstance(payload, types.GoverningReadingChosen):
        known = [r.id for r in commitment.readings] + [a.id for a in commitment.accounts]
        _known("reading", payload.reading, known, commitment)


def _known(what: str, wanted: str, known: list[str], commitment: Commitment) -> None:
    if wanted in known:
        return
    close = get_close_matches(wanted, known, n=3)
    listed = ", ".join(close or known) or "none on record"
    raise UnknownId(
        f"unknown {what} {wanted!r} on {commitment.id!r}; known: {listed}",
        hint=f"pactwatch explain {commitment.id}",
    )


def _check_sides(commitment: Commitment, entry: Entry) -> None:
    """TermsClarified needs every party, TermExtended at least one of each side."""
    if entry.type == "TermsClarified":
        _need(entry, commitment, set(commitment.debtor) | set(commitment.creditor))
    if entry.type == "TermExtended":
        payload = entry.payload
        by = set(payload.by) if isinstance(payload, types.TermChange) else set()
        if not (by & set(commitment.debtor) and by & set(commitment.creditor)):
            _need(entry, commitment, set(commitment.debtor) | set(commitment.creditor))


def _need(entry: Entry, commitment: Commitment, parties: set[str]) -> None:
    by: set[str] = set(getattr(entry.payload, "by", ()))
    if parties <= by:
        return
    raise IllegalTransition(
        f"{entry.type} on {commitment.id!r} needs `by` to name {', '.join(sorted(parties))}; "
        f"found {', '.join(sorted(by)) or 'nobody'}",
        hint=f"one side alone: pactwatch record ReadingAsserted {commitment.id}",
    )
