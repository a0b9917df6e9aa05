"""An agreement as folded: its promises, clauses and changes, and how it stands as a whole. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct

from events import RecordedEvent
from tracker.entries.entry import Entry
from tracker.entries.parties import FALLBACK_ZONE, Registry
from tracker.entries.tlp import OPEN
from tracker.model.clauses import Clauses, Phase
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Compliance, RollUp, State
from tracker.rules.news.change import Change
from tracker.rules.terms.anchors import Moved

ATTENTION = {State.LAPSED, State.OVERDUE}
CONTESTED = {Compliance.CONFIRMED, Compliance.DISPUTED, Compliance.ALLEGED}
ENDED = {State.CANCELLED, State.REJECTED, State.RELEASED}


class AgreementState(Struct, frozen=True):
    """An agreement at an instant: its commitments in the order they were made, and how it came.

    `hangs_on` are the commitments and agreements outside it that its deadlines hang on.
    """

    id: str
    title: str
    parties: tuple[str, ...]
    predecessor: str | None
    commitments: dict[str, Commitment]
    changes: tuple[Change, ...]
    as_of: datetime
    next_event_at: datetime | None = None
    precedents: tuple[str, ...] = ()
    tlp: str = OPEN
    hangs_on: tuple[str, ...] = ()
    zone: str = FALLBACK_ZONE
    tags: tuple[str, ...] = ()
    clauses: Clauses = Clauses()
    phases: tuple[Phase, ...] = ()


class FoldedAgreement(Struct, frozen=True):
    """An agreement at an instant: its events, the entries known by then, and what they come to.

    `moved` are the values of its promises on the way, as far as a moment of them was another.
    """

    recorded: Sequence[RecordedEvent]
    entries: Sequence[Entry]
    state: AgreementState
    moved: Sequence[Moved]


Folded = TypeVar("Folded", covariant=True)


class Judged(Struct, Generic[Folded], frozen=True):
    """What agreements came to when they were judged, at an instant, of a log that ends at `head`.

    That is each as it was folded, or what was made of its fold.
    """

    head: int
    now: datetime
    registry: Registry
    by_name: Mapping[str, Folded]

    def at(self, head: int, now: datetime, registry: Registry) -> Mapping[str, Folded]:
        """What they came to, by name; nothing unless of this position, instant and registry."""
        is_same = (self.head, self.now, self.registry) == (head, now, registry)
        return self.by_name if is_same else {}


def empty_state(agreement: str, as_of: datetime) -> AgreementState:
    """An agreement of which nothing is known."""
    return AgreementState(agreement, agreement, (), None, {}, (), as_of)


def is_known(state: AgreementState) -> bool:
    return bool(state.commitments) or state.title != state.id or bool(state.parties)


def roll_up(commitments: Iterable[Commitment]) -> RollUp:
    """The roll-up of an agreement's commitments; live ones decide before closed ones.

    Where none is in force, the promise nearest to force names the whole. One that a side has
    suspended by its own word alone is judged as in force, so a breach of it contests the whole.
    """
    counted = list(commitments)
    live = [commitment for commitment in counted if commitment.is_open]
    in_force = [commitment for commitment in live if commitment.state is State.IN_FORCE]
    judged = [*in_force, *(commitment for commitment in live if commitment.suspension_contested)]
    states = {commitment.state for commitment in live or counted}
    rules = (
        (not counted, RollUp.NO_COMMITMENTS),
        (bool(states & ATTENTION), RollUp.ATTENTION),
        (any(c.compliance in CONTESTED for c in judged), RollUp.CONTESTED),
        (bool(live) and any(c.state is State.VIOLATED for c in counted), RollUp.CONTESTED),
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
