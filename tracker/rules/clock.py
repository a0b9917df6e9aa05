"""What time alone does to a commitment: the instants of T1 to T12, and the effect of each.

Pure: the instant is an argument. `tracker.rules.clock_rules` says each rule in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from tracker.model.commitment import Cause, Commitment
from tracker.model.vocabulary import Compliance, Kind, State, Timing
from tracker.rules.windows import is_stated, recompute_readings

SUGGEST_AFTER = timedelta(days=90)
"""T12's one length: how long silence lasts before it is pointed out."""


def moments(commitment: Commitment) -> set[datetime]:
    """Lists every instant at which the clock may matter to this commitment, past ones included."""
    return {moment for moment in _moments(commitment) if moment is not None}


def next_moment(commitment: Commitment, after: datetime) -> datetime | None:
    coming = (moment for moment in _moments(commitment) if moment is not None and moment > after)
    return min(coming, default=None)


def _moments(commitment: Commitment) -> Iterator[datetime | None]:
    yield from (moment for moment, _ in suggestions(commitment))
    if not commitment.is_open:
        return
    if commitment.state is State.PROPOSED:
        yield commitment.offer_until
    if commitment.state is State.CONDITIONAL:
        yield from (c.deadline for c in commitment.conditions if c.status == "open")
    if commitment.suspension is not None:
        yield commitment.suspension.until
    yield stale_from(commitment)
    if commitment.state not in (State.PROPOSED, State.CONDITIONAL):
        yield from _window_moments(commitment)


def _window_moments(commitment: Commitment) -> Iterator[datetime | None]:
    yield commitment.start
    yield commitment.latest_start
    alert_end, state_end = commitment.alert_end, commitment.state_end
    if commitment.clock_is_tolled or alert_end is None or state_end is None:
        return
    yield from (alert_end - lead for _, lead in commitment.leads)
    yield alert_end
    yield state_end
    if commitment.kind is Kind.ACHIEVEMENT:
        yield state_end + commitment.grace


def stale_from(commitment: Commitment) -> datetime | None:
    """The instant from which silence counts as stale (T11); None where it never does."""
    after = commitment.stale_after
    if after is None or commitment.last_activity is None or not commitment.is_open:
        return None
    return commitment.last_activity + after


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
    missed = _missed_in_silence(commitment)
    if missed is not None:
        yield missed + SUGGEST_AFTER, f"past due {waited}, and neither side has spoken"


def _missed_in_silence(commitment: Commitment) -> datetime | None:
    """The due date that passed without any report since; None where there is none."""
    due, heard = commitment.state_end, commitment.last_activity
    if commitment.state not in (State.OVERDUE, State.LAPSED) or due is None:
        return None
    return due if heard is None or heard < due else None


def pass_moment(commitment: Commitment, at: datetime) -> Commitment:
    """Applies the state rules of the clock at `at` until none applies."""
    while (moved := _apply_rule(commitment, at)) is not None:
        commitment = moved
    return commitment


def _apply_rule(commitment: Commitment, at: datetime) -> Commitment | None:
    if commitment.state is State.PROPOSED:
        return _expire(commitment, commitment.offer_until, at, "T1")
    if commitment.state is State.CONDITIONAL:
        return _fail_conditions(commitment, at)
    if commitment.state is State.SUSPENDED and _reached(_until(commitment), at):
        return resumed(commitment, at, Cause("T10", commitment.state_cause.events))
    return _apply_rule_end(commitment, at)


def _apply_rule_end(commitment: Commitment, at: datetime) -> Commitment | None:
    end = commitment.state_end
    if end is None or commitment.clock_is_tolled or not _reached(end, at):
        return None
    if commitment.kind is Kind.ACHIEVEMENT:
        return _apply_rule_due(commitment, end, at)
    if commitment.state in (State.IN_FORCE, State.SUSPENDED):
        return _renewed(commitment) or judge_end(commitment, at, "T8")
    return None


def _apply_rule_due(commitment: Commitment, due: datetime, at: datetime) -> Commitment | None:
    """T6 and T7; a promise suspended when already overdue lapses without being overdue again."""
    was_overdue = commitment.suspension is not None and commitment.suspension.since >= due
    free = replace(commitment, suspension=None)
    if commitment.state in (State.IN_FORCE, State.SUSPENDED) and not was_overdue:
        return moved(free, State.OVERDUE, at, Cause("T6", term_events(commitment)))
    waits = commitment.state in (State.OVERDUE, State.SUSPENDED)
    if waits and _reached(due + commitment.grace, at):
        return moved(free, State.LAPSED, at, Cause("T7", term_events(commitment)))
    return None


def _renewed(commitment: Commitment) -> Commitment | None:
    """T9: renews the window by its period; None where nothing renews it."""
    if not commitment.renews_tacitly or commitment.non_renewal:
        return None
    if commitment.state is not State.IN_FORCE:
        return None
    renewed = recompute_readings(replace(commitment, renewals=commitment.renewals + 1))
    grown = renewed.state_end and commitment.state_end and renewed.state_end > commitment.state_end
    return renewed if grown else None


