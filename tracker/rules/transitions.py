"""The transition table as data: which event moves which kind of commitment from where to where.

Each row carries the number it has in the domain document. What no row lists is refused. `to` is
a state, or a name in capitals that `rules.fold` computes from the facts of the commitment. `guard`
narrows a row to one reading of its event, told apart by `rules.guards`; `by` says whose act it must
be, which `rules.actors` checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache
from typing import Final

from msgspec import Struct

from tracker.model.vocabulary import CLOSED_STATES, OPEN_STATES, Kind, State


class Target(Enum):
    """A destination that depends on the facts of the commitment."""

    SAME = "the same state"
    IN_FORCE_WITH_AGREEMENT = "in_force; conditional while its agreement waits for a condition"
    WHEN_ANTECEDENTS_HOLD = "in_force when the antecedents hold, else conditional"
    WHEN_ANTECEDENTS_FAIL = "expired when the antecedents can no longer hold, else conditional"
    IN_FORCE_OR_SAME = "in_force; what is conditional or suspended stays so"
    BREACH = "in_force if perdurant, else violated; expired becomes violated"
    RECOMPUTED_END = "the same; after the end, the end is judged again"
    REPUDIATION = "violated; cancelled when a withdrawal clause was honoured"
    END_NOW = "as at the end (T8), at once"
    RELEASED_BY_ALL = "released when no creditor is left, else the same state"
    WITHOUT_THE_FINDING = "folded again without the withdrawn finding; history keeps both"
    WITHOUT_THE_ENTRY = "folded again without the entry; its record stays"


class Actor(Enum):
    """Whose act a row asks for; anyone else's word for it is a claim."""

    ANYONE = ""
    DEBTOR = "the debtor"
    CREDITOR = "a creditor"
    ADDRESSEE = "the addressee"
    ALL_PARTIES = "all parties"
    PARTY = "a party, or a finding"
    DELEGATING_DEBTOR = "the debtor, or a finding"
    ASSIGNING_CREDITOR = "a creditor, or a finding"
    BOTH_SIDES = "debtor and every creditor, or who decides under a clause"
    RENEWING_SIDES = "as row 22, its clause, or a finding on conduct"
    SUSPENDER = "whoever suspended, all parties, or a finding"
    EVERY_PARTY = "every debtor and creditor, or a finding"
    EACH_SIDE = "debtor and creditor, or a finding"
    CONFIRMATION = "more than the word of whom it favours"
    FINDING = "a finding, or the side it does not favour"


class Transition(Struct, frozen=True):
    """One row: `sources` holds None for a commitment that does not exist yet."""

    number: str
    event: str
    kinds: frozenset[Kind]
    sources: frozenset[State | None]
    to: State | Target
    guard: str = ""
    by: Actor = Actor.ANYONE


ALL: Final = frozenset(Kind)
ACH: Final = frozenset({Kind.ACHIEVEMENT})
MNT: Final = frozenset({Kind.MAINTENANCE})
PROC: Final = frozenset({Kind.PROCESS})
REC: Final = frozenset({Kind.RECURRING})
OPEN: Final[frozenset[State | None]] = frozenset(OPEN_STATES)
ANY: Final[frozenset[State | None]] = frozenset(OPEN_STATES | CLOSED_STATES)

PROPOSED, CONDITIONAL, IN_FORCE = State.PROPOSED, State.CONDITIONAL, State.IN_FORCE
SUSPENDED, OVERDUE, LAPSED = State.SUSPENDED, State.OVERDUE, State.LAPSED
DISCHARGED, VIOLATED, EXPIRED = State.DISCHARGED, State.VIOLATED, State.EXPIRED
CANCELLED, RELEASED, REJECTED = State.CANCELLED, State.RELEASED, State.REJECTED


def _row(
    number: str,
    event: str,
    kinds: frozenset[Kind],
    sources: Iterable[State | None],
    to: State | Target,
    guard: str = "",
    by: Actor = Actor.ANYONE,
) -> Transition:
    return Transition(number, event, kinds, frozenset(sources), to, guard, by)


PENDING: Final = {IN_FORCE, OVERDUE, LAPSED}
BOUND: Final = {IN_FORCE, SUSPENDED, OVERDUE, LAPSED}
HELD: Final = {IN_FORCE, SUSPENDED}
EXTENSIBLE: Final = BOUND | {CONDITIONAL, EXPIRED}
RENEWABLE: Final = {IN_FORCE, SUSPENDED, EXPIRED}
JUDGED: Final = {DISCHARGED, VIOLATED, EXPIRED}
UNSETTLED: Final = {PROPOSED, CONDITIONAL}
MOVABLE: Final = UNSETTLED | HELD

