"""Decides whether an event may happen to a commitment now, and by which row of the table.

Pure. Used twice: at entry it refuses with a reason and what is allowed instead; in the fold it
leaves out what late news has made impossible, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from events.wording import nearest
from tracker.entries.entry import Entry
from tracker.errors import IllegalTransition, InvalidEvent, UnknownId
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import is_set
from tracker.model.terms import Terms
from tracker.model.vocabulary import Basis, Grade, Kind, State
from tracker.rules.actors import SHARED, actor_objection
from tracker.rules.conditions import antecedent_id
from tracker.rules.effects import counts_as_full, is_full
from tracker.rules.incidents import is_counted
from tracker.rules.recurring.performance import check_period, is_over_and_unmet
from tracker.rules.refusals import (
    PromiseState,
    lacking,
    numbers,
    refusal,
    refusal_to_supersede_broken,
)
from tracker.rules.terms.commands import command_again
from tracker.rules.terms.earlier import lack_of_period
from tracker.rules.terms.extension import Lack, extended_end, lack_of_change
from tracker.rules.terms.parties import acting_parties
from tracker.rules.terms.release import lack_of_release
from tracker.rules.terms.window_accounts import CHOICES
from tracker.rules.terms.withdrawal import lack_of_own, lack_of_withdrawal
from tracker.rules.transitions import (
    Transition,
    fitting_rows,
    rows_of,
)

CLAIM_ROW = Transition("claim", "", frozenset(Kind), frozenset(), State.PROPOSED, "claim")
"""A report outside the table, or a fact that is only claimed: recorded, and moves nothing."""

NOTE_ROW = Transition("note", "", frozenset(Kind), frozenset(), State.PROPOSED, "note")
"""What only says something about a commitment: activity, and nothing else."""

FACT_ONLY = frozenset({"PerformanceConfirmed", "ViolationConfirmed", "ViolationRefuted"})
"""Facts that have a report of their own, which a mere claim of them must use."""


LACKS: dict[str, Callable[[Commitment, Entry], Lack | None]] = {
    "TermExtended": lack_of_change,
    "TermRenewed": lack_of_change,
    "NonRenewalNotified": lack_of_own,
    "WithdrawalNotified": lack_of_withdrawal,
    "WithdrawalRevoked": lack_of_withdrawal,
    "ReadingAsserted": lack_of_period,
    "TermsClarified": lack_of_period,
}
"""What may be wrong with what an entry says, though its row fits."""


def matching_transition(commitment: Commitment, entry: Entry) -> Transition:
    """The row that applies, or CLAIM_ROW; raises IllegalTransition or UnknownId."""
    if entry.payload.level in ("note", "any", "agreement"):
        return NOTE_ROW
    is_claim = entry.payload.basis is Basis.CLAIM
    if is_claim and entry.type not in types.REPORTS | FACT_ONLY:
        return CLAIM_ROW
    _check_references(commitment, entry)
    check_period(commitment, entry)
    _check_fulfilment(commitment, entry)
    fitting = fitting_rows(entry.type, commitment.kind, commitment.state)
    applying = (r for r in fitting if not r.guard or GUARDS[r.guard](commitment, entry))
    row = next(applying, None)
    if row is None and entry.type in types.REPORTS:
        return CLAIM_ROW
    if row is None:
        raise _refusal_without_row(commitment, entry, is_state_fitting=bool(fitting))
    why = actor_objection(commitment, entry, row) or _missing_requirement(commitment, entry)
    if why:
        more = extended_end(commitment, entry)
        promise = PromiseState.of(commitment)
        raise refusal(promise, entry, row.number, why, is_row_fitting=True, more=more)
    lack = LACKS[entry.type](commitment, entry) if entry.type in LACKS else None
    if lack is not None:
        raise lacking(commitment, entry, row.number, lack)
    return row


def _refusal_without_row(
    commitment: Commitment, entry: Entry, *, is_state_fitting: bool
) -> IllegalTransition:
    """Why no row applies: none is of this state, or what the rows of it ask for is not so."""
    if is_state_fitting and isinstance(entry.payload, types.ReleasePowerExercised):
        return lacking(commitment, entry, "27", lack_of_release(commitment))
    row_numbers = numbers(rows_of(entry.type))
    if (entry.type, commitment.state) == ("Superseded", State.VIOLATED):
        return refusal_to_supersede_broken(commitment, row_numbers)
    why = _guard_reason(commitment, entry) if is_state_fitting else ""
    return refusal(PromiseState.of(commitment), entry, row_numbers, why)


def _guard_reason(commitment: Commitment, entry: Entry) -> str:
    performance = (
        "it is not preemptive, so what is done before it binds does not count"
        if _full(commitment, entry)
        else "a partial delivery does not apply here"
    )
    breach = "the incident did not occur inside the window"
    if commitment.state is State.SUSPENDED:
        breach = "it is suspended by agreement, so that nothing is owed meanwhile"
    return {
        "ViolationConfirmed": breach,
        "PerformanceConfirmed": performance,
        "TermRenewed": "no terms are given, and there is no period to renew for",
        "NonPerformanceFound": "its period is not over yet, or it was met, waived or excused",
        "Superseded": "nothing supersedes itself",
    }.get(entry.type, "its case does not apply")


def _full(commitment: Commitment, entry: Entry) -> bool:
    payload = entry.payload
    return isinstance(payload, types.PerformanceConfirmed) and is_full(commitment, payload, entry)


def _some_reading_ended(commitment: Commitment, entry: Entry) -> bool:
    return commitment.earliest is not None and commitment.earliest <= entry.effective_at


def _is_period_known(commitment: Commitment, entry: Entry) -> bool:
    """Whether there are terms of a new window, or a period to run once more."""
    payload = entry.payload
    given = isinstance(payload, types.TermChange) and payload.terms != Terms()
    lengths = (commitment.terms.duration, commitment.terms.tacit_renewal)
    return given or any(isinstance(length, str) for length in lengths)


GUARDS: dict[str, Callable[[Commitment, Entry], bool]] = {
    "full": _full,
    "full_preemptive": lambda c, entry: _full(c, entry) and c.preemptive,
    "partial": lambda c, entry: not _full(c, entry),
    "inside_window": is_counted,
    "release_available": lambda c, _: c.release_available,
    "some_reading_ended": _some_reading_ended,
    "no_reading_ended": lambda c, entry: not _some_reading_ended(c, entry),
    "period_known": _is_period_known,
    "suspended_alone": lambda c, _: c.suspension_contested,
    "period_unmet": is_over_and_unmet,
    "by_another": lambda c, entry: getattr(entry.payload, "successor", None) != c.id,
}


def _missing_requirement(commitment: Commitment, entry: Entry) -> str:
    """What a row needs beside a speaker; empty when nothing is missing."""
    if entry.type == "CommitmentClosed" and not getattr(entry.payload, "reason", None):
        return "a finding that closes without full delivery needs a reason"
    if entry.type == "CreditorReleased" and _waiver_is_nobodys(commitment, entry):
        return f"it is owed to {', '.join(commitment.owed_to)}; `by` says which of them waives it"
    if entry.type == "ConditionAdded" and commitment.state is State.CONDITIONAL:
        condition_id = antecedent_id(entry.payload)
        if any(condition.id == condition_id for condition in commitment.conditions):
            return f"it has an antecedent {condition_id!r} already"
    return ""


def _waiver_is_nobodys(commitment: Commitment, entry: Entry) -> bool:
    """Whether a waiver of one of several creditors does not say whose it is."""
    acting = {*acting_parties(commitment, entry)} & {*commitment.owed_to}
    is_found = entry.payload.basis in SHARED
    return len(commitment.owed_to) > 1 and not is_found and not acting


def _check_fulfilment(commitment: Commitment, entry: Entry) -> None:
    """Refuses a confirmation whose number and word say different things."""
    p = entry.payload
    if not isinstance(p, types.PerformanceConfirmed) or None in (p.fulfilment, p.quantity):
        return
    of = p.of if p.of is not None else commitment.promised
    if of is None or counts_as_full(commitment, p, entry) == (p.fulfilment is Grade.FULL):
        return
    raise InvalidEvent(
        f"{entry.type} on {commitment.id!r}: quantity {p.quantity} after "
        f"{commitment.delivered or 0} of {of} is not {p.fulfilment}",
        hint="by the number alone: "
        + command_again(
            commitment.id, entry, f"basis={p.basis or Basis.NEUTRAL_BODY}", without=("fulfilment",)
        ),
    )


def _check_references(commitment: Commitment, entry: Entry) -> None:
    payload: Any = entry.payload
    if isinstance(payload, types.IncidentFinding):
        known = [incident.id for incident in commitment.incidents]
        # What is only claimed against a promise that has no incidents may be answered too.
        claims = (c for c in commitment.claims if c.type == "ViolationAlleged")
        known += [claim.incident for claim in claims if claim.incident]
        _require_known("incident", payload.incident, known, commitment)
    if entry.type in ("ConditionSatisfied", "ConditionFailed"):
        known = [condition.id for condition in commitment.conditions]
        _require_known("antecedent", antecedent_id(payload), known, commitment)
    if isinstance(payload, types.GoverningReadingChosen):
        known = _choosable_readings(commitment, payload.term)
        _require_known(f"reading of {payload.term}", payload.reading, known, commitment)


def _choosable_readings(commitment: Commitment, term: str) -> list[str]:
    """What may be chosen to govern a term: its accounts, and the ends that follow."""
    saying = [
        account.id
        for account in commitment.accounts
        if term in account.other
        or is_set(getattr(account.terms, term, UNSET))
        or (term in ("due", "end") and any(map(is_set, account.terms_of_end)))
    ]
    return [r.id for r in commitment.readings] + saying if term in CHOICES else saying


def _require_known(what: str, name: str, known: list[str], commitment: Commitment) -> None:
    if name in known:
        return
    close = nearest(name, known)
    names = ", ".join(close or dict.fromkeys(known)) or "none on record"
    raise UnknownId(
        f"unknown {what} {name!r} on {commitment.id!r}; known: {names}",
        hint=f"pactwatch explain {commitment.id}",
    )
