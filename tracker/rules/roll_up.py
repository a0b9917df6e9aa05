"""One word for an agreement: the first rule that fits, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Compliance, RollUp, State

ATTENTION = {State.LAPSED, State.OVERDUE}
CONTESTED = {Compliance.CONFIRMED, Compliance.DISPUTED, Compliance.ALLEGED}
ENDED = {State.CANCELLED, State.REJECTED, State.RELEASED}


def roll_up(commitments: Iterable[Commitment]) -> RollUp:
    """The roll-up of an agreement's commitments; live ones decide before closed ones.

    Where none is in force, the promise nearest to force names the whole.
    """
    counted = list(commitments)
    live = [commitment for commitment in counted if commitment.is_open]
    in_force = [commitment for commitment in live if commitment.state is State.IN_FORCE]
    states = {commitment.state for commitment in live or counted}
    rules = (
        (not counted, RollUp.NO_COMMITMENTS),
        (bool(states & ATTENTION), RollUp.ATTENTION),
        (any(c.compliance in CONTESTED for c in in_force), RollUp.CONTESTED),
        (bool(in_force) and len(states) == 1, RollUp.IN_FORCE),
        (bool(in_force), RollUp.PARTLY_IN_FORCE),
        (State.SUSPENDED in states, RollUp.SUSPENDED),
        (State.CONDITIONAL in states, RollUp.CONDITIONAL),
        (bool(live), RollUp.PROPOSED),
        (State.VIOLATED in states, RollUp.VIOLATED),
        (State.EXPIRED in states, RollUp.EXPIRED),
        (bool(states & ENDED) or states == {State.SUPERSEDED}, RollUp.ENDED),
    )
    return next((word for fits, word in rules if fits), RollUp.FULFILLED)
