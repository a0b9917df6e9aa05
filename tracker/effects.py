"""What each event changes in a commitment besides its state: pure functions, one per event type.

The state itself is moved by the transition table; see `tracker.fold`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from msgspec import UNSET
from msgspec.structs import replace

from tracker import event_types as types
from tracker.clock import resumed
from tracker.commitment import Account, Cause, Commitment, Condition, Count, Incident, Suspension
from tracker.deadlines import readings
from tracker.record import Entry
from tracker.sources import chain_of
from tracker.terms import Terms, check_terms
from tracker.vocabulary import Grade, State
from tracker.windows import (
    as_terms,
    rewindowed,
    silent_on_window,
    with_readings,
    without_term,
)

Effect = Callable[[Commitment, Any, Entry], Commitment]


def instant_of(text: str | None, zone: str) -> datetime | None:
    """A deadline as said: an instant itself, a day or a longer span at its close in the zone."""
    if text is None:
        return None
    closing = readings(Terms(due=text), term="due", zone=zone, base_id="", entered_at=None)
    return closing[0].at


def account_id(payload: types.Payload, terms: Terms | None, entry: Entry) -> str:
    if terms is not None and isinstance(terms.reading, str):
        return terms.reading
    return f"{payload.speaker}-{entry.id}" if payload.speaker else entry.id


def account_of(payload: types.Payload, terms: Terms, entry: Entry, **other: Any) -> Account:
    """What this event says of the terms, as one account."""
    by = terms.reading_of if isinstance(terms.reading_of, str) else payload.speaker
    known = replace(terms, reading=UNSET, reading_of=UNSET)
    source = chain_of(entry.id, payload)
    return Account(
        account_id(payload, terms, entry), by, source.root, known, entry.id, dict(other), source
    )


def _speak(commitment: Commitment, account: Account) -> Commitment:
    """Add an account: every reading stands until all parties settle the term.

    Terms that are sound by themselves may still not go together: P1M has no elapsed length.
    """
    check_terms(rewindowed(commitment.terms, account.terms))
    return with_readings(replace(commitment, accounts=(*commitment.accounts, account)))


def promised(c: Commitment, p: types.Promise, entry: Entry) -> Commitment:
    """Proposal and acceptance: the terms they bring, and where they come from."""
    c = replace(c, roots=c.roots | {chain_of(entry.id, p).root})
    if p.terms is not None:
        c = _with_first_terms(c, p.terms) if not c.accounts else c
        c = replace(c, accounts=(*c.accounts, account_of(p, p.terms, entry)))
    until = instant_of(p.offer_valid_until, c.zone)
    return with_readings(replace(c, offer_until=until or c.offer_until))


def _with_first_terms(c: Commitment, terms: Terms) -> Commitment:
    quantity = terms.quantity if isinstance(terms.quantity, int) else None
    return replace(c, terms=replace(terms, reading=UNSET, reading_of=UNSET), promised=quantity)


def accepted(c: Commitment, p: types.CommitmentAccepted, entry: Entry) -> Commitment:
    """Acceptance without conditions waives those still open."""
    waived = tuple(
        replace(held, status="waived") if held.status == "open" else held for held in c.conditions
    )
    return promised(replace(c, conditions=waived), p, entry)


def accepted_conditionally(
    c: Commitment, p: types.AcceptedConditionally, entry: Entry
) -> Commitment:
    listed = tuple(condition_of(antecedent, c.zone) for antecedent in p.antecedents)
    return promised(replace(c, conditions=listed, require=p.require), p, entry)


def condition_of(antecedent: types.Antecedent, zone: str) -> Condition:
    deadline = instant_of(antecedent.deadline, zone)
    a = antecedent
    return Condition(a.id, a.text, deadline, by=a.by, on=a.on, awaits=a.awaits)


def antecedent_id(payload: Any) -> str:
    antecedent = payload.antecedent
    return antecedent if isinstance(antecedent, str) else str(antecedent.id)


def condition_added(c: Commitment, p: types.ConditionAdded, entry: Entry) -> Commitment:
    """On a conditional promise one more antecedent; on one in force only a disputed reading."""
    if c.state is not State.CONDITIONAL:
        source, said = chain_of(entry.id, p), _said_condition(p)
        other = Account(entry.id, p.speaker, source.root, Terms(), entry.id, said, source)
        return replace(c, accounts=(*c.accounts, other), added_conditions=True)
    antecedent = p.antecedent
    if isinstance(antecedent, str):
        antecedent = types.Antecedent(id=antecedent)
    return replace(c, conditions=(*c.conditions, condition_of(antecedent, c.zone)))


def _said_condition(p: types.ConditionAdded) -> dict[str, Any]:
    text = p.antecedent if isinstance(p.antecedent, str) else p.antecedent.text
    return {"condition": text or antecedent_id(p)}


def condition_satisfied(c: Commitment, p: types.ConditionSatisfied, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "satisfied")


def condition_failed(c: Commitment, p: types.ConditionFailed, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "failed")


def _mark_condition(c: Commitment, wanted: str, status: Any) -> Commitment:
    marked = (replace(h, status=status) if h.id == wanted else h for h in c.conditions)
    return replace(c, conditions=tuple(marked))


def antecedents_hold(c: Commitment) -> bool:
    held = [condition.status in ("satisfied", "waived") for condition in c.conditions]
    return any(held) if c.require == "any" else all(held)


def said_terms(p: types.ReadingAsserted | types.TermsClarified) -> tuple[Terms, dict[str, Any]]:
    """Partial terms and free-form terms that a reading or a clarification names."""
    terms = p.terms or Terms()
    if p.term is None or not types.is_set(p.value):
        return terms, {}
    single = as_terms(p.term, p.value)
    return (rewindowed(terms, single), {}) if single is not None else (terms, {p.term: p.value})


def reading_asserted(c: Commitment, p: types.ReadingAsserted, entry: Entry) -> Commitment:
    terms, other = said_terms(p)
    return _speak(c, account_of(p, terms, entry, **other))


def terms_clarified(c: Commitment, p: types.TermsClarified, entry: Entry) -> Commitment:
    """Settled by all parties: other accounts of these terms no longer stand."""
    if p.power is not None:
        c = replace(c, release_on=p.power.release_on)
    terms, other = said_terms(p)
    settled = {name for name in Terms.__struct_fields__ if types.is_set(getattr(terms, name))}
    settled |= set(other)
    accounts = tuple(_settle(account, settled) for account in c.accounts)
    account = replace(account_of(p, terms, entry, **other), by="all parties")
    c = replace(c, terms=rewindowed(c.terms, terms), agreed=c.agreed | settled)
    return _speak(replace(c, accounts=accounts), account)


def _settle(account: Account, settled: set[str]) -> Account:
    if settled & {"start", "due", "end", "duration", "count"}:
        account = silent_on_window(account)
    for term in settled:
        account = without_term(account, term)
    return account


def governing_chosen(c: Commitment, p: types.GoverningReadingChosen, _: Entry) -> Commitment:
    return replace(c, governing={**c.governing, p.term: p.reading})


def term_extended(c: Commitment, p: types.TermChange, entry: Entry) -> Commitment:
    """A new window agreed by both sides takes the place of every earlier reading of it."""
    terms = rewindowed(c.terms, replace(p.terms, reading=UNSET, reading_of=UNSET))
    accounts = tuple(silent_on_window(account) for account in c.accounts)
    account = replace(account_of(p, p.terms, entry), by=p.speaker)
    c = replace(c, terms=terms, governing={}, late=False, renewals=0)
    return _speak(replace(c, accounts=accounts), account)


def term_renewed(c: Commitment, p: types.TermRenewed, entry: Entry) -> Commitment:
    """With terms, a new window; without, one more period of the old one."""
    if p.terms != Terms():
        return term_extended(c, p, entry)
    return with_readings(replace(c, renewals=c.renewals + 1, non_renewal=False))


def non_renewal(c: Commitment, _: Any, __: Entry) -> Commitment:
    return replace(c, non_renewal=True)


def performance_confirmed(c: Commitment, p: types.PerformanceConfirmed, entry: Entry) -> Commitment:
    """Confirmed partial quantities add up; the last one that completes the promise is full."""
    of = p.of if p.of is not None else c.promised
    delivered = (c.delivered or 0) + p.quantity if p.quantity is not None else of
    full = is_full(c, p)
    late = full and c.state_end is not None and entry.effective_at >= c.state_end
    return replace(
        c,
        promised=of,
        delivered=delivered,
        grade=Grade.FULL if full else Grade.PARTIAL,
        late=late,
        fulfilment_cause=Cause("11" if full else "12", (entry.id,)),
    )


def is_full(c: Commitment, p: types.PerformanceConfirmed) -> bool:
    of = p.of if p.of is not None else c.promised
    return p.quantity is None or of is None or (c.delivered or 0) + p.quantity >= of


def commitment_closed(c: Commitment, _: types.CommitmentClosed, entry: Entry) -> Commitment:
    late = c.state_end is not None and entry.effective_at >= c.state_end
    cause = Cause("13", (entry.id,))
    return replace(c, grade=Grade.SUBSTANTIAL, late=late, fulfilment_cause=cause)


def violation_alleged(c: Commitment, p: types.ViolationAlleged, entry: Entry) -> Commitment:
    """Row 15: counted when it fell in force; otherwise tagged, and compliance is unchanged."""
    incident_id = p.incident or entry.id
    known = c.incident(incident_id)
    incident = known or _new_incident(c, p, entry, incident_id)
    counts = (*incident.claimed_counts, *_counts(p, entry))
    incident = replace(incident, claimed_counts=counts, events=(*incident.events, entry.id))
    cause = Cause("15", (entry.id,)) if incident.counted and not known else c.compliance_cause
    return replace(_put_incident(c, incident), compliance_cause=cause)


def _new_incident(
    c: Commitment, p: types.ViolationAlleged, entry: Entry, incident_id: str
) -> Incident:
    counted, tags = _place(c, entry.effective_at)
    return Incident(
        incident_id,
        "alleged",
        entry.effective_at,
        entry.occurred,
        counted,
        tags,
        p.text,
        p.where,
    )


def _place(c: Commitment, at: datetime) -> tuple[bool, tuple[str, ...]]:
    """Whether an incident fell in force, and the tag that says where else it fell."""
    first, last = c.earliest, c.latest
    contested = first is not None and last is not None and first <= at < last
    if c.state is State.IN_FORCE and (c.start is None or c.start <= at):
        return True, ("contested_window",) if contested else ()
    return False, ("contested_window",) if contested and not c.is_open else ("out_of_force",)


def _counts(p: types.ViolationAlleged, entry: Entry) -> tuple[Count, ...]:
    claimed = p.claimed_count
    if claimed is None:
        return ()
    return (Count(p.speaker, claimed.value, claimed.at_least, entry.occurred, claimed.text),)


def _put_incident(c: Commitment, incident: Incident) -> Commitment:
    if c.incident(incident.id) is None:
        return replace(c, incidents=(*c.incidents, incident))
    kept = (incident if held.id == incident.id else held for held in c.incidents)
    return replace(c, incidents=tuple(kept))


def _finding(status: str, rule: str) -> Effect:
    def effect(c: Commitment, p: types.IncidentFinding, entry: Entry) -> Commitment:
        incident = cast(Incident, c.incident(p.incident))
        events = (*incident.events, entry.id)
        found = replace(incident, status=cast(Any, status), events=events)
        cause = Cause(rule, (entry.id,)) if incident.counted else c.compliance_cause
        return replace(_put_incident(c, found), compliance_cause=cause)

    return effect


_disputed = _finding("disputed", "16")


def violation_denied(c: Commitment, p: types.ViolationDenied, entry: Entry) -> Commitment:
    """A denial disputes an allegation; it does not undo a finding."""
    incident = c.incident(p.incident)
    if incident is not None and incident.status in ("confirmed", "refuted"):
        return _put_incident(c, replace(incident, events=(*incident.events, entry.id)))
    return _disputed(c, p, entry)


def compliance_observed(c: Commitment, _: types.ComplianceObserved, entry: Entry) -> Commitment:
    cause = c.compliance_cause or Cause("19", (entry.id,))
    return replace(c, observed=True, compliance_cause=cause)


def suspension_declared(c: Commitment, p: types.SuspensionDeclared, entry: Entry) -> Commitment:
    until = instant_of(p.until, c.zone)
    held = Suspension(entry.effective_at, until, p.tolls)
    if p.basis is not None and p.basis.value == "debtor_act" and c.kind.value != "achievement":
        c = _suspended_without_right(c, p, entry)
    return replace(c, suspension=held)


def _suspended_without_right(
    c: Commitment, p: types.SuspensionDeclared, entry: Entry
) -> Commitment:
    text = p.reason or "suspended by the debtor alone"
    alleged = types.ViolationAlleged(incident=entry.id, text=text, speaker=p.speaker)
    return violation_alleged(c, alleged, entry)


def resumed_by_event(c: Commitment, _: types.Resumed, entry: Entry) -> Commitment:
    return resumed(c, entry.effective_at, Cause("21", (entry.id,)))


def superseded(c: Commitment, p: types.Superseded, _: Entry) -> Commitment:
    return replace(c, successor=p.successor)


def delegated(c: Commitment, p: types.Delegated, _: Entry) -> Commitment:
    responsible = () if p.released else tuple(dict.fromkeys((*c.responsible, *c.debtor)))
    return replace(c, debtor=(p.to,), responsible=responsible)


def assigned(c: Commitment, p: types.Assigned, _: Entry) -> Commitment:
    return replace(c, creditor=(p.to,))


EFFECTS: dict[str, Effect] = {
    "CommitmentProposed": promised,
    "CommitmentAccepted": accepted,
    "AcceptedConditionally": accepted_conditionally,
    "ConditionAdded": condition_added,
    "ConditionSatisfied": condition_satisfied,
    "ConditionFailed": condition_failed,
    "ReadingAsserted": reading_asserted,
    "TermsClarified": terms_clarified,
    "GoverningReadingChosen": governing_chosen,
    "PerformanceConfirmed": performance_confirmed,
    "CommitmentClosed": commitment_closed,
    "ViolationAlleged": violation_alleged,
    "ViolationDenied": violation_denied,
    "ViolationConfirmed": _finding("confirmed", "17"),
    "ViolationRefuted": _finding("refuted", "18"),
    "ComplianceObserved": compliance_observed,
    "SuspensionDeclared": suspension_declared,
    "Resumed": resumed_by_event,
    "TermExtended": term_extended,
    "TermRenewed": term_renewed,
    "NonRenewalNotified": non_renewal,
    "Superseded": superseded,
    "Delegated": delegated,
    "Assigned": assigned,
}
