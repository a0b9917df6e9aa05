"""What time alone does to a commitment: the instants of T1 to T13, and the effect of each.

Pure: the instant is an argument. `tracker.rules.clock_rules` says each rule in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from tracker.dates.durations import LATEST
from tracker.errors import InvalidEvent
from tracker.model.commitment import Cause, Commitment
from tracker.model.vocabulary import CLOSED_STATES, Compliance, Grade, Kind, State, Timing
from tracker.rules.recurring.moments import last_period_moment, next_period_moment
from tracker.rules.recurring.standing import standing
from tracker.rules.terms.pending import pending_moments
from tracker.rules.terms.windows import is_stated, recompute_readings
from tracker.rules.terms.withdrawal import withdrawal_end, withdrawal_moments

WITHDRAWABLE = (State.IN_FORCE, State.SUSPENDED)
SUGGEST_AFTER = timedelta(days=90)
"""T12's one length: how long silence lasts before it is pointed out."""
LOOK_AHEAD = 64
"""So many instants of the clock are looked ahead: what renews itself tacitly has no last one."""
MOST_AT_ONCE = 10_000
"""How often a promise may renew itself at one instant: for what begins long before it is made."""


def last_moment(commitment: Commitment, until: datetime) -> datetime | None:
    """The last instant up to another at which the clock may have mattered; None without any."""
    past = (*_moments(commitment), last_period_moment(commitment, until))
    return max((at for at in past if at is not None and at <= until), default=None)


def next_moment(commitment: Commitment, after: datetime) -> datetime | None:
    """The first instant after another at which the clock may matter; None where there is none."""
    coming = (at for at in _moments(commitment) if at is not None and after < at < LATEST)
    return min(coming, default=None)


def _moments(commitment: Commitment) -> Iterator[datetime | None]:
    yield from (moment for moment, _ in suggestions(commitment))
    if not commitment.is_open:
        return
    yield from pending_moments(commitment)
    yield commitment.suspended_until
    yield stale_from(commitment)
    if commitment.state in (State.PROPOSED, State.CONDITIONAL):
        return
    yield commitment.start
    yield commitment.latest_start
    yield from (at for _, at in withdrawal_moments(commitment))
    alert_end, state_end = commitment.alert_end, commitment.state_end
    if commitment.kind is Kind.RECURRING and not commitment.clock_is_tolled:
        yield from (state_end, commitment.grace_end)
    if commitment.clock_is_tolled or alert_end is None or state_end is None:
        return
    yield from (at for _, at in commitment.leads)
    yield alert_end
    yield state_end
    if commitment.kind is Kind.ACHIEVEMENT:
        yield commitment.grace_end


def stale_from(commitment: Commitment) -> datetime | None:
    """The instant from which silence counts as stale (T11); None where it never does."""
    if commitment.last_activity is None or not commitment.is_open:
        return None
    after = commitment.stale_after
    return commitment.last_activity + after if after is not None else None


def suggestions(commitment: Commitment) -> Iterator[tuple[datetime, str]]:
    """T12: the instants at which a long silence is pointed out, each with what is silent."""
    if not commitment.is_open and commitment.state is not State.EXPIRED:
        return
    waited = f"for {SUGGEST_AFTER.days} days"
    stale = stale_from(commitment)
    if stale is not None:
        yield stale + SUGGEST_AFTER, f"stale {waited}"
    for incident in commitment.incidents:
        if incident.counted and incident.status == "alleged":
            yield incident.at + SUGGEST_AFTER, f"allegation {incident.id} unanswered {waited}"
    due, last_activity = commitment.state_end, commitment.last_activity
    if commitment.state not in (State.OVERDUE, State.LAPSED) or due is None:
        return
    if last_activity is None or last_activity < due:
        yield due + SUGGEST_AFTER, f"past due {waited}, and neither side has spoken"


def apply_clock_rules(commitment: Commitment, at: datetime) -> Commitment:
    """Applies the state rules of the clock at `at` until none applies."""
    for _ in range(MOST_AT_ONCE):
        changed = _apply_first_rule(commitment, at)
        if changed is None:
            return commitment
        commitment = changed
    raise endless_clock(commitment, MOST_AT_ONCE)


def endless_clock(commitment: Commitment, steps: int) -> InvalidEvent:
    """The error of a promise whose clock would keep every reader from ever being done."""
    return InvalidEvent(
        f"the clock alone changes commitment {commitment.id!r} more than {steps} times",
        hint="give terms.tacit_renewal a longer period, or leave it out",
    )


