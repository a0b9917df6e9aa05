"""The words of the status model: kinds, the four axes, the roll-up of an agreement, likelihoods."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal


class Word(StrEnum):
    """A word of the model, hashed as the text that it is: the rules look these up all the time.

    Up to Python 3.11 `State.IN_FORCE` takes ten times as long as a name of the module, so modules
    that every entry passes through give the words that they ask for such a name.
    """

    __hash__ = str.__hash__


class Kind(Word):
    ACHIEVEMENT = "achievement"
    MAINTENANCE = "maintenance"
    PROCESS = "process"
    RECURRING = "recurring"


class State(Word):
    """How a commitment stands; moved by acts, findings and the clock, never by a claim."""

    PROPOSED = "proposed"
    CONDITIONAL = "conditional"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    OVERDUE = "overdue"
    LAPSED = "lapsed"
    DISCHARGED = "discharged"
    VIOLATED = "violated"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RELEASED = "released"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


OPEN_STATES = frozenset(
    {
        State.PROPOSED,
        State.CONDITIONAL,
        State.IN_FORCE,
        State.SUSPENDED,
        State.OVERDUE,
        State.LAPSED,
    }
)
CLOSED_STATES = frozenset(State) - OPEN_STATES


class Compliance(Word):
    """What is alleged and found about keeping the promise, from least to most grave."""

    UNASSESSED = "unassessed"
    CLEAR = "clear"
    ALLEGED = "alleged"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"


class Breach(Word):
    """How far the promise of the other side counts as broken, as a release asks."""

    NONE = "none"
    UNPERFORMED = "unperformed"
    ALLEGED = "alleged"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"


class Timing(Word):
    """Where the clock stands; a pure function of the terms and the instant."""

    AWAITING = "awaiting"
    OPEN_ENDED = "open_ended"
    NOT_STARTED = "not_started"
    RUNNING = "running"
    DUE_SOON = "due_soon"
    CONTESTED_END = "contested_end"
    IN_GRACE = "in_grace"
    PAST = "past"
    STALE = "stale"
    NOT_APPLICABLE = "n/a"


class Grade(Word):
    """How much of a promise was delivered, as far as it is confirmed."""

    NONE = "none"
    PARTIAL = "partial"
    SUBSTANTIAL = "substantial"
    FULL = "full"


class PeriodState(Word):
    """How one period of a recurring promise stands; found by what is on record and the clock.

    `unassessed` is one of a cap that is over, of which nothing is on record.
    """

    UPCOMING = "upcoming"
    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    PARTIAL = "partial"
    MISSED = "missed"
    WAIVED = "waived"
    EXCUSED = "excused"
    UNASSESSED = "unassessed"


class Flag(Word):
    TERMS_DISPUTED = "terms_disputed"
    SUSPENSION_CONTESTED = "suspension_contested"
    RELEASE_AVAILABLE = "release_available"
    SINGLE_SOURCE = "single_source"
    PERIODS_MISSED = "periods_missed"


class ChangeAxis(Word):
    """What a change is of: an axis of the status, or what an entry is news of by itself.

    `incident`, `reading`, `condition` and `governing` have the name of the one after a space, the
    `performance` of a period its day.
    """

    STATE = "state"
    COMPLIANCE = "compliance"
    TIMING = "timing"
    FULFILMENT = "fulfilment"
    FLAG = "flag"
    PERIOD = "period"
    WINDOW = "window"
    END = "end"
    TERMS = "terms"
    READING = "reading"
    GOVERNING = "governing"
    INCIDENT = "incident"
    PERFORMANCE = "performance"
    ROUND = "round"
    MILESTONE = "milestone"
    CONDITION = "condition"
    OFFER = "offer"
    DUE = "due"
    SUSPENSION = "suspension"
    WITHDRAWAL = "withdrawal"
    RENEWAL = "renewal"
    DEBTOR = "debtor"
    CREDITOR = "creditor"
    SUGGESTION = "suggestion"


class RollUp(Word):
    """One word for an agreement, found by the first match of `tracker.rules.fold.roll_up`."""

    ATTENTION = "attention"
    CONTESTED = "contested"
    IN_FORCE = "in_force"
    PARTLY_IN_FORCE = "partly_in_force"
    SUSPENDED = "suspended"
    CONDITIONAL = "conditional"
    PROPOSED = "proposed"
    VIOLATED = "violated"
    EXPIRED = "expired"
    ENDED = "ended"
    FULFILLED = "fulfilled"
    NO_COMMITMENTS = "no_commitments"


class Basis(Word):
    """What makes a report a fact; `claim` makes it a claim, which never moves a state."""

    DEBTOR_ACT = "debtor_act"
    CREDITOR_ADMISSION = "creditor_admission"
    BOTH_SIDES = "both_sides"
    NEUTRAL_BODY = "neutral_body"
    ANALYST_FINDING = "analyst_finding"
    CONSENT = "consent"
    CLAUSE = "clause"
    CLAIM = "claim"


Likelihood = Literal[
    "almost_no_chance",
    "very_unlikely",
    "unlikely",
    "roughly_even",
    "likely",
    "very_likely",
    "almost_certain",
]
Confidence = Literal["low", "moderate", "high"]

LIKELIHOODS: Final[dict[Likelihood, tuple[int, int]]] = {
    "almost_no_chance": (1, 5),
    "very_unlikely": (5, 20),
    "unlikely": (20, 45),
    "roughly_even": (45, 55),
    "likely": (55, 80),
    "very_likely": (80, 95),
    "almost_certain": (95, 99),
}
"""The words of ICD 203 in percent; a bound that two words share belongs to the higher one.

How sure an analyst is of a judgement is another thing, never joined with it in one phrase.
"""
OF_BREACHES = {
    "ViolationAlleged": ("alleged", "15"),
    "ViolationDenied": ("disputed", "16"),
    "ViolationConfirmed": ("confirmed", "17"),
    "ViolationRefuted": ("refuted", "18"),
}
"""What each type makes of an incident, and its rule."""


def likelihood_in_words(likelihood: str) -> str:
    """`likely` -> `likely (55-80%)`."""
    low, high = LIKELIHOODS[likelihood]  # type: ignore[index]
    return f"{likelihood.replace('_', ' ')} ({low}-{high}%)"


def likelihood_of(share: float) -> Likelihood:
    """The word for a share between 0 and 1."""
    fitting = [word for word, (low, _) in LIKELIHOODS.items() if share * 100 >= low]
    return fitting[-1] if fitting else "almost_no_chance"
