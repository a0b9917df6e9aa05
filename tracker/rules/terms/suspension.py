"""Tells an agreed suspension from one party's own: only what is agreed shields anybody. Pure."""

from __future__ import annotations

from tracker.entries.entry import Entry
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Basis
from tracker.rules.terms.parties import acting_parties, as_parties, parties_of

AGREED = (Basis.CONSENT, Basis.BOTH_SIDES)
FOUND = (Basis.NEUTRAL_BODY, Basis.ANALYST_FINDING)


def is_agreed(commitment: Commitment, entry: Entry) -> bool:
    """Whether all parties suspend it, a clause on record allows it, or it was found that they did.

    What one party is named for stays its own act, whoever found that it took place.
    """
    basis, by = entry.payload.basis, getattr(entry.payload, "by", ())
    parties = {*parties_of(commitment)}
    named = {*as_parties(by, parties_of(commitment), entry.registry)}
    clause = commitment.package.clauses.suspension
    if parties <= named or basis in AGREED or (clause is not None and clause.allowed):
        return True
    if basis in FOUND:
        return not named & parties
    return not {*acting_parties(commitment, entry)} & parties


def resumption_objection(commitment: Commitment, entry: Entry) -> str:
    """Says why this speaker cannot resume what is suspended; empty when it can."""
    suspension, parties = commitment.suspension, {*parties_of(commitment)}
    acting = {*acting_parties(commitment, entry)}
    if suspension is None or entry.payload.basis in (*AGREED, *FOUND) or parties <= acting:
        return ""
    if acting & ({*suspension.by} or parties):
        return ""
    suspenders = f"it was suspended by {', '.join(suspension.by)}, who may resume it, or all"
    able = suspenders if suspension.by else "it is for a party to resume it, or for all"
    return f"{able} parties together; found {', '.join(sorted(acting)) or 'nobody'}"
