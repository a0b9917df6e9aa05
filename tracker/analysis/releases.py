"""Release watch: who may now walk away, who has, and who only says it might. Pure.

A right reserved is not a right used, and a claim to a right is not the right: neither releases.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypedDict

from tracker.dates.durations import parse_duration
from tracker.documents.commitments import withdrawals_json
from tracker.documents.remarks import end_words
from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import RELEASABLE, Commitment
from tracker.model.sources import UNATTRIBUTED
from tracker.model.vocabulary import Breach, Kind, State
from tracker.queries.dossier import Dossier
from tracker.rules.recurring.standing import standing
from tracker.rules.terms.release import ORDER, breach_of, no_clause_words

BOUND = (State.IN_FORCE, State.SUSPENDED, State.OVERDUE, State.LAPSED)
LEAVING = {
    "27": "used its release",
    "26": "released by its creditor",
    "25b": "left without a release",
    "T13": "withdrew: its notice has run out",
}
"""Rows by which a debtor is gone before its promise was over."""
BY_CLAUSE = "left as its withdrawal clause allows"

GRAVITY = (*ORDER, Breach.NONE)


class Reservation(TypedDict):
    """Who says something of a release, when and where."""

    by: str
    said: str
    event: str
    text: str


class Mirror(TypedDict):
    """A promise given in return, and how far it counts as broken."""

    id: str
    state: str
    compliance: str
    breach: str


class Power(TypedDict):
    """What opens a release: the breach that a clause on record names, and the promises in return.

    `release_on` is None where no clause gives a release.
    """

    release_on: str | None
    self_judging: bool
    mirrors: list[Mirror]


class ReleaseDocument(TypedDict):
    commitment: str
    who: list[str]
    bound_to: list[str]
    state: str
    standing: str
    power: Power
    why: str
    left_by: list[Reservation]
    reserves: list[Reservation]
    claims: list[Reservation]


class Releases(TypedDict):
    """The document of `releases --json` for one agreement."""

    agreement: str
    title: str
    tlp: str
    commitments: list[ReleaseDocument]


def releases(dossier: Dossier, only: str | None = None) -> Releases:
    """Tells of each commitment of an agreement, or of `only` one, if it is bound, free or gone."""
    state = dossier.state
    rows = [_release(c, dossier) for c in state.commitments.values() if only in (None, c.id)]
    return {"agreement": state.id, "title": state.title, "tlp": state.tlp, "commitments": rows}


def _release(c: Commitment, dossier: Dossier) -> ReleaseDocument:
    reserved, claimed = [], []
    for entry in dossier.about(c.id):
        payload = entry.payload
        if isinstance(payload, types.PositionStated) and payload.reserves:
            reserved.append(_reservation(entry))
        # One side's reading of the clause claims a power; only all parties give it.
        if isinstance(payload, types.ReadingAsserted) and payload.term == "power":
            claimed.append(_reservation(entry))
    mirrors = mirrors_of(c, dossier)
    leaving = filter(None, map(dossier.entry, c.state_cause.events)) if _has_left(c) else ()
    return {
        "commitment": c.id,
        "who": list(c.debtor),
        "bound_to": list(c.creditor),
        "state": c.state.value,
        "standing": _standing(c, reserved, claimed),
        "power": {
            "release_on": c.release_on,
            "self_judging": c.release_on == "alleged",
            "mirrors": [
                {
                    "id": mirror.id,
                    "state": mirror.state.value,
                    "compliance": mirror.compliance.value,
                    "breach": _breach(mirror, dossier.state.as_of).value,
                }
                for mirror in mirrors
            ],
        },
        "why": _why(c, mirrors, dossier.state.as_of),
        "left_by": [_reservation(entry) for entry in leaving],
        "reserves": reserved,
        "claims": claimed,
    }


def mirrors_of(c: Commitment, dossier: Dossier) -> list[Commitment]:
    """The promises given in return, linked from either side; what mirrors one mirrors all."""
    commitments = dossier.state.commitments
    group, grows = {c.id}, True
    while grows:
        linked = {
            each.id
            for each in commitments.values()
            if each.reciprocal_with in group
            or any(each.id == commitments[name].reciprocal_with for name in group)
        }
        grows = not linked <= group
        group |= linked
    return [each for each in commitments.values() if each.id in group - {c.id}]


def _standing(c: Commitment, reserved: list[Reservation], claimed: list[Reservation]) -> str:
    if c.release_available and c.state in RELEASABLE:
        return "may_walk_away"
    if _has_left(c):
        return "has_walked_away"
    if not c.is_open:
        return "closed"
    if reserved:
        return "reserves_only"
    return "claims_a_right" if claimed else "bound" if c.state in BOUND else "not_bound_yet"


def _has_left(c: Commitment) -> bool:
    """Whether its debtor is gone; a notice of the other side has ended it, and not by its doing."""
    rule = c.state_cause.rule
    return not c.is_open and rule in LEAVING and (rule != "T13" or bool({*c.debtor} & _notified(c)))


def _notified(c: Commitment) -> set[str]:
    """The parties that have given notice of withdrawal, those whose notice ended it."""
    ended = [notice for notice in c.withdrawals if notice.event in c.state_cause.events]
    return {party for notice in ended or c.withdrawals for party in notice.by}


def _breach(c: Commitment, as_of: datetime) -> Breach:
    """How far a promise counts as broken; of a duty that missed periods so much is presumed."""
    known = breach_of(c)
    is_duty = known is Breach.NONE and c.kind is Kind.RECURRING
    return Breach.UNPERFORMED if is_duty and standing(c, as_of).missed else known


def _why(c: Commitment, mirrors: list[Commitment], as_of: datetime) -> str:
    if c.is_open:
        return "; ".join((*_of_withdrawal(c, as_of), _of_release(c, mirrors, as_of)))
    if _has_left(c):
        is_by_clause = (c.state_cause.rule, c.state) == ("25b", State.CANCELLED)
        return BY_CLAUSE if is_by_clause else LEAVING[c.state_cause.rule]
    if c.state_cause.rule == "T13":
        return f"ended by the notice of {', '.join(sorted(_notified(c)))}"
    return f"{c.state.value.replace('_', ' ')}: nothing left to be released from"


def _of_withdrawal(c: Commitment, as_of: datetime) -> Iterator[str]:
    """What a clause on withdrawal lets a party do, and the notices that run."""
    for notice in withdrawals_json(c, as_of):
        end = end_words(notice, "ends_at", str)
        yield f"the notice of {', '.join(notice['by'])} ends it at {end}"
    if c.withdrawal_clause is not None and not c.withdrawals:
        notice_words = parse_duration(c.withdrawal_clause).words
        clause = c.package.clauses.withdrawal
        who = "its debtor" if clause is not None and clause.only_own else "a party"
        yield f"a clause lets {who} withdraw with a notice of {notice_words}"


def _of_release(c: Commitment, mirrors: list[Commitment], as_of: datetime) -> str:
    if not mirrors:
        clause = "" if c.release_on else "no release clause on record; "
        return f"{clause}no promise in return is linked, so no breach of one can release"
    gravest = min(mirrors, key=lambda mirror: GRAVITY.index(_breach(mirror, as_of)))
    breach = _breach(gravest, as_of)
    finding = f"{gravest.id} {_finding(gravest, breach, as_of)}"
    if c.release_on is None:
        return f"{no_clause_words(breach)}: {finding}"
    if c.release_available:
        return f"{finding}; its clause asks for {c.release_on}"
    return f"{finding}; its clause asks for {c.release_on} or worse"


def _finding(c: Commitment, breach: Breach, as_of: datetime) -> str:
    """How a promise in return stands, as far as a release asks."""
    if c.kind is Kind.RECURRING and breach is Breach.UNPERFORMED:
        counts = standing(c, as_of)
        return f"missed {counts.missed} of {counts.of} periods, as far as is reported"
    # What is due once, or is violated, is told by its state, any other by its breaches.
    by_state = c.kind is Kind.ACHIEVEMENT or c.state is State.VIOLATED
    return f"is {c.state.replace('_', ' ') if by_state else c.compliance.value}"


def _reservation(entry: Entry) -> Reservation:
    payload: Any = entry.payload
    by = getattr(payload, "by", None) or payload.speaker or UNATTRIBUTED
    text = getattr(payload, "text", None) or getattr(payload, "reason", None) or ""
    return {"by": by, "said": entry.occurred, "event": entry.id, "text": text}
