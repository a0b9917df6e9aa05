"""Tells an agreed suspension from one party's own: only what is agreed shields anybody. Pure."""

from __future__ import annotations

from typing import Any

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Basis

AGREED = (Basis.CONSENT, Basis.BOTH_SIDES)
FOUND = (Basis.NEUTRAL_BODY, Basis.ANALYST_FINDING)


def acting_parties(commitment: Commitment, payload: Any) -> tuple[str, ...]:
    """Whose act an entry is: the parties in `by`, else the side of its basis, else its speaker."""
    sides = {
        Basis.DEBTOR_ACT: commitment.debtor,
        Basis.CREDITOR_ADMISSION: commitment.creditor,
    }
    named: tuple[str, ...] = payload.by
    speaking = (payload.speaker,) if payload.speaker else ()
    return named or sides.get(payload.basis, speaking)


def parties_of(commitment: Commitment) -> set[str]:
    return {*commitment.debtor, *commitment.creditor}


def is_agreed(commitment: Commitment, payload: Any) -> bool:
    """Whether all parties suspend it, or it was found that they did.

    What one party is named for stays its own act, whoever found that it took place.
    """
    named = set(payload.by)
    if parties_of(commitment) <= named or payload.basis in AGREED:
        return True
    is_of_one = bool(named & parties_of(commitment))
    if payload.basis in FOUND or (payload.basis is None and payload.speaker is None):
        return not is_of_one
    return not {*acting_parties(commitment, payload)} & parties_of(commitment)


def resumption_objection(commitment: Commitment, payload: Any) -> str:
    """Says why this speaker cannot resume what is suspended; empty when it can."""
    suspension = commitment.suspension
    acting = {*acting_parties(commitment, payload)}
    if suspension is None or not acting or payload.basis in (*AGREED, *FOUND):
        return ""
    if acting & {*suspension.by} or parties_of(commitment) <= acting or not suspension.by:
        return ""
    return (
        f"it was suspended by {', '.join(suspension.by)}, who may resume it, or all parties "
        f"together; found {', '.join(sorted(acting))}"
    )