DEBTOR, CREDITOR, ADDRESSEE = Actor.DEBTOR, Actor.CREDITOR, Actor.ADDRESSEE
CONFIRMED, FOUND, BOTH, PARTY = Actor.CONFIRMATION, Actor.FINDING, Actor.BOTH_SIDES, Actor.PARTY

TRANSITIONS: Final[tuple[Transition, ...]] = (
    _row("1", "CommitmentProposed", ALL, {None}, PROPOSED),
    _row("2", "ProposalRejected", ALL, UNSETTLED, REJECTED, by=ADDRESSEE),
    _row("3", "ProposalWithdrawn", ALL, {PROPOSED}, CANCELLED),
    _row("4", "CommitmentAccepted", ALL, {None, PROPOSED, CONDITIONAL},
         Target.IN_FORCE_WITH_AGREEMENT, by=DEBTOR),
    _row("5", "AcceptedConditionally", ALL, {None, PROPOSED}, CONDITIONAL, by=DEBTOR),
    _row("6", "ConditionAdded", ALL, {CONDITIONAL, IN_FORCE}, Target.SAME),
    _row("7", "ConditionSatisfied", ALL, {CONDITIONAL}, Target.WHEN_ANTECEDENTS_HOLD),
    _row("8", "ConditionFailed", ALL, {CONDITIONAL}, Target.WHEN_ANTECEDENTS_FAIL),
    _row("9", "TermsClarified", ALL, ANY, Target.SAME, by=Actor.ALL_PARTIES),
    _row("9", "ReadingAsserted", ALL, ANY, Target.SAME),
    _row("9", "GoverningReadingChosen", ALL, ANY, Target.SAME),
    _row("10", "PerformanceReported", ACH, PENDING, Target.SAME),
    _row("11", "PerformanceConfirmed", ACH, PENDING | HELD, DISCHARGED, "full", CONFIRMED),
    _row("11", "PerformanceConfirmed", ACH, {CONDITIONAL}, DISCHARGED, "full_preemptive",
         CONFIRMED),
    _row("12", "PerformanceConfirmed", ACH, PENDING, Target.SAME, "partial", CONFIRMED),
    _row("10", "PerformanceReported", REC, {IN_FORCE}, Target.SAME),
    _row("11", "PerformanceConfirmed", REC, HELD, Target.SAME, "full", CONFIRMED),
    _row("12", "PerformanceConfirmed", REC, {IN_FORCE}, Target.SAME, "partial", CONFIRMED),
    _row("13", "CommitmentClosed", ACH, PENDING, DISCHARGED, by=FOUND),
    _row("14", "NonPerformanceFound", ACH, {OVERDUE, LAPSED}, VIOLATED, by=FOUND),
    _row("14", "NonPerformanceFound", REC, HELD, Target.SAME, "period_unmet", FOUND),
    _row("15", "ViolationAlleged", MNT | PROC | REC, ANY, Target.SAME),
    _row("16", "ViolationDenied", MNT | PROC | REC, ANY, Target.SAME),
    _row("17", "ViolationConfirmed", MNT | PROC, {IN_FORCE}, Target.BREACH, by=CONFIRMED),
    _row("17", "ViolationConfirmed", MNT | PROC, {SUSPENDED}, Target.BREACH, "suspended_alone",
         CONFIRMED),
    _row("17", "ViolationConfirmed", MNT | PROC, {EXPIRED}, VIOLATED, "inside_window", CONFIRMED),
    _row("17", "ViolationConfirmed", REC, {IN_FORCE, EXPIRED}, Target.SAME, by=CONFIRMED),
    _row("17", "ViolationConfirmed", REC, {SUSPENDED}, Target.SAME, "suspended_alone", CONFIRMED),
    _row("18", "ViolationRefuted", MNT | PROC | REC, ANY, Target.RECOMPUTED_END, by=FOUND),
    _row("19", "ComplianceObserved", MNT, {IN_FORCE}, Target.SAME, by=FOUND),
    _row("19", "ComplianceObserved", MNT, {EXPIRED}, Target.RECOMPUTED_END, by=FOUND),
    _row("20", "SuspensionDeclared", ALL, {IN_FORCE, OVERDUE}, SUSPENDED, by=PARTY),
    _row("21", "Resumed", ALL, {SUSPENDED}, IN_FORCE, by=Actor.SUSPENDER),
    _row("22", "TermExtended", ACH | MNT | REC, EXTENSIBLE, Target.IN_FORCE_OR_SAME, by=BOTH),
    _row("23", "TermRenewed", MNT | REC, RENEWABLE, Target.IN_FORCE_OR_SAME, "period_known",
         Actor.RENEWING_SIDES),
    _row("24", "NonRenewalNotified", MNT | REC, HELD, Target.SAME, by=PARTY),
    _row("37", "WithdrawalNotified", ALL, HELD, Target.SAME),
    _row("38", "WithdrawalRevoked", ALL, HELD, Target.SAME),
    _row("25", "DebtorCancelled", ALL, UNSETTLED, CANCELLED, by=DEBTOR),
    _row("25b", "DebtorCancelled", ALL, BOUND, Target.REPUDIATION, by=DEBTOR),
    _row("26", "CreditorReleased", ALL, BOUND | {CONDITIONAL}, Target.RELEASED_BY_ALL,
         by=CREDITOR),
    _row("27", "ReleasePowerExercised", ALL, HELD, RELEASED, "release_available", DEBTOR),
    _row("28", "MutuallyTerminated", ALL, OPEN, CANCELLED, by=Actor.EVERY_PARTY),
    _row("29", "Superseded", ALL, OPEN, State.SUPERSEDED, "by_another",
         Actor.EACH_SIDE),
    _row("30", "Delegated", ALL, OPEN, Target.SAME, by=Actor.DELEGATING_DEBTOR),
    _row("30", "Assigned", ALL, OPEN, Target.SAME, by=Actor.ASSIGNING_CREDITOR),
    _row("31", "RoundHeld", PROC, MOVABLE, IN_FORCE),
    _row("31", "MilestoneReached", PROC, MOVABLE, IN_FORCE),
    _row("32", "ProcessConcluded", PROC, HELD, DISCHARGED),
    _row("33", "ProcessCollapsed", PROC, OPEN, CANCELLED, by=PARTY),
    _row("34", "FindingRevised", ALL, JUDGED, Target.WITHOUT_THE_FINDING),
    _row("35", "ExpiryAcknowledged", MNT, {IN_FORCE}, Target.END_NOW, "some_reading_ended", DEBTOR),
    _row("25b", "ExpiryAcknowledged", MNT, {IN_FORCE}, VIOLATED, "no_reading_ended", DEBTOR),
    _row("36", "EntryRetracted", ALL, ANY, Target.WITHOUT_THE_ENTRY),
    _row("39", "PeriodWaived", REC, HELD, Target.SAME, by=CREDITOR),
)  # fmt: skip
"""Rows 34 and 36 act on the record, not on a state: see `rules.fold` and `entries.decoding`."""


