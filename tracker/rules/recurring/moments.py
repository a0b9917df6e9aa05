"""When the clock matters to the periods of a promise (T14), and what it finds of them then. Pure.

Between two entries nothing of a promise changes but how its periods stand, which is counted when it
is read. So a fold does not step from period to period: it lists here what fell due meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from tracker.dates.durations import parse_duration
from tracker.dates.period_names import span_words
from tracker.model.commitment import Commitment
from tracker.model.schedule import Period
from tracker.model.vocabulary import PeriodState, State
from tracker.rules.recurring.standing import SETTLED, closed_state, is_cap, state_of

LEADS = ("P1D",)
"""How long before it is due a period is pointed out, where the terms state no leads."""
RUNNING = (State.IN_FORCE, State.SUSPENDED)
RUN, THEN_EACH = 7, 7
"""Of short periods that are not met one after another so many are told, and then one in seven."""
UNMET = (PeriodState.PARTIAL, PeriodState.MISSED)
NOT_IN_TIME = (*UNMET, PeriodState.MET_LATE)
"""What a run goes on through: a day made good later does not make news of the days after it."""


class PeriodMoment(NamedTuple):
    """A period that is due soon, with its `lead`, or that counts as partial or missed."""

    at: datetime
    day: date
    word: str
    lead: str | None = None


def period_moments(commitment: Commitment, since: datetime, until: datetime) -> list[PeriodMoment]:
    """What the clock finds of periods after one instant and up to another, in order of time."""
    schedule = commitment.schedule
    if schedule is None or commitment.state not in RUNNING:
        return []
    first, closed = schedule.closed(since), schedule.closed(until)
    reported = (schedule.period(number) for number in _reported(commitment, first, closed))
    unmet = [
        PeriodMoment(period.closing, period.day, closed_state(commitment, period.number).value)
        for period in reported
        if period and not _was_known_missed(commitment, period)
    ]
    return sorted([*unmet, *_due_soon(commitment, first, since, until)])


def _was_known_missed(commitment: Commitment, period: Period) -> bool:
    """Whether an entry has told already that a period was missed, before its grace was over."""
    record = commitment.period_records.get(period.number)
    known_at = record.missed_known_at if record else None
    return known_at is not None and known_at <= period.closing


def _reported(commitment: Commitment, first: int, closed: int) -> Iterator[int]:
    """The periods from one to another that were not met, without the monotony of short ones.

    Which of a long run are told depends on their number and not on where the run began, so late
    news of one day takes nothing back that was told of another.
    """
    schedule = commitment.schedule
    assert schedule is not None
    run = 0
    for number in range(max(first - RUN, schedule.first), closed):
        state = closed_state(commitment, number)
        is_unmet = state in UNMET
        run = run + 1 if state in NOT_IN_TIME else 0
        is_reported = run <= RUN or number % THEN_EACH == 0 or schedule.is_long(number)
        if number >= first and is_unmet and is_reported:
            yield number


def _due_soon(
    commitment: Commitment, first: int, since: datetime, until: datetime
) -> Iterator[PeriodMoment]:
    """The long periods, from one on, that are pointed out between two instants."""
    schedule = commitment.schedule
    assert schedule is not None
    for number in range(first, schedule.begun(until)):
        period = schedule.period(number) if schedule.is_long(number) else None
        if period is None or _rests_over_due(commitment, period):
            continue
        for at, lead in _leads(commitment, period):
            if since < at <= until and state_of(commitment, period, at) is PeriodState.OPEN:
                yield PeriodMoment(at, period.day, "due_soon", lead)


def _rests_over_due(commitment: Commitment, period: Period) -> bool:
    """Whether an agreed suspension excuses a period, as far as is known: none has to hurry."""
    if commitment.state is not State.SUSPENDED or commitment.suspension_contested:
        return False
    until = commitment.suspended_until
    return until is None or until >= period.due


def next_period_moment(commitment: Commitment, after: datetime) -> datetime | None:
    """The next instant at which a period begins, is due, is pointed out or counts as missed."""
    schedule = commitment.schedule
    if schedule is None or commitment.state not in RUNNING:
        return None
    begun = max(schedule.begun(after), schedule.first)
    unsettled = (
        period
        for period in _among(commitment, schedule.closed(after), begun + 1)
        if state_of(commitment, period, after) not in SETTLED
    )
    at = [each for period in unsettled for each in _warnings(commitment, period)]
    at += _begins_and_dues(commitment, begun - 1, begun + 1)
    return min((instant for instant in at if instant > after), default=None)


def period_moment_words(commitment: Commitment, at: datetime) -> str | None:
    """What the clock finds of a period at an instant, if nothing more is recorded of it."""
    schedule = commitment.schedule
    if schedule is None:
        return None
    for period in _among(commitment, schedule.closed(at) - 1, schedule.begun(at) + 1):
        part = f"the part for {span_words(schedule.days_of(period))}"
        if at == period.closing:
            state = closed_state(commitment, period.number)
            is_exceeded = state is PeriodState.MISSED and is_cap(commitment)
            word = "exceeded" if is_exceeded else state.value.replace("_", " ")
            return f"{part} counts as {word}"
        if at in _warnings(commitment, period):
            return f"{part} is due soon"
        if at == period.due and state_of(commitment, period, at) not in SETTLED:
            return f"{part} is {'over' if is_cap(commitment) else 'due'}"
        if at == period.begin:
            return f"{part} begins"
    return None


def _warnings(commitment: Commitment, period: Period) -> list[datetime]:
    """When a period that is not met is pointed out, and when its grace is over."""
    return [*(lead for lead, _ in _leads(commitment, period)), period.closing]


def last_period_moment(commitment: Commitment, until: datetime) -> datetime | None:
    """The last such instant up to and including another."""
    schedule = commitment.schedule
    if schedule is None or commitment.entered_at is None:
        return None
    closed, begun = schedule.closed(until), schedule.begun(until)
    at = [each for p in _among(commitment, closed - 1, begun) for each in _warnings(commitment, p)]
    at += _begins_and_dues(commitment, begun - 2, begun)
    return max((instant for instant in at if instant <= until), default=None)


def _begins_and_dues(commitment: Commitment, first: int, stop: int) -> list[datetime]:
    at: list[datetime] = []
    for period in _among(commitment, first, stop):
        at += [period.begin, period.due]
    return at


def _among(commitment: Commitment, first: int, stop: int) -> Iterator[Period]:
    schedule = commitment.schedule
    assert schedule is not None
    for number in range(max(first, schedule.first), stop):
        period = schedule.period(number)
        if period is not None:
            yield period


def _leads(commitment: Commitment, period: Period) -> list[tuple[datetime, str]]:
    """When a period that lasts a week or more is pointed out, in order of time; never of a cap."""
    schedule = commitment.schedule
    if schedule is None or not schedule.is_long(period.number) or is_cap(commitment):
        return []
    stated = commitment.terms.leads
    leads = (
        (parse_duration(lead).times(-1).add_to_day_end(period.due, schedule.zone), lead)
        for lead in (stated if isinstance(stated, list) else LEADS)
    )
    return sorted((at, lead) for at, lead in leads if at > period.begin)
