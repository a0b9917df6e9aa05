"""One word for an agreement: the first rule that fits, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Compliance, RollUp, State

ATTENTION = {State.LAPSED, State.OVERDUE}
CONTESTED = {Compliance.CONFIRMED, Compliance.DISPUTED, Compliance.ALLEGED}
ENDED = {State.CANCELLED, State.REJECTED, State.RELEASED}


def roll_up(commitments: Iterable[Commitment]) -> RollUp:
    """The roll-up of an agreement's commitments; live ones decide before closed ones."""
    counted = list(commitments)
    if not counted:
        return RollUp.NO_COMMITMENTS
    live = [commitment for commitment in counted if commitment.is_open]
    return _of_live(live) if live else _of_closed({commitment.state for commitment in counted})


def _of_live(live: list[Commitment]) -> RollUp:
    """Where none is in force, the promise nearest to force names the whole."""
    states = {commitment.state for commitment in live}
    in_force = [commitment for commitment in live if commitment.state is State.IN_FORCE]
    if states & ATTENTION:
        return RollUp.ATTENTION
    if any(commitment.compliance in CONTESTED for commitment in in_force):
        return RollUp.CONTESTED
    if in_force:
        return RollUp.IN_FORCE if states == {State.IN_FORCE} else RollUp.PARTLY_IN_FORCE
    if State.SUSPENDED in states:
        return RollUp.SUSPENDED
    return RollUp.CONDITIONAL if State.CONDITIONAL in states else RollUp.PROPOSED


def _of_closed(states: set[State]) -> RollUp:
    if State.VIOLATED in states:
        return RollUp.VIOLATED
    if State.EXPIRED in states:
        return RollUp.EXPIRED
    return RollUp.ENDED if states & ENDED or states == {State.SUPERSEDED} else RollUp.FULFILLED