@cache
def rows_of(event: str) -> tuple[Transition, ...]:
    """Every row of an event type, in table order."""
    return tuple(row for row in TRANSITIONS if row.event == event)


@cache
def fitting_rows(event: str, kind: Kind, state: State | None) -> tuple[Transition, ...]:
    """The rows of an event type for this kind in this state, in table order."""
    return tuple(row for row in rows_of(event) if kind in row.kinds and state in row.sources)


FAMILIES: Final = (
    frozenset({"CommitmentProposed", "CommitmentAccepted", "AcceptedConditionally",
               "ProposalRejected", "ProposalWithdrawn"}),
    frozenset({"PerformanceReported", "PerformanceConfirmed", "CommitmentClosed",
               "NonPerformanceFound", "PeriodWaived", "RoundHeld", "MilestoneReached",
               "ComplianceObserved"}),
    frozenset({"ViolationAlleged", "ViolationDenied", "ViolationConfirmed", "ViolationRefuted",
               "ComplianceObserved"}),
    frozenset({"ReadingAsserted", "TermsClarified", "GoverningReadingChosen", "TermExtended",
               "TermRenewed"}),
    frozenset({"ConditionAdded", "ConditionSatisfied", "ConditionFailed"}),
    frozenset({"SuspensionDeclared", "Resumed"}),
    frozenset({"DebtorCancelled", "CreditorReleased", "MutuallyTerminated", "ProcessConcluded",
               "ReleasePowerExercised", "WithdrawalNotified", "WithdrawalRevoked", "Superseded",
               "NonRenewalNotified", "ExpiryAcknowledged", "ProcessCollapsed",
               "ProposalRejected", "ProposalWithdrawn"}),
)  # fmt: skip
"""Types that are of the same kind of act, so that one may have been meant for another."""


def likely_instead(refused: str, kind: Kind, state: State | None) -> list[str]:
    """The types that are possible now, the likeliest first.

    Those of the same kind of act come first, then what moves the state.
    """
    family = {name for types in FAMILIES if refused in types for name in types}
    rows = [row for row in TRANSITIONS if kind in row.kinds and state in row.sources]
    rows.sort(key=lambda row: (row.event not in family, row.to is Target.SAME))
    return [name for name in dict.fromkeys(row.event for row in rows) if name != refused]
