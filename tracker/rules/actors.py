"""Decides whose act an event is, and whether its speaker may make it one. Pure.

A row of the table may ask for the act of one side, of a party, or of all. Its `by` says whose act
an entry is, else its speaker does; each account counts as the party that it speaks for. Where the
type says whose act it is (the debtor cancels), an entry that names nobody is that act as the desk
found it; where it does not (anybody may suspend), somebody has to be named. A `basis` may say what
makes a stranger's word a fact. A party that speaks of the other side's act, or in its own favour,
makes a claim.

What first brings a promise on record is not asked: it is one account's telling, attributed as
such, and there is no state yet that it could move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tracker.entries.entry import Entry
from tracker.entries.parties import Registry
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Basis, State
from tracker.rules.terms.parties import acting_parties, acts_for_all, as_parties, parties_of
from tracker.rules.terms.suspension import resumption_objection
from tracker.rules.transitions import Actor, Transition

FINDINGS: Final = (Basis.NEUTRAL_BODY, Basis.ANALYST_FINDING)
SHARED: Final = (Basis.BOTH_SIDES, *FINDINGS)
ACCEPTED_BASES: Final = {
    Actor.DEBTOR: (Basis.DEBTOR_ACT, *SHARED),
    Actor.CREDITOR: (Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.ADDRESSEE: (Basis.DEBTOR_ACT, Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.PARTY: (Basis.DEBTOR_ACT, Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.DELEGATING_DEBTOR: (Basis.DEBTOR_ACT, *SHARED),
    Actor.ASSIGNING_CREDITOR: (Basis.CREDITOR_ADMISSION, *SHARED),
    Actor.ALL_PARTIES: (),
    Actor.BOTH_SIDES: (Basis.BOTH_SIDES, Basis.NEUTRAL_BODY),
    Actor.RENEWING_SIDES: SHARED,
    Actor.EVERY_PARTY: FINDINGS,
    Actor.EACH_SIDE: SHARED,
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


def own_basis(speaker: str, commitment: Commitment, registry: Registry) -> Basis | None:
    """What a side's word about its promise is, an act or an admission; None for anybody else."""
    speaking = {*as_parties((speaker,), parties_of(commitment), registry)}
    sides = [side for side in OWN_WORD if speaking & {*getattr(commitment, side)}]
    return OWN_WORD[sides[0]] if len(sides) == 1 else None


def actor_objection(commitment: Commitment, entry: Entry, row: Transition) -> str:
    """Says why this speaker cannot make the act that the row asks for; empty when it can."""
    return "" if acts_for_all(commitment, entry) else OBJECTIONS[row.by](commitment, entry)


def addressees(commitment: Commitment, registry: Registry) -> tuple[str, ...]:
    """The parties that may turn a proposal down: all but its maker; either, once conditional."""
    parties = parties_of(commitment)
    if commitment.state is not State.PROPOSED or commitment.proposed_by is None:
        return parties
    maker = registry.party_of(commitment.proposed_by)
    return tuple(each for each in parties if registry.party_of(each) != maker) or parties


def names_of(parties: Iterable[str], registry: Registry) -> str:
    """Parties by id and name, and the accounts that speak for them."""
    ids = sorted(parties)
    accounts = sorted({a for party in ids for a in registry.accounts_of(party)} - {*ids})
    named = ((party, registry.name_of(party)) for party in ids)
    names = ", ".join(party if name == party else f"{party} ({name})" for party, name in named)
    names = names or "nobody on record"
    whom = "it" if len(ids) == 1 else "one of them"
    return names + (
        f", or an account that speaks for {whom}: {', '.join(accounts)}" * bool(accounts)
    )


def _act_of(
    by: Actor, parties: Callable[[Commitment, Registry], tuple[str, ...]], *, named: bool = False
) -> Callable[[Commitment, Entry], str]:
    """The act of one of some parties; with `named`, an entry that names nobody is no act."""

    def object_to(commitment: Commitment, entry: Entry) -> str:
        accepted, allowed = ACCEPTED_BASES[by], parties(commitment, entry.registry)
        acting = {*acting_parties(commitment, entry)}
        is_named = bool(getattr(entry.payload, "by", None))
        if is_named and not acting <= {*allowed}:
            return f"{_whose(by, allowed, entry)}; found by {', '.join(sorted(acting))}"
        able = acting & {*allowed}
        if entry.payload.speaker is not None:
            # A speaker makes its own act, whatever the basis says of another side.
            speaking = _speaking(allowed, entry) & {*allowed}
            able = able & speaking if is_named else speaking
        is_told = able or (entry.payload.speaker is None and not named)
        if is_told or entry.payload.basis in accepted:
            return ""
        speaker = f"speaker {entry.payload.speaker}" if entry.payload.speaker else "nobody"
        needed = f"whose word for it needs a basis of {', '.join(accepted)}"
        return f"{_whose(by, allowed, entry)}; found {speaker}, {needed}"

    return object_to


def _whose(by: Actor, parties: tuple[str, ...], entry: Entry) -> str:
    return f"it is the act of {by.value.partition(',')[0]}, {names_of(parties, entry.registry)}"


