"""Decides whose act an event is, and whether its speaker may make it one. Pure.

A row of the table may ask for the act of one side. Such an event moves a state when that side
speaks, when nobody is named (then the desk itself found it), or when its `basis` says what makes
it a fact. A party that speaks of the other side's act, or in its own favour, makes a claim.

What first brings a promise on record is not asked: it is one account's telling, attributed as
such, and there is no state yet that it could move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Basis, State
from tracker.rules.terms.suspension import resumption_objection
from tracker.rules.transitions import Actor, Transition

SHARED: Final = (Basis.BOTH_SIDES, Basis.NEUTRAL_BODY, Basis.ANALYST_FINDING)
ACCEPTED_BASES: Final = {
    Actor.DEBTOR: (Basis.DEBTOR_ACT, *SHARED),
    Actor.CREDITOR: (Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.ADDRESSEE: (Basis.DEBTOR_ACT, Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.BOTH_SIDES: (Basis.BOTH_SIDES, Basis.NEUTRAL_BODY),
}
FAVOURS: Final = {
    "PerformanceConfirmed": "debtor",
    "CommitmentClosed": "debtor",
    "ViolationRefuted": "debtor",
    "ComplianceObserved": "debtor",
    "ViolationConfirmed": "creditor",
    "NonPerformanceFound": "creditor",
}
"""Whom a finding favours: that side's own word for it is a report."""
NO_FACTS: Final = (Basis.CLAIM, Basis.CONSENT, Basis.CLAUSE)
"""A claim, and what only lets something be done: they make no report a fact."""
OWN_WORD: Final = {"debtor": Basis.DEBTOR_ACT, "creditor": Basis.CREDITOR_ADMISSION}


def actor_objection(commitment: Commitment, entry: Entry, row: Transition) -> str:
    """Says why this speaker cannot make the act that the row asks for; empty when it can."""
    return OBJECTIONS[row.by](commitment, entry)


def _names(parties: set[str]) -> str:
    return ", ".join(sorted(parties)) or "nobody on record"


def _bases(accepted: tuple[Basis, ...]) -> str:
    return ", ".join(accepted)


def _act_of(by: Actor, parties: Callable[[Commitment], set[str]]) -> Callable[..., str]:
    def object_to(commitment: Commitment, entry: Entry) -> str:
        allowed = parties(commitment)
        exerciser = getattr(entry.payload, "by", None)
        if isinstance(exerciser, str) and exerciser not in allowed:
            return f"it is the act of {by.value}, {_names(allowed)}; found by {exerciser}"
        speaker = entry.payload.speaker
        if speaker is None or speaker in allowed or entry.payload.basis in ACCEPTED_BASES[by]:
            return ""
        return (
            f"it is the act of {by.value}, {_names(allowed)}; found speaker {speaker}, whose word "
            f"for it needs a basis of {_bases(ACCEPTED_BASES[by])}"
        )

    return object_to


def parties_of(commitment: Commitment) -> set[str]:
    return {*commitment.debtor, *commitment.creditor}


def addressees(commitment: Commitment) -> set[str]:
    """The parties that may turn a proposal down: all but its maker; either, once conditional."""
    parties = parties_of(commitment)
    if commitment.state is not State.PROPOSED or commitment.proposed_by is None:
        return parties
    return parties - {commitment.proposed_by} or parties


def _joint_act_of(by: Actor) -> Callable[[Commitment, Entry], str]:
    """All parties together; of an act of both sides one of each, or who decides under a clause."""

    def object_to(commitment: Commitment, entry: Entry) -> str:
        named, parties = set(getattr(entry.payload, "by", ())), parties_of(commitment)
        each_side = named & {*commitment.debtor} and named & {*commitment.creditor}
        is_decided = each_side or entry.payload.basis in ACCEPTED_BASES[Actor.BOTH_SIDES]
        if parties <= named or (by is Actor.BOTH_SIDES and is_decided):
            return ""
        given = ", ".join(sorted(named)) or "nobody"
        return f"it needs `by` to name {_names(parties)}; found {given}"

    return object_to


def confirming(event: str) -> tuple[Basis, ...]:
    """The bases that may confirm a fact: all but a claim and the word of the side it favours."""
    own = OWN_WORD[FAVOURS[event]]
    return tuple(basis for basis in Basis if basis not in (own, *NO_FACTS))


def _confirmation(_: Commitment, entry: Entry) -> str:
    accepted = confirming(entry.type)
    if entry.payload.basis in accepted:
        return ""
    return f"it needs a basis of {_bases(accepted)}; found {entry.payload.basis or 'none'}"


def _finding(commitment: Commitment, entry: Entry) -> str:
    side = FAVOURS[entry.type]
    other = "creditor" if side == "debtor" else "debtor"
    basis, speaker = entry.payload.basis, entry.payload.speaker
    interested = {*getattr(commitment, side)} - {*getattr(commitment, other)}
    if basis not in (OWN_WORD[side], *NO_FACTS) and (basis or speaker not in interested):
        return ""
    speaking = f"basis {basis}" if basis else f"speaker {speaker}"
    return f"the {side}'s own word for it is a report, not a finding; found {speaking}"


OBJECTIONS: Final[dict[Actor, Callable[[Commitment, Entry], str]]] = {
    Actor.ANYONE: lambda _, __: "",
    Actor.DEBTOR: _act_of(Actor.DEBTOR, lambda c: {*c.debtor}),
    Actor.CREDITOR: _act_of(Actor.CREDITOR, lambda c: {*c.creditor}),
    Actor.ADDRESSEE: _act_of(Actor.ADDRESSEE, addressees),
    Actor.ALL_PARTIES: _joint_act_of(Actor.ALL_PARTIES),
    Actor.BOTH_SIDES: _joint_act_of(Actor.BOTH_SIDES),
    Actor.SUSPENDER: lambda c, entry: resumption_objection(c, entry.payload),
    Actor.CONFIRMATION: _confirmation,
    Actor.FINDING: _finding,
}
