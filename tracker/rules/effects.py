"""What each event changes in a commitment beside its state: one pure function per event type.

The state itself is moved by the transition table; see `tracker.rules.fold`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import Account, Cause, Claim, Commitment, Condition, Suspension
from tracker.model.payload import Antecedent, Payload, is_set
from tracker.model.readings import readings
from tracker.model.sources import chain_of
from tracker.model.terms import Terms, check_terms
from tracker.model.vocabulary import Basis, Grade, Kind, State
from tracker.rules.clock import resumed
from tracker.rules.incidents import Effect, counts_of, finding, violation_alleged, violation_denied
from tracker.rules.windows import (
    as_terms,
    merge_window,
    recompute_readings,
    settled_on,
    silent_on_window,
)


def instant_of(text: str | None, zone: str) -> datetime | None:
    """The instant of a stated deadline: itself, or the close of a day or span in the zone."""
    if text is None:
        return None
    closing = readings(Terms(due=text), term="due", zone=zone, base_id="", entered_at=None)
    return closing[0].at


def account_id(c: Commitment, payload: Payload, terms: Terms, entry: Entry) -> str:
    """The id of a reading as given; made unique by its event when another account has it."""
    if not isinstance(terms.reading, str):
        return f"{payload.speaker}-{entry.id}" if payload.speaker else entry.id
    taken = any(account.id == terms.reading for account in c.accounts)
    return f"{terms.reading}-{entry.id}" if taken else terms.reading


def account_of(
    c: Commitment, payload: Payload, terms: Terms, entry: Entry, **other: Any
) -> Account:
    """What this event states of the terms, as one account beside those on record."""
    by = terms.reading_of if isinstance(terms.reading_of, str) else payload.speaker
    known = replace(terms, reading=UNSET, reading_of=UNSET)
    name = account_id(c, payload, terms, entry)
    source = chain_of(entry.id, payload)
    return Account(name, by, source.root, known, entry.id, dict(other), source)


def _speak(commitment: Commitment, account: Account) -> Commitment:
    """Adds an account: every reading counts until all parties settle the term.

    Terms that are sound by themselves may still not go together: P1M has no elapsed length.
    """
    check_terms(merge_window(commitment.terms, account.terms))
    return recompute_readings(replace(commitment, accounts=(*commitment.accounts, account)))


def promised(c: Commitment, p: types.Promise, entry: Entry) -> Commitment:
    """Takes the terms that a proposal or an acceptance brings, with their source."""
    c = replace(
        c,
        roots=c.roots | {chain_of(entry.id, p).root},
        reciprocal_with=c.reciprocal_with or p.reciprocal_with,
        proposed_by=c.proposed_by or p.proposed_by,
    )
    if p.terms is not None:
        c = _with_first_terms(c, p.terms) if not c.accounts else c
        c = replace(c, accounts=(*c.accounts, account_of(c, p, p.terms, entry)))
    until = instant_of(p.offer_valid_until, c.zone)
    return recompute_readings(replace(c, offer_until=until or c.offer_until))


def _with_first_terms(c: Commitment, terms: Terms) -> Commitment:
    return _agreed(replace(c, terms=replace(terms, reading=UNSET, reading_of=UNSET)), terms)


def _agreed(c: Commitment, terms: Terms) -> Commitment:
    """Takes a quantity that both sides state for what is promised."""
    return replace(c, promised=terms.quantity) if isinstance(terms.quantity, int) else c


def accepted(c: Commitment, p: types.CommitmentAccepted, entry: Entry) -> Commitment:
    """Waives the antecedents that are still open: the acceptance names no conditions."""
    waived = tuple(
        replace(condition, status="waived") if condition.status == "open" else condition
        for condition in c.conditions
    )
    return promised(replace(c, conditions=waived), p, entry)


def accepted_conditionally(
    c: Commitment, p: types.AcceptedConditionally, entry: Entry
) -> Commitment:
    conditions = tuple(condition_of(antecedent, c.zone) for antecedent in p.antecedents)
    return promised(replace(c, conditions=conditions, require=p.require), p, entry)


def condition_of(antecedent: Antecedent, zone: str) -> Condition:
    deadline = instant_of(antecedent.deadline, zone)
    a = antecedent
    return Condition(a.id, a.text, deadline, by=a.by, on=a.on, awaits=a.awaits)


def antecedent_id(payload: Any) -> str:
    antecedent = payload.antecedent
    return antecedent if isinstance(antecedent, str) else str(antecedent.id)


def condition_added(c: Commitment, p: types.ConditionAdded, entry: Entry) -> Commitment:
    """Adds an antecedent to a conditional promise; on one in force, only a disputed reading."""
    if c.state is not State.CONDITIONAL:
        source, chain = chain_of(entry.id, p), _said_condition(p)
        other = Account(entry.id, p.speaker, source.root, Terms(), entry.id, chain, source)
        return replace(c, accounts=(*c.accounts, other), added_conditions=True)
    antecedent = p.antecedent
    if isinstance(antecedent, str):
        antecedent = Antecedent(id=antecedent)
    return replace(c, conditions=(*c.conditions, condition_of(antecedent, c.zone)))


def _said_condition(p: types.ConditionAdded) -> dict[str, Any]:
    text = p.antecedent if isinstance(p.antecedent, str) else p.antecedent.text
    return {"condition": text or antecedent_id(p)}


def condition_satisfied(c: Commitment, p: types.ConditionSatisfied, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "satisfied")


def condition_failed(c: Commitment, p: types.ConditionFailed, _: Entry) -> Commitment:
    return _mark_condition(c, antecedent_id(p), "failed")


def _mark_condition(c: Commitment, condition_id: str, status: Any) -> Commitment:
    marked = (replace(h, status=status) if h.id == condition_id else h for h in c.conditions)
    return replace(c, conditions=tuple(marked))


def antecedents_fail(c: Commitment) -> bool:
    """Whether the antecedents can no longer hold: one that failed, or all where any is enough."""
    failed = [condition.status == "failed" for condition in c.conditions]
    return all(failed) if c.require == "any" else any(failed)


def antecedents_hold(c: Commitment) -> bool:
    fulfilled = [condition.status in ("satisfied", "waived") for condition in c.conditions]
    return any(fulfilled) if c.require == "any" else all(fulfilled)


def said_terms(p: types.ReadingAsserted | types.TermsClarified) -> tuple[Terms, dict[str, Any]]:
    """The partial terms and free-form terms that a reading or a clarification names."""
    terms = p.terms or Terms()
    if p.term is None or not is_set(p.value):
        return terms, {}
    single = as_terms(p.term, p.value)
    return (merge_window(terms, single), {}) if single is not None else (terms, {p.term: p.value})


def reading_asserted(c: Commitment, p: types.ReadingAsserted, entry: Entry) -> Commitment:
    terms, other = said_terms(p)
    return _speak(c, account_of(c, p, terms, entry, **other))


def terms_clarified(c: Commitment, p: types.TermsClarified, entry: Entry) -> Commitment:
    """Settles terms by all parties: what other accounts state of them no longer counts."""
    if p.power is not None:
        c = replace(c, release_on=p.power.release_on)
    terms, other = said_terms(p)
    settled = {name for name in Terms.__struct_fields__ if is_set(getattr(terms, name))}
    settled |= set(other)
    account = replace(account_of(c, p, terms, entry, **other), by="all parties")
    c = replace(
        _agreed(c, terms),
        terms=merge_window(c.terms, terms),
        accounts=tuple(settled_on(each, settled) for each in c.accounts),
        agreed=c.agreed | settled,
        governing={term: chosen for term, chosen in c.governing.items() if term not in settled},
        added_conditions=c.added_conditions and not settled & {"condition", "conditions"},
    )
    return _speak(c, account)


def governing_chosen(c: Commitment, p: types.GoverningReadingChosen, _: Entry) -> Commitment:
    return recompute_readings(replace(c, governing={**c.governing, p.term: p.reading}))


def term_extended(c: Commitment, p: types.TermChange, entry: Entry) -> Commitment:
    """Replaces every earlier reading of a window by the one that both sides agreed."""
    terms = merge_window(c.terms, replace(p.terms, reading=UNSET, reading_of=UNSET))
    account = replace(account_of(c, p, p.terms, entry), by=p.speaker)
    c = replace(
        _agreed(c, p.terms),
        terms=terms,
        accounts=tuple(silent_on_window(each) for each in c.accounts),
        governing={},
        late=False,
        renewals=0,
    )
    return _speak(_tolled_anew(c, p.terms, entry), account)


def _tolled_anew(c: Commitment, terms: Terms, entry: Entry) -> Commitment:
    """Takes a new date as stated: only time suspended after it was agreed is added to it."""
    if not any(isinstance(getattr(terms, name), str) for name in ("due", "end", "start")):
        return c
    suspension = c.suspension
    since = replace(suspension, since=entry.effective_at) if suspension is not None else None
    return replace(c, tolled=timedelta(0), suspension=since)


def term_renewed(c: Commitment, p: types.TermRenewed, entry: Entry) -> Commitment:
    """Renews the window: by new terms, or by one more period of the old one."""
    if p.terms != Terms():
        return term_extended(c, p, entry)
    return recompute_readings(replace(c, renewals=c.renewals + 1, non_renewal=False))


def non_renewal(c: Commitment, _: Any, __: Entry) -> Commitment:
    return replace(c, non_renewal=True)


def performance_confirmed(c: Commitment, p: types.PerformanceConfirmed, entry: Entry) -> Commitment:
    """Adds up confirmed partial quantities; the one that completes the promise is full."""
    of = p.of if p.of is not None else c.promised
    delivered = (c.delivered or 0) + p.quantity if p.quantity is not None else of
    full = is_full(c, p)
    late = full and _is_late(c, entry)
    return replace(
        c,
        promised=of,
        delivered=delivered,
        grade=Grade.FULL if full else Grade.PARTIAL,
        late=late,
        fulfilment_cause=Cause("11" if full else "12", (entry.id,)),
    )


def _is_late(c: Commitment, entry: Entry) -> bool:
    """Whether it occurred after due; a tolling suspension stops the clock before it."""
    end = c.state_end
    if c.clock_is_tolled and c.suspension is not None:
        return end is not None and c.suspension.since >= end
    return end is not None and entry.effective_at >= end


def is_full(c: Commitment, p: types.PerformanceConfirmed) -> bool:
    of = p.of if p.of is not None else c.promised
    return p.quantity is None or of is None or (c.delivered or 0) + p.quantity >= of


def commitment_closed(c: Commitment, _: types.CommitmentClosed, entry: Entry) -> Commitment:
    cause = Cause("13", (entry.id,))
    return replace(c, grade=Grade.SUBSTANTIAL, late=_is_late(c, entry), fulfilment_cause=cause)


def compliance_observed(c: Commitment, _: types.ComplianceObserved, entry: Entry) -> Commitment:
    cause = c.compliance_cause or Cause("19", (entry.id,))
    return replace(c, observed=True, compliance_cause=cause)


def suspension_declared(c: Commitment, p: types.SuspensionDeclared, entry: Entry) -> Commitment:
    """Row 20; a debtor that suspends by its own act alone also raises row 15."""
    until = instant_of(p.until, c.zone)
    suspension = Suspension(entry.effective_at, until, p.tolls)
    if p.basis is Basis.DEBTOR_ACT:
        c = _suspended_without_right(c, p, entry)
    return replace(c, suspension=suspension)


def _suspended_without_right(
    c: Commitment, p: types.SuspensionDeclared, entry: Entry
) -> Commitment:
    """Keeps the allegation as a claim where an achievement has no incidents."""
    text = p.reason or "suspended by the debtor alone"
    alleged = types.ViolationAlleged(incident=entry.id, text=text, speaker=p.speaker)
    if c.kind is Kind.ACHIEVEMENT:
        return claimed(c, alleged, entry, "ViolationAlleged")
    return violation_alleged(c, alleged, entry)


def claimed(c: Commitment, p: Any, entry: Entry, type_name: str) -> Commitment:
    """Keeps a report beside the state: who said what, and how much."""
    alleged = isinstance(p, types.ViolationAlleged)
    claim = Claim(
        entry.id,
        type_name,
        p.speaker,
        entry.occurred,
        getattr(p, "quantity", None),
        getattr(p, "of", None),
        (p.incident or entry.id) if alleged else getattr(p, "incident", None),
        next(iter(counts_of(p, entry)), None) if alleged else None,
    )
    return replace(c, claims=(*c.claims, claim))


def resumed_by_event(c: Commitment, _: types.Resumed, entry: Entry) -> Commitment:
    return resumed(c, entry.effective_at, Cause("21", (entry.id,)))


def superseded(c: Commitment, p: types.Superseded, _: Entry) -> Commitment:
    return replace(c, successor=p.successor)


def delegated(c: Commitment, p: types.Delegated, _: Entry) -> Commitment:
    """Names a new debtor; the old one and those before it answer too, unless released."""
    leaving = _leaving(c.debtor, p.speaker)
    answering = c.responsible if p.released else (*c.responsible, *leaving)
    debtor = _in_place_of(c.debtor, leaving, p.to)
    responsible = tuple(party for party in dict.fromkeys(answering) if party not in debtor)
    return replace(c, debtor=debtor, responsible=responsible)


def assigned(c: Commitment, p: types.Assigned, _: Entry) -> Commitment:
    return replace(c, creditor=_in_place_of(c.creditor, _leaving(c.creditor, p.speaker), p.to))


def _leaving(side: tuple[str, ...], speaker: str | None) -> tuple[str, ...]:
    """The party that hands on its own part; all of the side, where none of it speaks."""
    return (speaker,) if speaker in side and speaker is not None else side


def _in_place_of(side: tuple[str, ...], leaving: tuple[str, ...], to: str) -> tuple[str, ...]:
    parties = [to if party in leaving else party for party in side] or [to]
    return tuple(dict.fromkeys(parties))


def process_concluded(c: Commitment, p: types.ProcessConcluded, _: Entry) -> Commitment:
    return replace(c, children=p.children)


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
    "ViolationConfirmed": finding("confirmed", "17"),
    "ViolationRefuted": finding("refuted", "18"),
    "ComplianceObserved": compliance_observed,
    "SuspensionDeclared": suspension_declared,
    "Resumed": resumed_by_event,
    "TermExtended": term_extended,
    "TermRenewed": term_renewed,
    "NonRenewalNotified": non_renewal,
    "Superseded": superseded,
    "Delegated": delegated,
    "Assigned": assigned,
    "ProcessConcluded": process_concluded,
}
