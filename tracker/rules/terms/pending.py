"""The deadlines of what does not bind yet: those of an offer (T1) and of conditions (T2). Pure.

They are pointed out by the same lead times as an end. The own due date of a promise may pass while
it still waits for its conditions: nothing is owed then, and an analyst ought to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from tracker.dates.durations import parse_duration
from tracker.model.commitment import DEFAULT_LEADS, Commitment
from tracker.model.vocabulary import State

PENDING = (State.PROPOSED, State.CONDITIONAL)


class PendingDeadline(Struct, frozen=True):
    """What ends a promise before it binds: `axis` is offer or condition, `id` that condition's."""

    axis: str
    id: str
    at: datetime

    @property
    def rule(self) -> str:
        return "T1" if self.axis == "offer" else "T2"


def pending_deadlines(commitment: Commitment) -> Iterator[PendingDeadline]:
    """The deadlines that stand: that of an offer, else those of the conditions still open."""
    if commitment.state is State.PROPOSED and commitment.offer_until is not None:
        yield PendingDeadline("offer", "offer", commitment.offer_until)
    if commitment.state is State.CONDITIONAL:
        for condition in commitment.conditions:
            if condition.status == "open" and condition.deadline is not None:
                yield PendingDeadline("condition", condition.id, condition.deadline)


def pending_leads(commitment: Commitment) -> Iterator[tuple[PendingDeadline, str, datetime]]:
    """Each lead time before each of these deadlines with its instant, the longest first."""
    stated = commitment.terms.leads
    leads = tuple(stated) if isinstance(stated, list) else DEFAULT_LEADS
    for deadline in pending_deadlines(commitment):
        for lead, at in _leads_before(deadline.at, leads, commitment.zone):
            yield deadline, lead, at


@lru_cache(maxsize=4096)
def _leads_before(
    deadline: datetime, leads: tuple[str, ...], zone: str
) -> tuple[tuple[str, datetime], ...]:
    before = ((lead, parse_duration(lead).times(-1)) for lead in leads)
    instants = ((lead, length.add_to_day_end(deadline, zone)) for lead, length in before)
    return tuple(sorted(instants, key=lambda each: each[1]))


def pending_moments(commitment: Commitment) -> Iterator[datetime]:
    """Every instant at which one of these deadlines matters, and that of an own due date."""
    if commitment.state not in PENDING:
        return
    for deadline in pending_deadlines(commitment):
        yield deadline.at
    for _, _, at in pending_leads(commitment):
        yield at
    if commitment.state is State.CONDITIONAL and commitment.state_end is not None:
        yield commitment.state_end


def is_due_while_conditional(commitment: Commitment, at: datetime) -> bool:
    """Whether its own due date or end has passed before its conditions were met."""
    end = commitment.state_end
    return end is not None and end <= at and commitment.state is State.CONDITIONAL
