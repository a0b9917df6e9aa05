"""What each event changes in a commitment beside its state: one pure function per event type.

The state itself is moved by the transition table; see `tracker.rules.fold`.
"""

from __future__ import annotations

from datetime import date, datetime
from operator import itemgetter
from typing import Any

from msgspec.structs import replace

from tracker.dates.edtf import day_of, parse_edtf
from tracker.entries.entry import Entry
from tracker.errors import InvalidDate
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause, Claim, Suspension
from tracker.model.vocabulary import Basis, Grade, Kind
from tracker.rules.clock import resumed
from tracker.rules.conditions import (
    accepted,
    accepted_conditionally,
    condition_added,
    condition_failed,
    condition_satisfied,
)
from tracker.rules.incidents import Effect, counts_of, finding, violation_alleged, violation_denied
from tracker.rules.recurring.performance import (
    is_period_full,
    period_found_missed,
    period_or_none,
    period_performed,
    period_waived,
)
from tracker.rules.terms.accounts import (
    governing_chosen,
    instant_of,
    non_renewal,
    promised,
    reading_asserted,
    term_extended,
    term_renewed,
    terms_clarified,
)
from tracker.rules.terms.parties import acting_members, acting_parties
from tracker.rules.terms.suspension import is_agreed
from tracker.rules.terms.withdrawal import withdrawal_notified, withdrawal_revoked


def performance_confirmed(c: Commitment, p: types.PerformanceConfirmed, entry: Entry) -> Commitment:
    """Adds up confirmed partial quantities; the one that completes the promise is full.

    That nothing was delivered is a number on record, and no part of the promise.
    """
    if c.kind is Kind.RECURRING:
        return period_performed(c, p, entry)
    of, full = p.of if p.of is not None else c.promised, is_full(c, p, entry)
    delivered = of if full else c.delivered
    if p.quantity is not None:
        delivered = (c.delivered or 0) + p.quantity
    late = full and _is_late(c, entry)
    # What was met substantially is not less so once more is counted.
    stays = c.grade is Grade.SUBSTANTIAL or p.quantity == 0
    grade = c.grade if stays else Grade.PARTIAL
    return replace(
        c,
        promised=of,
        delivered=delivered,
        grade=p.fulfilment or (Grade.FULL if full else grade),
        late=late,
        fulfilment_cause=Cause("11" if full else "12", (entry.id,)),
    )


def _is_late(c: Commitment, entry: Entry) -> bool:
    """Whether it occurred after due; a tolling suspension stops the clock before it."""
    end = c.state_end
    if c.clock_is_tolled and c.suspension is not None:
        return end is not None and c.suspension.since >= end
    return end is not None and entry.effective_at >= end


def is_full(c: Commitment, p: types.PerformanceConfirmed, entry: Entry) -> bool:
    """Whether a confirmation completes the promise; of a recurring one, what one period asks."""
    return p.fulfilment is Grade.FULL if p.fulfilment else counts_as_full(c, p, entry)


def counts_as_full(c: Commitment, p: types.PerformanceConfirmed, entry: Entry) -> bool:
    """Whether its number completes the promise; what has no number is all of it."""
    if c.kind is Kind.RECURRING:
        return is_period_full(c, p, entry)
    of = p.of if p.of is not None else c.promised
    if p.quantity is None:
        return True
    return p.quantity > 0 if of is None else (c.delivered or 0) + p.quantity >= of


def commitment_closed(c: Commitment, _: types.CommitmentClosed, entry: Entry) -> Commitment:
    cause = Cause("13", (entry.id,))
    return replace(c, grade=Grade.SUBSTANTIAL, late=_is_late(c, entry), fulfilment_cause=cause)


def non_performance_found(c: Commitment, p: types.NonPerformanceFound, entry: Entry) -> Commitment:
    """Finds one period of a recurring promise unmet; of any other promise the state says it all."""
    return period_found_missed(c, p, entry) if c.kind is Kind.RECURRING else c


def compliance_observed(c: Commitment, p: types.ComplianceObserved, entry: Entry) -> Commitment:
    """Row 19: what was observed is clear for its window, else up to when it was observed.

    Nobody observes what has not happened: a window that goes further ends with `occurred`.
    """
    texts = (entry.occurred, p.window or entry.occurred)
    ends = (_observed_until(text, entry, c.zone) for text in texts)
    until, day = min(ends, key=itemgetter(0))
    is_later = c.clear_until is None or until > c.clear_until
    return replace(
        c,
        clear_until=until if is_later else c.clear_until,
        clear_through=day if is_later else c.clear_through,
        compliance_cause=c.compliance_cause or Cause("19", (entry.id,)),
    )


