"""Finds what changed between two states of a commitment: the axis, the rule and the events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from tracker.model.commitment import Commitment
from tracker.model.silences import silence_words
from tracker.model.vocabulary import Kind, PeriodState, State, Timing
from tracker.rules.clock import term_events
from tracker.rules.clock_moments import silences
from tracker.rules.news.change import AxisNews, Change, Occasion, change_of
from tracker.rules.news.ends import end_moves
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


CausedNews = Iterator[tuple[AxisNews, tuple[str, ...]]]
"""Each thing that changed, with the events behind it where the clock alone changes it."""


def changes_between(
    before: Commitment | None,
    after: Commitment,
    was_timing: Timing | None,
    occasion: Occasion,
    *,
    by_clock: bool = False,
) -> list[Change]:
    """Lists the axes on which a commitment differs from its state a moment ago."""
    caused = [*_axis_news(before, after, was_timing, occasion.at)]
    if before is not None and before.period_records is not after.period_records:
        caused += _period_news(before, after, occasion.at)
    return [
        change_of(after, news, replace(occasion, events=causes) if by_clock else occasion)
        for news, causes in caused
        # Whoever renews it says so by an entry, and moves its ends.
        if by_clock or news.axis != "window"
    ]


def _axis_news(
    before: Commitment | None, after: Commitment, was: Timing | None, at: datetime
) -> CausedNews:
    cause = after.state_cause
    if before is None or before.state is not after.state:
        state = before.state if before else None
        yield AxisNews("state", state, after.state, cause.rule), cause.events
    if before is not None:
        yield from _news_of_progress(before, after)
    yield from _due_news(before, after, at)
    now, rule = timing(after, at)
    # The change of a lead itself reports that the timing enters due_soon.
    if now is not was and (now is not Timing.DUE_SOON or was is Timing.CONTESTED_END):
        yield AxisNews("timing", was, now, rule or cause.rule), timing_events(after, rule)


def _news_of_progress(before: Commitment, after: Commitment) -> CausedNews:
    """What becomes of a promise on record: kept or broken, delivered, renewed, or given notice of.

    What a revision leaves without any cause goes by that of the state.
    """
    if _may_move_compliance(before, after):
        old, new = before.compliance, after.compliance
        cause = after.compliance_cause or after.state_cause
        if old is not new:
            yield AxisNews("compliance", old, new, cause.rule), cause.events
    if before.grade is not after.grade:
        cause = after.fulfilment_cause or after.state_cause
        yield AxisNews("fulfilment", before.grade, after.grade, cause.rule), cause.events
    if after.renewed > before.renewed:
        moves = end_moves(before, after)
        yield AxisNews("window", None, "renewed", "T9", moves), after.state_cause.events
    if after.withdrawals != before.withdrawals and after.is_open:
        is_given = len(after.withdrawals) > len(before.withdrawals)
        words = (None, "notified", "37") if is_given else ("notified", "revoked", "38")
        yield AxisNews("withdrawal", *words), ()


def _may_move_compliance(before: Commitment, after: Commitment) -> bool:
    """Whether what compliance follows from differs; what an entry leaves is the same object."""
    same_incidents = after.incidents is before.incidents
    return not (same_incidents and after.clear_until is before.clear_until)


def _due_news(before: Commitment | None, after: Commitment, at: datetime) -> CausedNews:
    """A due date that an entry finds passed while the promise is conditional, and its release."""
    was = before is not None and is_due_while_conditional(before, at)
    if was and before is not None and before.state_end == at:
        # The clock has just said so itself.
        return
    if was is not is_due_while_conditional(after, at):
        old, new = ("while_conditional", "none") if was else (None, "while_conditional")
        yield AxisNews("due", old, new, _due_rule(after)), after.state_cause.events


def _due_rule(commitment: Commitment) -> str:
    return "T6" if commitment.kind is Kind.ACHIEVEMENT else "T8"


def _period_news(before: Commitment, after: Commitment, at: datetime) -> CausedNews:
    """Periods that an entry makes other than the clock had found them; each goes by its day."""
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
            yield _news_of_period(after, record.day, now.value, rule), record.events[-1:]


def _news_of_period(
    commitment: Commitment, day: date, word: str, rule: str, lead: str | None = None
) -> AxisNews:
    """What becomes of a period: of one that was not met with how much is on record of it."""
    delivered = delivered_in(commitment, day) if word in UNMET else ""
    return AxisNews("period", day.isoformat(), word, rule, lead=lead, delivered=delivered)


def periods_passed(commitment: Commitment, since: datetime, until: datetime) -> list[Change]:
    """T14: the periods that are due soon, or that were not met, between two instants."""
    learned = commitment.recorded_at
    return [
        change_of(
            commitment,
            _news_of_period(commitment, moment.day, moment.word, "T14", moment.lead),
            Occasion(moment.at, max(moment.at, learned or moment.at)),
        )
        for moment in period_moments(commitment, since, until)
    ]


def _due_soon(lead: str) -> AxisNews:
    return AxisNews("timing", None, Timing.DUE_SOON.value, "T4", lead=lead)


def _pending_soon(deadline: PendingDeadline, lead: str) -> AxisNews:
    return AxisNews(deadline.axis, deadline.id, "soon", deadline.rule, lead=lead)


def _is_watched(commitment: Commitment) -> bool:
    return commitment.state is IN_FORCE and commitment.kind is not PROCESS


def lead_moment(before: Commitment, after: Commitment, occasion: Occasion) -> list[Change]:
    """T4 at the instant of a lead: one change for the whole set of readings; T1, T2 and T13 too."""
    coming = dict.fromkeys(withdrawal_moments(before)) if before.withdrawals else ()
    news = [
        AxisNews("withdrawal", None, "soon", "T13", lead=lead)
        for lead, instant in coming
        if lead and instant == occasion.at and after.is_open
    ]
    changes = [change_of(after, each, occasion) for each in news]
    if before.state in PENDING:
        changes += _pending_moment(before, after, occasion)
    if before.alert_end is not None and _is_watched(before) and _is_watched(after):
        reached = (lead for lead, instant in before.leads if instant == occasion.at)
        changes += [change_of(after, _due_soon(lead), occasion) for lead in reached]
    return changes


def _pending_moment(before: Commitment, after: Commitment, occasion: Occasion) -> Iterator[Change]:
    """The leads of an offer or of a condition, and an own due date, reached while it waits."""
    standing = set(pending_deadlines(after))
    for deadline, lead, instant in pending_leads(before):
        if instant == occasion.at and deadline in standing:
            yield change_of(after, _pending_soon(deadline, lead), occasion)
    if before.state_end == occasion.at and is_due_while_conditional(after, occasion.at):
        news = AxisNews("due", None, "while_conditional", _due_rule(after))
        yield change_of(after, news, replace(occasion, events=term_events(after)))


def _pending_at_entry(
    before: Commitment | None, after: Commitment, occasion: Occasion
) -> Iterator[Change]:
    """The nearest lead that has passed of each deadline that an entry brings."""
    known = set(pending_deadlines(before)) if before else set()
    passed = {
        deadline: lead
        for deadline, lead, instant in pending_leads(after)
        if deadline not in known and instant <= occasion.at < deadline.at
    }
    for deadline, lead in passed.items():
        yield change_of(after, _pending_soon(deadline, lead), occasion)


def lead_at_entry(before: Commitment | None, after: Commitment, occasion: Occasion) -> list[Change]:
    """T4 for a promise that enters force, or gets new readings, when leads have already passed.

    Only the nearest of the passed leads speaks: the longer ones would tell what is no longer so.
    """
    first = after.alert_end
    changes: list[Change] = []
    if after.state in PENDING:
        changes += _pending_at_entry(before, after, occasion)
    if first is None or first <= occasion.at or not _is_watched(after):
        return changes
    if before is not None and _is_watched(before) and before.alert_end == first:
        return changes
    passed = [lead for lead, instant in after.leads if instant <= occasion.at][-1:]
    return [*changes, *(change_of(after, _due_soon(lead), occasion) for lead in passed)]


def suggestion(before: Commitment, occasion: Occasion) -> list[Change]:
    """T12: points out a long silence to the analyst; no axis changes."""
    silent = [about for moment, about in silences(before) if moment == occasion.at]
    if not silent:
        return []
    words = "; ".join(map(silence_words, silent))
    return [change_of(before, AxisNews("suggestion", None, words, "T12"), occasion)]
