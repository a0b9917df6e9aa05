"""Where the clock stands, and when it next changes that: the axis `timing`, now and ahead. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Kind, State, Timing
from tracker.rules.clock import apply_clock_rules, is_reached, term_events
from tracker.rules.clock_moments import next_moment, stale_from
from tracker.rules.recurring.moments import next_period_moment
from tracker.rules.terms.pending import PENDING
from tracker.rules.terms.window_accounts import is_stated
from tracker.rules.terms.withdrawal import withdrawal_end

RECURRING, RUNNING, PAST = Kind.RECURRING, Timing.RUNNING, Timing.PAST
LOOK_AHEAD = 64
"""So many instants of the clock are looked ahead: what renews itself tacitly has no last one."""


def timing(commitment: Commitment, now: datetime) -> tuple[Timing, str]:
    """The timing axis at `now` and the clock rule that sets it: the first rule that fits."""
    if not commitment.is_open:
        past = commitment.closed_past_end
        return (PAST, commitment.state_cause.rule) if past else (Timing.NOT_APPLICABLE, "")
    if commitment.state in PENDING:
        return (Timing.STALE, "T11") if _is_stale(commitment, now) else (Timing.NOT_APPLICABLE, "")
    near_end, end = _end_timing(commitment, now), commitment.state_end
    if commitment.kind is RECURRING and is_reached(end, now):
        return Timing.IN_GRACE, "T14"
    if near_end is not None:
        return near_end
    if commitment.awaiting is not None and end is None:
        return Timing.AWAITING, ""
    if _is_stale(commitment, now):
        return Timing.STALE, "T11"
    start = commitment.start
    if start is not None and start > now:
        return Timing.NOT_STARTED, "T3"
    return (RUNNING, "T3") if start is not None or end is not None else (Timing.OPEN_ENDED, "")


def _is_stale(commitment: Commitment, now: datetime) -> bool:
    return is_reached(stale_from(commitment), now)


def timing_events(commitment: Commitment, rule: str) -> tuple[str, ...]:
    """The entries behind a timing: the last activity, what sets the window, or what closed it."""
    if rule == "T11":
        return commitment.last_active
    if rule == "T3":
        windows = ((a, (a.terms.start, *a.terms_of_end)) for a in commitment.accounts)
        return tuple(dict.fromkeys(a.event for a, terms in windows if any(map(is_stated, terms))))
    return term_events(commitment) if commitment.is_open and rule else commitment.state_cause.events


def _end_timing(commitment: Commitment, now: datetime) -> tuple[Timing, str] | None:
    first, last = commitment.alert_end, commitment.state_end
    if first is None or last is None or commitment.clock_is_tolled:
        return None
    if now >= last:
        in_grace = commitment.kind is Kind.ACHIEVEMENT and not is_reached(commitment.grace_end, now)
        return (Timing.IN_GRACE, "T6") if in_grace else (PAST, "T7")
    if now >= first:
        return Timing.CONTESTED_END, "T5"
    soon = min([at for _, at in commitment.leads], default=first)
    return (Timing.DUE_SOON, "T4") if now >= soon else None


def next_change_at(commitment: Commitment, now: datetime) -> datetime | None:
    """The next instant at which the clock alone changes an axis.

    None where none will, or none up to `looked_ahead_to`.
    """
    before, last = _axes(commitment, now), now
    in_period = next_period_moment(commitment, now)
    for last, ahead in _looked_ahead(commitment, now):
        if in_period is not None and in_period <= last:
            return in_period
        if _axes(ahead, last) != before:
            return last
    # What renews itself alike for ever: only what hangs on no period still changes it.
    certain = (in_period, commitment.suspended_until, withdrawal_end(commitment))
    return min((moment for moment in certain if moment and moment > last), default=None)


def looked_ahead_to(commitment: Commitment, now: datetime) -> datetime | None:
    """Up to when the clock was followed in vain by `next_change_at`; None where it has an end."""
    if not commitment.renews_tacitly or next_change_at(commitment, now) is not None:
        return None
    steps = list(_looked_ahead(commitment, now))
    if len(steps) < LOOK_AHEAD:
        return None
    last, ahead = steps[-1]
    return next_moment(ahead, last)


def _looked_ahead(commitment: Commitment, now: datetime) -> Iterator[tuple[datetime, Commitment]]:
    """The next instants of the clock, up to so many, with what each makes of a commitment."""
    at = now
    for _ in range(LOOK_AHEAD):
        coming = next_moment(commitment, at)
        if coming is None:
            return
        commitment, at = apply_clock_rules(commitment, coming), coming
        yield at, commitment


def _axes(commitment: Commitment, now: datetime) -> tuple[State, Timing]:
    return commitment.state, timing(commitment, now)[0]