def _observed_until(text: str, entry: Entry, zone: str) -> tuple[datetime, date | None]:
    """The end of an observed time, and its last day; where it has none, when it took effect."""
    try:
        when, until = parse_edtf(text), instant_of(text, zone)
    except InvalidDate:
        return entry.effective_at, None
    return until or entry.effective_at, None if when.instant else when.last


def suspension_declared(c: Commitment, p: types.SuspensionDeclared, entry: Entry) -> Commitment:
    """Row 20; one party's own suspension tolls nothing.

    Of a debtor of whose act nothing but the basis says so, it also raises row 15.
    """
    until = instant_of(p.until, c.zone)
    contested = not is_agreed(c, entry)
    suspension = Suspension(
        entry.effective_at,
        until,
        p.tolls and not contested,
        since_day=day_of(entry.occurred, entry.effective_at, c.zone),
        until_day=day_of(p.until, until, c.zone) if p.until and until else None,
        by=acting_parties(c, entry),
        contested=contested,
        reason=p.reason,
    )
    if p.basis is Basis.DEBTOR_ACT:
        text = p.reason or "suspended by the debtor alone"
        alleged = types.ViolationAlleged(incident=entry.id, text=text, speaker=p.speaker)
        # An achievement has no incidents: there the allegation stays a claim.
        if c.kind is Kind.ACHIEVEMENT:
            c = claimed(c, alleged, entry, "ViolationAlleged")
        else:
            c = violation_alleged(c, alleged, entry)
    return replace(c, suspension=suspension)


def claimed(c: Commitment, p: Any, entry: Entry, type_name: str) -> Commitment:
    """Keeps a report beside the state: who said what, and how much."""
    alleged = isinstance(p, types.ViolationAlleged)
    period = period_or_none(c, entry)
    claim = Claim(
        event=entry.id,
        type=type_name,
        by=p.speaker,
        occurred=entry.occurred,
        quantity=getattr(p, "quantity", None),
        of=getattr(p, "of", None),
        incident=(p.incident or entry.id) if alleged else getattr(p, "incident", None),
        count=next(iter(counts_of(p, entry)), None) if alleged else None,
        fulfilment=getattr(p, "fulfilment", None),
        given_at=p.said,
        period=period.day.isoformat() if period else None,
    )
    return replace(c, claims=(*c.claims, claim))


def resumed_by_event(c: Commitment, _: types.Resumed, entry: Entry) -> Commitment:
    day = day_of(entry.occurred, entry.effective_at, c.zone)
    return resumed(c, entry.effective_at, Cause("21", (entry.id,)), day)


def superseded(c: Commitment, p: types.Superseded, _: Entry) -> Commitment:
    return replace(c, successor=p.successor)


def delegated(c: Commitment, p: types.Delegated, entry: Entry) -> Commitment:
    """Names a new debtor; the old one and those before it answer too, unless released."""
    leaving = acting_members(c.debtor, c, entry)
    answering = c.responsible if p.released else (*c.responsible, *leaving)
    debtor = _in_place_of(c.debtor, leaving, p.to)
    responsible = tuple(party for party in dict.fromkeys(answering) if party not in debtor)
    return replace(c, debtor=debtor, responsible=responsible)


def assigned(c: Commitment, p: types.Assigned, entry: Entry) -> Commitment:
    """Row 30: who takes the place of a creditor is owed it, also where it waived its own part."""
    leaving = tuple(party for party in acting_members(c.creditor, c, entry) if party in c.owed_to)
    if not leaving and c.creditor:
        return c
    waived_by = tuple(party for party in c.waived_by if party != p.to)
    creditor = _in_place_of(c.creditor, leaving, p.to)
    return replace(c, creditor=creditor, waived_by=waived_by)


def creditor_released(c: Commitment, _: types.CreditorReleased, entry: Entry) -> Commitment:
    """Row 26: the promise is no longer owed to a creditor that waives it."""
    return replace(c, waived_by=(*c.waived_by, *acting_members(c.owed_to, c, entry)))


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
    "NonPerformanceFound": non_performance_found,
    "PeriodWaived": period_waived,
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
    "WithdrawalNotified": withdrawal_notified,
    "WithdrawalRevoked": withdrawal_revoked,
    "CreditorReleased": creditor_released,
    "Superseded": superseded,
    "Delegated": delegated,
    "Assigned": assigned,
    "ProcessConcluded": process_concluded,
}
