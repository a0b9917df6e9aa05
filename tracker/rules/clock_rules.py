"""What time alone does, as data: the clock rules T1-T13 of the domain document.

`tracker.rules.clock` turns each rule into the instants at which it acts; this table says what it
means, and is what `explain` and the documentation quote.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from tracker.model.vocabulary import OPEN_STATES, Kind, State

ALL: Final = frozenset(Kind)
ACH: Final = frozenset({Kind.ACHIEVEMENT})
MNT: Final = frozenset({Kind.MAINTENANCE})
REC: Final = frozenset({Kind.RECURRING})


class ClockRule(Struct, frozen=True):
    """One rule: the instant it waits for, the states it acts on, and its effect in words."""

    number: str
    moment: str
    kinds: frozenset[Kind]
    sources: frozenset[State]
    effect: str


LIVE: Final = frozenset({State.IN_FORCE})
HELD: Final = frozenset({State.IN_FORCE, State.SUSPENDED})

CLOCK_RULES: Final[tuple[ClockRule, ...]] = (
    ClockRule(
        "T1", "offer_valid_until", ALL, frozenset({State.PROPOSED}), "proposed becomes expired"
    ),
    ClockRule(
        "T2",
        "antecedent deadline",
        ALL,
        frozenset({State.CONDITIONAL}),
        "conditional becomes expired",
    ),
    ClockRule("T3", "window start", MNT, LIVE, "timing not_started becomes running"),
    ClockRule(
        "T4",
        "lead times before the earliest reading",
        ACH | MNT,
        LIVE,
        "timing due_soon; one alert per lead for the whole set of readings",
    ),
    ClockRule(
        "T5",
        "between the earliest and the latest reading of the end",
        ACH | MNT,
        LIVE,
        "timing contested_end; the state is unchanged",
    ),
    ClockRule(
        "T6",
        "due (latest or governing reading)",
        ACH,
        HELD,
        "in_force becomes overdue, timing in_grace",
    ),
    ClockRule(
        "T7",
        "due plus grace",
        ACH,
        frozenset({State.OVERDUE, State.SUSPENDED}),
        "overdue becomes lapsed: presumptive, a finding decides",
    ),
    ClockRule(
        "T8",
        "end (latest or governing reading)",
        MNT,
        HELD,
        "in_force becomes discharged if clear up to the end, violated if confirmed, else expired",
    ),
    ClockRule(
        "T9",
        "end, with a tacit-renewal clause and no notice",
        MNT | REC,
        HELD,
        "stays in_force, or suspended, for one more period, alert renewed_tacitly",
    ),
    ClockRule(
        "T10",
        "suspension until",
        ALL,
        frozenset({State.SUSPENDED}),
        "suspended becomes in_force; if it tolls, due or end shift by the time suspended",
    ),
    ClockRule(
        "T11",
        "no activity for stale_after",
        ALL,
        frozenset({State.IN_FORCE, State.CONDITIONAL, State.PROPOSED, State.SUSPENDED}),
        "timing stale only",
    ),
    ClockRule(
        "T12",
        "90 days stale, an allegation unanswered for 90 days, or 90 days of silence after due",
        ALL,
        frozenset(OPEN_STATES | {State.EXPIRED}),
        "nothing, only a suggestion to the analyst",
    ),
    ClockRule(
        "T13",
        "end of a notice of withdrawal",
        ALL,
        HELD,
        "cancelled, reason withdrawn; one alert per lead before it",
    ),
    ClockRule(
        "T14",
        "due of a period, and its grace",
        REC,
        HELD,
        "that period is met, partial or missed; after the last one discharged if nothing is owed, "
        "else expired",
    ),
)

BY_NUMBER: Final = {rule.number: rule for rule in CLOCK_RULES}