def _speaking(parties: tuple[str, ...], entry: Entry) -> set[str]:
    speaker = entry.payload.speaker
    return {*as_parties((speaker,), parties, entry.registry)} if speaker else set()


def _joint_act_of(by: Actor) -> Callable[[Commitment, Entry], str]:
    """The act of all parties, or of each side; or what a basis makes of anybody's word."""

    def object_to(commitment: Commitment, entry: Entry) -> str:
        acting, parties = {*acting_parties(commitment, entry)}, parties_of(commitment)
        is_joint = {*parties} <= acting
        if by is Actor.EACH_SIDE:
            sides = (commitment.debtor, commitment.owed_to)
            is_joint = all(acting & {*side} for side in sides if side)
        # A stranger's word that they all agreed is a report.
        speaking = _speaking(parties, entry)
        is_told = not speaking or bool(speaking & acting) or by is Actor.ALL_PARTIES
        # What renewed it tacitly is not an act; `terms.extension` asks for the clause or a finding.
        is_tacit = by is Actor.RENEWING_SIDES and getattr(entry.payload, "tacit", None)
        is_enough = is_tacit or entry.payload.basis in ACCEPTED_BASES[by]
        if is_enough or (acting and is_joint and is_told):
            return ""
        return _joint_words(by, commitment, entry, is_joint=is_joint)

    return object_to


def _joint_words(by: Actor, commitment: Commitment, entry: Entry, *, is_joint: bool) -> str:
    """What a joint act lacks: parties in its `by`, or a speaker that is one of them."""
    accepted, acting = ", ".join(ACCEPTED_BASES[by]), acting_parties(commitment, entry)
    otherwise = f", or a basis of {accepted}" if accepted else ""
    if is_joint and acting:
        speaker = entry.payload.speaker
        return (
            f"it needs the word of one of the parties in `by`{otherwise}; found speaker {speaker}"
        )
    whom = "one of each side of " if by is Actor.EACH_SIDE else ""
    parties = names_of(parties_of(commitment), entry.registry)
    acted = ", ".join(acting) or "nobody"
    return f"it needs `by` to name {whom}{parties}{otherwise}; found {acted}"


def confirming(event: str) -> tuple[Basis, ...]:
    """The bases that may confirm a fact: all but a claim and the word of the side it favours."""
    own = OWN_WORD[FAVOURS[event]]
    return tuple(basis for basis in Basis if basis not in (own, *NO_FACTS))


def _confirmation(_: Commitment, entry: Entry) -> str:
    accepted = confirming(entry.type)
    if entry.payload.basis in accepted:
        return ""
    return f"it needs a basis of {', '.join(accepted)}; found {entry.payload.basis or 'none'}"


def _finding(commitment: Commitment, entry: Entry) -> str:
    """What the desk found, what its basis makes a finding, or the admission of the other side."""
    side = FAVOURS[entry.type]
    other = "creditor" if side == "debtor" else "debtor"
    basis, speaker = entry.payload.basis, entry.payload.speaker
    admitting = entry.registry.parties_of(getattr(commitment, other))
    if basis is None and (speaker is None or entry.speaker_party in admitting):
        return ""
    if basis is not None and basis not in (OWN_WORD[side], *NO_FACTS):
        return ""
    interested = entry.registry.parties_of(getattr(commitment, side))
    if basis is None and entry.speaker_party not in interested:
        return (
            f"the word of somebody else is a report, not a finding; found speaker {speaker}, "
            f"whose word for it needs a basis of {', '.join(confirming(entry.type))}"
        )
    speaking = f"basis {basis}" if basis else f"speaker {speaker}"
    return f"the {side}'s own word for it is a report, not a finding; found {speaking}"


def _debtor(commitment: Commitment, _: Registry) -> tuple[str, ...]:
    return commitment.debtor


def _creditor(commitment: Commitment, _: Registry) -> tuple[str, ...]:
    return commitment.owed_to


OBJECTIONS: Final[dict[Actor, Callable[[Commitment, Entry], str]]] = {
    Actor.ANYONE: lambda _, __: "",
    Actor.DEBTOR: _act_of(Actor.DEBTOR, _debtor),
    Actor.CREDITOR: _act_of(Actor.CREDITOR, _creditor),
    Actor.ADDRESSEE: _act_of(Actor.ADDRESSEE, addressees),
    Actor.PARTY: _act_of(Actor.PARTY, lambda c, _: parties_of(c), named=True),
    Actor.DELEGATING_DEBTOR: _act_of(Actor.DELEGATING_DEBTOR, _debtor, named=True),
    Actor.ASSIGNING_CREDITOR: _act_of(Actor.ASSIGNING_CREDITOR, _creditor, named=True),
    Actor.SUSPENDER: resumption_objection,
    Actor.CONFIRMATION: _confirmation,
    Actor.FINDING: _finding,
    **{
        by: _joint_act_of(by)
        for by in (
            Actor.ALL_PARTIES,
            Actor.BOTH_SIDES,
            Actor.RENEWING_SIDES,
            Actor.EVERY_PARTY,
            Actor.EACH_SIDE,
        )
    },
}
