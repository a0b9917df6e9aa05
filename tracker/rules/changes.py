"""Finds what changed between two states of a commitment: the axis, the rule and the events.

A change is derived, never stored as truth. Alerts, timelines and corrections all read these.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind, PeriodState, State, Timing
from tracker.rules.clock import term_events
from tracker.rules.clock_moments import silence_words, silences
from tracker.rules.news.ends import EndMove, end_moves
from tracker.rules.recurring.moments import UNMET, period_moments
from tracker.rules.recurring.performance import delivered_in
from tracker.rules.recurring.standing import state_of
from tracker.rules.terms.pending import (
    PENDING,
    PendingDeadline,
    is_due_while_conditional,
    pending_deadlines,
    pending_leads,
)
from tracker.rules.terms.withdrawal import withdrawal_moments
from tracker.rules.timing import timing, timing_events

IN_FORCE, PROCESS = State.IN_FORCE, Kind.PROCESS


class Change(Struct, frozen=True, gc=False):
    """One change of one axis: `at` in the world, `known_at` when it could first be reported.

    `ends` are the ends of the promise that it moves, `by` is who says so, `speaks_for` the parties
    behind accounts among them; `delivered` is how much is on record of a period.
    """

    agreement: str
    commitment: str
    at: datetime
    known_at: datetime
    axis: str
    before: str | None
    after: str
    rule: str
    events: tuple[str, ...] = ()
    lead: str | None = None
    ends: tuple[EndMove, ...] = ()
    by: tuple[str, ...] = ()
    speaks_for: tuple[tuple[str, str], ...] = ()
    delivered: str = ""


def changes_between(
    before: Commitment | None,
    after: Commitment,
    was_timing: Timing | None,
    at: datetime,
    known_at: datetime,
    *,
    events: tuple[str, ...] = (),
    clock: bool = False,
) -> list[Change]:
    """Lists the axes on which a commitment differs from its state a moment ago."""
    changes = list(_axis_changes(before, after, was_timing, at))
    if before is not None and before.period_records is not after.period_records:
        changes += _period_changes(before, after, at)
    return [
        Change(
            after.agreement,
            after.id,
            at,
            known_at,
            axis,
            old,
            new,
            rule,
            causes if clock else events,
            ends=end_moves(before, after) if before and axis == "window" else (),
            delivered=_delivered(after, old, new) if axis == "period" else "",
        )
        for axis, old, new, rule, causes in changes
        # Whoever renews it says so by an entry, and moves its ends.
        if clock or axis != "window"
    ]


_AxisChange = tuple[str, str | None, str, str, tuple[str, ...]]
_AxisChanges = Iterator[_AxisChange]


def _axis_changes(
    before: Commitment | None, after: Commitment, was: Timing | None, at: datetime
) -> Iterator[_AxisChange]:
    causes = after.state_cause.events
    if before is None or before.state is not after.state:
        yield "state", before.state if before else None, after.state, after.state_cause.rule, causes
    if before is not None and _may_move_compliance(before, after):
        # What a revision leaves without any cause goes by that of the state.
        old, new = before.compliance, after.compliance
        cause = after.compliance_cause or after.state_cause
        if old is not new:
            yield "compliance", old, new, cause.rule, cause.events
    if before is not None and before.grade is not after.grade:
        cause = after.fulfilment_cause or after.state_cause
        yield "fulfilment", before.grade, after.grade, cause.rule, cause.events
    if before is not None and after.renewed > before.renewed:
        yield "window", None, "renewed", "T9", causes
    if before is not None and after.withdrawals != before.withdrawals and after.is_open:
        given = len(after.withdrawals) > len(before.withdrawals)
        words = (None, "notified", "37") if given else ("notified", "revoked", "38")
        yield "withdrawal", *words, ()
    yield from _due_changes(before, after, at)
    now, rule = timing(after, at)
    # The change of a lead itself reports that the timing enters due_soon.
    if now is not was and (now is not Timing.DUE_SOON or was is Timing.CONTESTED_END):
        yield "timing", was, now, rule or after.state_cause.rule, timing_events(after, rule)


def _may_move_compliance(before: Commitment, after: Commitment) -> bool:
    """Whether what compliance follows from differs; what an entry leaves is the same object."""
    same_incidents = after.incidents is before.incidents
    return not (same_incidents and after.clear_until is before.clear_until)


def _due_changes(before: Commitment | None, after: Commitment, at: datetime) -> _AxisChanges:
    """A due date that an entry finds passed while the promise is conditional, and its release."""
    was = before is not None and is_due_while_conditional(before, at)
    if was and before is not None and before.state_end == at:
        # The clock has just said so itself.
        return
    if was is not is_due_while_conditional(after, at):
        words = ("while_conditional", "none") if was else (None, "while_conditional")
        yield "due", *words, _due_rule(after), after.state_cause.events


def _due_rule(commitment: Commitment) -> str:
    return "T6" if commitment.kind is Kind.ACHIEVEMENT else "T8"


def _period_changes(
    before: Commitment, after: Commitment, at: datetime
) -> Iterator[tuple[str, str | None, str, str, tuple[str, ...]]]:
    """Periods that an entry makes other than the clock had found them; `before` is their day."""
    for number, record in reversed(after.period_records.items()):
        known = before.period_records.get(number)
        if record is known:
            return  # What an entry adds comes last.
        period = after.schedule.period(number) if after.schedule else None
        if record == known or period is None:
            continue
        was, now = state_of(before, period, at), state_of(after, period, at)
        is_rare = after.schedule is not None and after.schedule.is_long(number)
        is_news = is_rare or was in UNMET or now in (PeriodState.WAIVED, PeriodState.MISSED)
        if was is not now and is_news:
            rule = "39" if now is PeriodState.WAIVED else "T14"
            yield "period", record.day.isoformat(), now.value, rule, record.events[-1:]


def _delivered(commitment: Commitment, day: str | None, state: str) -> str:
    """How much is on record of a period that was met in part, or of a cap that was exceeded."""
    return delivered_in(commitment, date.fromisoformat(day)) if day and state in UNMET else ""


def periods_passed(commitment: Commitment, since: datetime, until: datetime) -> list[Change]:
    """T14: the periods that are due soon, or that were not met, between two instants."""
    learned, c = commitment.recorded_at, commitment
    return [
        Change(
            c.agreement,
            c.id,
            moment.at,
            max(moment.at, learned or moment.at),
            "period",
            moment.day.isoformat(),
            moment.word,
            "T14",
            (),
            moment.lead,
            delivered=_delivered(c, moment.day.isoformat(), moment.word),
        )
        for moment in period_moments(commitment, since, until)
    ]


def _lead_change(
    commitment: Commitment,
    lead: str,
    at: datetime,
    known_at: datetime,
    events: tuple[str, ...],
    axis: str = "timing",
) -> Change:
    words = (Timing.DUE_SOON.value, "T4") if axis == "timing" else ("soon", "T13")
    about = (commitment.agreement, commitment.id, at, known_at)
    return Change(*about, axis, None, *words, events, lead)


def _is_watched(commitment: Commitment) -> bool:
    return commitment.state is IN_FORCE and commitment.kind is not PROCESS


def lead_moment(
    before: Commitment, after: Commitment, at: datetime, known_at: datetime
) -> list[Change]:
    """T4 at the instant of a lead: one change for the whole set of readings; T1, T2 and T13 too."""
    coming = dict.fromkeys(withdrawal_moments(before)) if before.withdrawals else ()
    changes = [
        _lead_change(after, lead, at, known_at, (), axis="withdrawal")
        for lead, instant in coming
        if lead and instant == at and after.is_open
    ]
    if before.state in PENDING:
        changes += _pending_moment(before, after, at, known_at)
    first = before.alert_end
    if first is None or not (_is_watched(before) and _is_watched(after)):
        return changes
    reached = [lead for lead, instant in before.leads if instant == at]
    return [*changes, *(_lead_change(after, lead, at, known_at, ()) for lead in reached)]


def _pending_moment(
    before: Commitment, after: Commitment, at: datetime, known_at: datetime
) -> Iterator[Change]:
    """The leads of an offer or of a condition, and an own due date, reached while it waits."""
    standing = set(pending_deadlines(after))
    for deadline, lead, instant in pending_leads(before):
        if instant == at and deadline in standing:
            yield _pending_change(after, deadline, lead, at, known_at, ())
    if before.state_end == at and is_due_while_conditional(after, at):
        about = (after.agreement, after.id, at, known_at, "due", None, "while_conditional")
        yield Change(*about, _due_rule(after), term_events(after))


def _pending_change(
    c: Commitment,
    deadline: PendingDeadline,
    lead: str,
    at: datetime,
    known_at: datetime,
    events: tuple[str, ...],
) -> Change:
    about = (c.agreement, c.id, at, known_at, deadline.axis)
    return Change(*about, deadline.id, "soon", deadline.rule, events, lead)


def _pending_at_entry(
    before: Commitment | None,
    after: Commitment,
    at: datetime,
    known_at: datetime,
    events: tuple[str, ...],
) -> Iterator[Change]:
    """The nearest lead that has passed of each deadline that an entry brings."""
    known = set(pending_deadlines(before)) if before else set()
    passed = {
        deadline: lead
        for deadline, lead, instant in pending_leads(after)
        if deadline not in known and instant <= at < deadline.at
    }
    for deadline, lead in passed.items():
        yield _pending_change(after, deadline, lead, at, known_at, events)


def lead_at_entry(
    before: Commitment | None,
    after: Commitment,
    at: datetime,
    known_at: datetime,
    events: tuple[str, ...],
) -> list[Change]:
    """T4 for a promise that enters force, or gets new readings, when leads have already passed.

    Only the nearest of the passed leads speaks: the longer ones would tell what is no longer so.
    """
    first = after.alert_end
    changes: list[Change] = []
    if after.state in PENDING:
        changes += _pending_at_entry(before, after, at, known_at, events)
    if first is None or first <= at or not _is_watched(after):
        return changes
    if before is not None and _is_watched(before) and before.alert_end == first:
        return changes
    passed = [lead for lead, instant in after.leads if instant <= at][-1:]
    return [*changes, *(_lead_change(after, lead, at, known_at, events) for lead in passed)]


def suggestion(before: Commitment, at: datetime, known_at: datetime) -> list[Change]:
    """T12: points out a long silence to the analyst; no axis changes."""
    silent = [about for moment, about in silences(before) if moment == at]
    if not silent:
        return []
    text = "; ".join(map(silence_words, silent))
    return [Change(before.agreement, before.id, at, known_at, "suggestion", None, text, "T12", ())]