def judge_end(commitment: Commitment, at: datetime, rule: str) -> Commitment:
    """T8: closes a maintenance window by its compliance alone."""
    verdict = {Compliance.CLEAR: State.DISCHARGED, Compliance.CONFIRMED: State.VIOLATED}
    state = verdict.get(commitment.compliance, State.EXPIRED)
    judged = commitment.compliance_cause.events if commitment.compliance_cause else ()
    events = tuple(dict.fromkeys((*term_events(commitment), *judged)))
    return moved(replace(commitment, suspension=None), state, at, Cause(rule, events))


def term_events(commitment: Commitment) -> tuple[str, ...]:
    """The events whose terms set the end that was reached."""
    saying = (a for a in commitment.accounts if any(map(is_stated, a.terms_of_end)))
    return tuple(dict.fromkeys(account.event for account in saying))


def _expire(
    commitment: Commitment, moment: datetime | None, at: datetime, rule: str
) -> Commitment | None:
    if not _reached(moment, at):
        return None
    return moved(commitment, State.EXPIRED, at, Cause(rule, commitment.state_cause.events))


def _fail_conditions(commitment: Commitment, at: datetime) -> Commitment | None:
    """T2: expires the promise at its deadline, the last one where any antecedent is enough."""
    waiting = [c for c in commitment.conditions if c.status == "open"]
    missed = [c for c in waiting if c.deadline is not None and c.deadline <= at]
    if not missed or (commitment.require == "any" and len(missed) < len(waiting)):
        return None
    return moved(commitment, State.EXPIRED, at, Cause("T2", commitment.state_cause.events))


def resumed(commitment: Commitment, at: datetime, cause: Cause) -> Commitment:
    """Ends a suspension; where it tolled, moves the readings by the time suspended."""
    suspension = commitment.suspension
    tolled = commitment.tolled + (
        at - suspension.since if suspension and suspension.tolls else timedelta(0)
    )
    freed = recompute_readings(replace(commitment, suspension=None, tolled=tolled))
    return moved(freed, State.IN_FORCE, at, cause)


def moved(commitment: Commitment, state: State, at: datetime, cause: Cause) -> Commitment:
    return replace(commitment, state=state, since=at, state_cause=cause)


def _until(commitment: Commitment) -> datetime | None:
    return commitment.suspension.until if commitment.suspension else None


def _reached(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


def timing(commitment: Commitment, now: datetime) -> tuple[Timing, str]:
    """The timing axis at `now` and the clock rule that sets it: the first rule that fits."""
    if not commitment.is_open:
        return _closed_timing(commitment)
    is_stale = _reached(stale_from(commitment), now)
    if commitment.state in (State.PROPOSED, State.CONDITIONAL):
        return (Timing.STALE, "T11") if is_stale else (Timing.NOT_APPLICABLE, "")
    return _end_timing(commitment, now) or (
        (Timing.STALE, "T11") if is_stale else _start_timing(commitment, now)
    )


def _closed_timing(commitment: Commitment) -> tuple[Timing, str]:
    end = commitment.state_end
    past = end is not None and commitment.since >= end
    return (Timing.PAST, commitment.state_cause.rule) if past else (Timing.NOT_APPLICABLE, "")


def _end_timing(commitment: Commitment, now: datetime) -> tuple[Timing, str] | None:
    first, last = commitment.alert_end, commitment.state_end
    if first is None or last is None or commitment.clock_is_tolled:
        return None
    if now >= last:
        in_grace = commitment.kind is Kind.ACHIEVEMENT and now < last + commitment.grace
        return (Timing.IN_GRACE, "T6") if in_grace else (Timing.PAST, "T7")
    if now >= first:
        return Timing.CONTESTED_END, "T5"
    longest = max((lead for _, lead in commitment.leads), default=timedelta(0))
    return (Timing.DUE_SOON, "T4") if now >= first - longest else None


def _start_timing(commitment: Commitment, now: datetime) -> tuple[Timing, str]:
    start = commitment.start
    if start is not None and start > now:
        return Timing.NOT_STARTED, "T3"
    if start is not None or commitment.state_end is not None:
        return Timing.RUNNING, "T3"
    return Timing.OPEN_ENDED, ""


def next_change_at(commitment: Commitment, now: datetime) -> datetime | None:
    """The next instant at which the clock alone changes an axis; None when none ever will."""
    before = _axes(commitment, now)
    at: datetime | None = now
    while at is not None and (at := next_moment(commitment, at)) is not None:
        commitment = pass_moment(commitment, at)
        if _axes(commitment, at) != before:
            return at
    return None


def _axes(commitment: Commitment, now: datetime) -> tuple[State, Timing]:
    return commitment.state, timing(commitment, now)[0]
