"""What time alone does to a commitment: the instants of T1 to T13, and the effect of each.

Pure: the instant is an argument. `tracker.rules.clock_rules` says each rule in words.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec.structs import replace

from tracker.errors import InvalidEvent
from tracker.model.commitment import Commitment
from tracker.model.parts import Cause
from tracker.model.vocabulary import CLOSED_STATES, Compliance, Grade, Kind, State
from tracker.rules.recurring.standing import standing
from tracker.rules.terms.periods import last_days
from tracker.rules.terms.window_accounts import is_stated
from tracker.rules.terms.windows import recompute_readings
from tracker.rules.terms.withdrawal import withdrawal_end

WITHDRAWABLE = (State.IN_FORCE, State.SUSPENDED)
MOST_AT_ONCE = 10_000
"""How often a promise may renew itself at one instant: for what begins long before it is made."""


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
        is_over = is_reached(commitment.offer_until, at)
        return with_state(commitment, State.EXPIRED, at, cause) if is_over else None
    if commitment.state is State.CONDITIONAL:
        return _expire_conditional(commitment, at)
    return _end_notice_or_suspension(commitment, at) or _pass_end(commitment, at)


def _end_notice_or_suspension(commitment: Commitment, at: datetime) -> Commitment | None:
    """T13 and T10; a notice that has run out cites itself."""
    if commitment.state in WITHDRAWABLE and is_reached(withdrawal_end(commitment), at):
        events = tuple(notice.event for notice in commitment.withdrawals if notice.ends_at <= at)
        free = replace(commitment, suspension=None)
        return with_state(free, State.CANCELLED, at, Cause("T13", events))
    if commitment.state is State.SUSPENDED and is_reached(commitment.suspended_until, at):
        day = commitment.suspension.until_day if commitment.suspension else None
        return resumed(commitment, at, Cause("T10", commitment.state_cause.events), day)
    return None


def _pass_end(commitment: Commitment, at: datetime) -> Commitment | None:
    """T6 to T9; none of them acts while a suspension tolls."""
    end = commitment.state_end
    if end is None or commitment.clock_is_tolled or not is_reached(end, at):
        return None
    if commitment.kind is Kind.ACHIEVEMENT:
        return _pass_due(commitment, end, at)
    if commitment.state not in (State.IN_FORCE, State.SUSPENDED):
        return None
    if renewed := _renew_tacitly(commitment):
        return renewed
    if commitment.kind is Kind.RECURRING:
        return _judge_periods(commitment, at)
    return judge_end(commitment, at, "T8")


def _expire_conditional(commitment: Commitment, at: datetime) -> Commitment | None:
    """T2; where any one antecedent is enough, the last deadline decides."""
    waiting = [c for c in commitment.conditions if c.status == "open"]
    missed = [c for c in waiting if is_reached(c.deadline, at)]
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
    if is_late and is_reached(commitment.grace_end, at):
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
    # Without the notice it would have been renewed.
    notices = commitment.notices if commitment.renews_tacitly and commitment.non_renewal else ()
    events = tuple(dict.fromkeys((*term_events(commitment), *notices, *judged)))
    return with_state(replace(commitment, suspension=None), state, at, Cause(rule, events))


def _judge_periods(commitment: Commitment, at: datetime) -> Commitment | None:
    """T14: closes a recurring promise when nothing is owed any more, or its last grace is over."""
    is_settled = standing(commitment, at).is_settled
    if not is_settled and not is_reached(commitment.grace_end, at):
        return None
    cause = Cause("T14", term_events(commitment))
    grade = Grade.FULL if is_settled else commitment.grade
    closed = replace(commitment, suspension=None, grade=grade)
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
    return any(through >= day for day in last_days(commitment, end))


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
        is_past = state in CLOSED_STATES and is_reached(commitment.state_end, at)
    return replace(commitment, state=state, since=at, state_cause=cause, closed_past_end=is_past)


def is_reached(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at