def _apply_first_rule(commitment: Commitment, at: datetime) -> Commitment | None:
    """The commitment after the first rule of T1 to T14 that applies; None where none does."""
    if commitment.state is State.PROPOSED:
        cause = Cause("T1", commitment.state_cause.events)
        is_over = _reached(commitment.offer_until, at)
        return with_state(commitment, State.EXPIRED, at, cause) if is_over else None
    if commitment.state is State.CONDITIONAL:
        return _expire_conditional(commitment, at)
    return _end_notice_or_suspension(commitment, at) or _pass_end(commitment, at)


def _end_notice_or_suspension(commitment: Commitment, at: datetime) -> Commitment | None:
    """T13 and T10; a notice that has run out cites itself."""
    if commitment.state in WITHDRAWABLE and _reached(withdrawal_end(commitment), at):
        events = tuple(notice.event for notice in commitment.withdrawals if notice.ends_at <= at)
        free = replace(commitment, suspension=None)
        return with_state(free, State.CANCELLED, at, Cause("T13", events))
    if commitment.state is State.SUSPENDED and _reached(commitment.suspended_until, at):
        day = commitment.suspension.until_day if commitment.suspension else None
        return resumed(commitment, at, Cause("T10", commitment.state_cause.events), day)
    return None


def _pass_end(commitment: Commitment, at: datetime) -> Commitment | None:
    """T6 to T9; none of them acts while a suspension tolls."""
    end = commitment.state_end
    if end is None or commitment.clock_is_tolled or not _reached(end, at):
        return None
    if commitment.kind is Kind.ACHIEVEMENT:
        return _pass_due(commitment, end, at)
    if commitment.kind is Kind.RECURRING:
        return _judge_periods(commitment, at)
    if commitment.state in (State.IN_FORCE, State.SUSPENDED):
        return _renew_tacitly(commitment) or judge_end(commitment, at, "T8")
    return None


def _expire_conditional(commitment: Commitment, at: datetime) -> Commitment | None:
    """T2; where any one antecedent is enough, the last deadline decides."""
    waiting = [c for c in commitment.conditions if c.status == "open"]
    missed = [c for c in waiting if _reached(c.deadline, at)]
    of_agreement = any(each.of_agreement for each in missed)
    is_any = commitment.require == "any" and not of_agreement
    if not missed or (is_any and len(missed) < len(waiting)):
        return None
    return with_state(commitment, State.EXPIRED, at, Cause("T2", commitment.state_cause.events))


def _pass_due(commitment: Commitment, due: datetime, at: datetime) -> Commitment | None:
    """T6 and T7; what was suspended when already overdue lapses, and is not overdue again."""
    was_overdue = commitment.suspension is not None and commitment.suspension.since >= due
    free = replace(commitment, suspension=None)
    if commitment.state in (State.IN_FORCE, State.SUSPENDED) and not was_overdue:
        return with_state(free, State.OVERDUE, at, Cause("T6", term_events(commitment)))
    is_late = commitment.state in (State.OVERDUE, State.SUSPENDED)
    if is_late and _reached(commitment.grace_end, at):
        return with_state(free, State.LAPSED, at, Cause("T7", term_events(commitment)))
    return None


def _renew_tacitly(commitment: Commitment) -> Commitment | None:
    """T9: renews the window by its period; None where nothing renews it."""
    if not commitment.renews_tacitly or commitment.non_renewal:
        return None
    begun = replace(
        commitment,
        renewals=commitment.renewals + 1,
        renewed=commitment.renewed + 1,
        non_renewal=commitment.late_notice,
        late_notice=False,
    )
    renewed = recompute_readings(begun)
    grown = renewed.state_end and commitment.state_end and renewed.state_end > commitment.state_end
    return renewed if grown else None


def judge_end(
    commitment: Commitment, at: datetime, rule: str, *, refuted: bool = False
) -> Commitment:
    """T8: closes a maintenance window by its compliance alone, and by how far it was observed.

    What was observed in its first month alone was not kept to the end, as far as is known; a
    breach that was `refuted` since the end says so.
    """
    verdict = {Compliance.CLEAR: State.DISCHARGED, Compliance.CONFIRMED: State.VIOLATED}
    state = verdict.get(commitment.compliance, State.EXPIRED)
    if state is State.DISCHARGED and not (refuted or is_clear_to_end(commitment, at)):
        state = State.EXPIRED
    judged = commitment.compliance_cause.events if commitment.compliance_cause else ()
    events = tuple(dict.fromkeys((*term_events(commitment), *judged)))
    return with_state(replace(commitment, suspension=None), state, at, Cause(rule, events))


