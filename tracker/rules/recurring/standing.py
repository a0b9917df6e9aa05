"""How the periods of a recurring promise stand at an instant: each alone, and all counted. Pure.

What is not on record of a period follows from the clock, so nothing is stored of it. Counting
costs as much as there is on record, however many periods have passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from tracker.model.commitment import Commitment
from tracker.model.schedule import Period, PeriodRecord
from tracker.model.vocabulary import PeriodState, State

SETTLED = (PeriodState.MET, PeriodState.MET_LATE, PeriodState.WAIVED, PeriodState.EXCUSED)
"""States of a period that leave nothing owed."""


class Standing(Struct, frozen=True):
    """The periods begun so far (`of`), by what became of them; `met` counts late ones too.

    One that is not due yet when the promise is over, and of which nothing is on record, is none.
    `unmet_since` is the first of those, up to the last whose grace is over, that were not met.
    """

    of: int = 0
    met: int = 0
    late: int = 0
    partial: int = 0
    missed: int = 0
    waived: int = 0
    excused: int = 0
    unassessed: int = 0
    current: Period | None = None
    unmet_since: Period | None = None

    @property
    def has_unmet(self) -> bool:
        """Whether a period whose grace is over was missed, or met in part alone."""
        return self.missed + self.partial > 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed of any period."""
        return self.of > 0 and self.met + self.waived + self.excused == self.of


def standing(commitment: Commitment, at: datetime) -> Standing:
    """Counts the periods of a promise at an instant; of a closed one as they were at its end."""
    schedule = commitment.schedule
    if schedule is None or commitment.entered_at is None:
        return Standing()
    at = at if commitment.is_open else min(at, commitment.since)
    first, begun = schedule.first, schedule.begun(at)
    closed = range(first, schedule.closed(at))
    states = [
        _recorded_state(commitment, number, record, closed, at)
        for number, record in commitment.period_records.items()
        if first <= number < begun
    ]
    count = {state: states.count(state) for state in PeriodState}
    excused = _excused_numbers(commitment, closed)
    recorded = sum(number in closed for number in commitment.period_records)
    unrecorded_excused = sum(
        len(numbers) - sum(number in numbers for number in commitment.period_records)
        for numbers in excused
    )
    count[PeriodState.EXCUSED] += unrecorded_excused
    count[state_of_silence(commitment)] += len(closed) - recorded - unrecorded_excused
    met, late = count[PeriodState.MET], count[PeriodState.MET_LATE]
    return Standing(
        of=max(begun - first, 0) - (not commitment.is_open and is_cut_off(commitment, at)),
        met=met + late,
        late=late,
        partial=count[PeriodState.PARTIAL],
        missed=count[PeriodState.MISSED],
        waived=count[PeriodState.WAIVED],
        excused=count[PeriodState.EXCUSED],
        unassessed=count[PeriodState.UNASSESSED],
        current=schedule.at(at) if commitment.is_open and begun > first else None,
        unmet_since=_unmet_since(commitment, closed),
    )


def is_cut_off(commitment: Commitment, closed_at: datetime) -> bool:
    """Whether a promise was over before its last period was due, and nothing was done for it."""
    schedule = commitment.schedule
    assert schedule is not None
    last = schedule.at(closed_at)
    if last is None or last.due <= closed_at:
        return False
    is_silent = is_cap(commitment) or commitment.period_records.get(last.number) is None
    return is_silent and state_of(commitment, last, closed_at) is PeriodState.OPEN


def _unmet_since(commitment: Commitment, closed: range) -> Period | None:
    """Where the run of periods that were not met begins, if it lasts to the last closed one."""
    schedule = commitment.schedule
    assert schedule is not None
    states = {
        number: closed_state(commitment, number)
        for number in commitment.period_records
        if number in closed
    }
    if is_cap(commitment):
        first = closed.stop
        while states.get(first - 1) is PeriodState.MISSED:
            first -= 1
        return schedule.period(first) if first in closed else None
    settled = [number for number, state in states.items() if state in SETTLED]
    settled += [numbers.stop - 1 for numbers in _excused_numbers(commitment, closed) if numbers]
    first = max(settled, default=closed.start - 1) + 1
    return schedule.period(first) if first in closed else None


def state_of(commitment: Commitment, period: Period, at: datetime) -> PeriodState:
    """How one period stands at an instant."""
    schedule = commitment.schedule
    assert schedule is not None
    if period.closing <= at:
        return closed_state(commitment, period.number)
    record = commitment.period_records.get(period.number)
    if record is not None:
        return _recorded_state(commitment, period.number, record, range(0), at)
    return PeriodState.UPCOMING if period.begin > at else PeriodState.OPEN


def closed_state(commitment: Commitment, number: int) -> PeriodState:
    """How a period stands once its grace is over."""
    record = commitment.period_records.get(number)
    itself = range(number, number + 1)
    if record is not None:
        return _recorded_state(commitment, number, record, itself)
    is_excused = any(map(len, _excused_numbers(commitment, itself)))
    return PeriodState.EXCUSED if is_excused else state_of_silence(commitment)


def state_of_silence(commitment: Commitment) -> PeriodState:
    """How a closed period stands of which nothing is on record.

    That a duty was not done follows from silence, and that a cap was passed does not.
    """
    return PeriodState.UNASSESSED if is_cap(commitment) else PeriodState.MISSED


def is_cap(commitment: Commitment) -> bool:
    """Whether a period is not to have more than its quantity: a cap, kept through its period."""
    return commitment.deontic == "prohibition"


def _recorded_state(
    commitment: Commitment,
    number: int,
    record: PeriodRecord,
    closed: range,
    at: datetime | None = None,
) -> PeriodState:
    """What is on record of a period, at an instant or once it is closed, makes of it."""
    if record.waived_by is not None:
        return PeriodState.WAIVED
    if record.met_at is not None and (at is None or record.met_at <= at or not is_cap(commitment)):
        return PeriodState.MET_LATE if record.is_late else PeriodState.MET
    if record.is_found_missed or record.is_exceeded:
        return PeriodState.MISSED
    if number not in closed:
        return PeriodState.OPEN
    if any(number in numbers for numbers in _excused_numbers(commitment, closed)):
        return PeriodState.EXCUSED
    return PeriodState.PARTIAL if record.is_begun else state_of_silence(commitment)


def _excused_numbers(commitment: Commitment, among: range) -> list[range]:
    """The periods that fell due while the promise rested by agreement."""
    schedule = commitment.schedule
    assert schedule is not None
    if not commitment.rests and commitment.suspension is None:
        return []
    ranges = (schedule.due_within(since, until) for since, until in rests(commitment))
    return [
        range(max(due.start, among.start), max(min(due.stop, among.stop), among.start))
        for due in ranges
    ]


def rests(commitment: Commitment) -> Iterator[tuple[datetime, datetime | None]]:
    """The times for which the promise was suspended by agreement, one that lasts included."""
    yield from commitment.rests
    suspension = commitment.suspension
    is_resting = commitment.state is State.SUSPENDED and not commitment.suspension_contested
    if suspension is not None and is_resting:
        yield suspension.since, None
