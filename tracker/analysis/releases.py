"""Release watch: who may now walk away, who has, and who only says it might. Pure.

A right reserved is not a right used, and a claim to a right is not the right: neither releases.
"""

from __future__ import annotations

from typing import Any, TypedDict

from tracker.entries.entry import Entry
from tracker.model import event_types as types
from tracker.model.commitment import RELEASABLE, Commitment
from tracker.model.sources import UNATTRIBUTED
from tracker.model.vocabulary import Breach, Kind, State
from tracker.queries.dossier import Dossier
from tracker.rules.terms.release import ORDER, breach_of, no_clause_words

BOUND = (State.IN_FORCE, State.SUSPENDED, State.OVERDUE, State.LAPSED)
LEAVING = {
    "27": "used its release",
    "26": "released by its creditor",
    "25b": "left without a release",
}
"""Rows by which a debtor is gone before its promise was over."""

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


def releases(dossier: Dossier) -> Releases:
    """Tells of each commitment of an agreement where it stands between bound and gone."""
    state = dossier.state
    rows = [_release(c, dossier) for c in state.commitments.values()]
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
                    "breach": breach_of(mirror).value,
                }
                for mirror in mirrors
            ],
        },
        "why": _why(c, mirrors),
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
    return not c.is_open and c.state_cause.rule in LEAVING


def _why(c: Commitment, mirrors: list[Commitment]) -> str:
    if _has_left(c):
        return LEAVING[c.state_cause.rule]
    if not c.is_open:
        return f"{c.state.value.replace('_', ' ')}: nothing left to be released from"
    if not mirrors:
        clause = "" if c.release_on else "no release clause on record; "
        return f"{clause}no promise in return is linked, so no breach of one can release"
    gravest = min(mirrors, key=lambda mirror: GRAVITY.index(breach_of(mirror)))
    # What is due once, or is violated, is told by its state, any other by its breaches.
    by_state = gravest.kind is Kind.ACHIEVEMENT or gravest.state is State.VIOLATED
    words = gravest.state.replace("_", " ") if by_state else gravest.compliance.value
    finding = f"{gravest.id} is {words}"
    if c.release_on is None:
        return f"{no_clause_words(breach_of(gravest))}: {finding}"
    if c.release_available:
        return f"{finding}; its clause asks for {c.release_on}"
    return f"{finding}; its clause asks for {c.release_on} or worse"


def _reservation(entry: Entry) -> Reservation:
    payload: Any = entry.payload
    by = getattr(payload, "by", None) or payload.speaker or UNATTRIBUTED
    text = getattr(payload, "text", None) or getattr(payload, "reason", None) or ""
    return {"by": by, "said": entry.occurred, "event": entry.id, "text": text}