def _judge_periods(commitment: Commitment, at: datetime) -> Commitment | None:
    """T14: closes a recurring promise when nothing is owed any more, or its last grace is over."""
    is_settled = standing(commitment, at).is_settled
    if commitment.state not in (State.IN_FORCE, State.SUSPENDED):
        return None
    if not is_settled and not _reached(commitment.grace_end, at):
        return None
    cause = Cause("T14", term_events(commitment))
    closed = replace(commitment, suspension=None, grade=Grade.FULL if is_settled else Grade.PARTIAL)
    return with_state(closed, State.DISCHARGED if is_settled else State.EXPIRED, at, cause)


def is_clear_to_end(commitment: Commitment, at: datetime) -> bool:
    """Whether it was observed up to its end, or up to `at` where it ends earlier.

    Days are compared as days: the end may count in another zone than the observation.
    """
    until, through, end = commitment.clear_until, commitment.clear_through, commitment.state_end
    if until is None or until >= min(at, end or at):
        return until is not None
    if through is None or end is None or at < end:
        return False
    last_days = (r.last_day for r in commitment.governing_readings if r.at == end)
    return any(day is not None and through >= day for day in last_days)


def term_events(commitment: Commitment) -> tuple[str, ...]:
    """The events whose terms set the end that was reached."""
    saying = (a for a in commitment.accounts if any(map(is_stated, a.terms_of_end)))
    return tuple(dict.fromkeys(account.event for account in saying))


def resumed(
    commitment: Commitment, at: datetime, cause: Cause, day: date | None = None
) -> Commitment:
    """Ends a suspension; where it tolled, moves the readings by the time suspended.

    `day` is that of the end where no hour of it is known.
    """
    suspension, tolled = commitment.suspension, commitment.tolled
    if suspension is not None and suspension.tolls:
        tolled = tolled.plus(suspension.length(at, day, commitment.zone))
    freed = recompute_readings(replace(commitment, suspension=None, tolled=tolled))
    return with_state(freed, State.IN_FORCE, at, cause)


def with_state(commitment: Commitment, state: State, at: datetime, cause: Cause) -> Commitment:
    """Moves the state; what closes keeps whether its end had passed by then."""
    is_past = commitment.closed_past_end
    if commitment.is_open:
        is_past = state in CLOSED_STATES and _reached(commitment.state_end, at)
    return replace(commitment, state=state, since=at, state_cause=cause, closed_past_end=is_past)


def _reached(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


def timing(commitment: Commitment, now: datetime) -> tuple[Timing, str]:
    """The timing axis at `now` and the clock rule that sets it: the first rule that fits."""
    if not commitment.is_open:
        past = commitment.closed_past_end
        return (Timing.PAST, commitment.state_cause.rule) if past else (Timing.NOT_APPLICABLE, "")
    is_stale = _reached(stale_from(commitment), now)
    if commitment.state in (State.PROPOSED, State.CONDITIONAL):
        return (Timing.STALE, "T11") if is_stale else (Timing.NOT_APPLICABLE, "")
    near_end = _end_timing(commitment, now)
    if commitment.kind is Kind.RECURRING and _reached(commitment.state_end, now):
        return Timing.IN_GRACE, "T14"
    if near_end is not None:
        return near_end
    if commitment.awaiting is not None and commitment.state_end is None:
        return Timing.AWAITING, ""
    if is_stale:
        return Timing.STALE, "T11"
    if commitment.start is not None and commitment.start > now:
        return Timing.NOT_STARTED, "T3"
    has_window = commitment.start is not None or commitment.state_end is not None
    return (Timing.RUNNING, "T3") if has_window else (Timing.OPEN_ENDED, "")


def timing_events(commitment: Commitment, rule: str) -> tuple[str, ...]:
    """The entries behind a timing: the last activity, what sets the window, or what closed it."""
    if rule == "T11":
        return commitment.last_active
    return term_events(commitment) if commitment.is_open and rule else commitment.state_cause.events


def _end_timing(commitment: Commitment, now: datetime) -> tuple[Timing, str] | None:
    first, last = commitment.alert_end, commitment.state_end
    if first is None or last is None or commitment.clock_is_tolled:
        return None
    if now >= last:
        in_grace = commitment.kind is Kind.ACHIEVEMENT and not _reached(commitment.grace_end, now)
        return (Timing.IN_GRACE, "T6") if in_grace else (Timing.PAST, "T7")
    if now >= first:
        return Timing.CONTESTED_END, "T5"
    soon = min((at for _, at in commitment.leads), default=first)
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
