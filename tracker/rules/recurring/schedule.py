"""Works out which periods a recurring promise owes, from its terms and the readings of its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.dates.recurrence import HORIZON_YEARS, parse_recurrence
from tracker.errors import InvalidEvent
from tracker.model.commitment import DEFAULT_GRACE, Commitment
from tracker.model.readings import Reading, latest
from tracker.model.relative import Relative
from tracker.model.schedule import PeriodRecord, Schedule, schedule_of
from tracker.model.terms import check_occurs
from tracker.model.vocabulary import Kind

A_DAY = parse_duration("P1D")


def with_schedule(commitment: Commitment, governing: Sequence[Reading]) -> Commitment:
    """Sets the periods of a recurring promise, and when it begins and ends by them.

    The latest of the governing readings is its end. COUNT or UNTIL may end it sooner.
    """
    end = latest(governing)
    schedule = _schedule_of(commitment, end, max(map(_last_begin, governing), default=None))
    first = schedule.period(schedule.first) if schedule else None
    last_due = schedule.last_due if schedule else None
    grace = parse_duration(str(commitment.terms.grace or DEFAULT_GRACE))
    state_end = last_due or end
    return replace(
        commitment,
        schedule=schedule,
        period_records=_records_in(schedule, commitment),
        start=first.begin if first else commitment.start,
        latest_start=first.begin if first else commitment.latest_start,
        alert_end=None,
        state_end=state_end,
        grace_end=grace.add_to_day_end(state_end, _zone_of(commitment)) if state_end else None,
        leads=(),
    )


def without_unknown_start(commitment: Commitment) -> Commitment:
    """Leaves out the periods while the moment that the start hangs on is not known."""
    start = commitment.terms.start
    if not isinstance(start, Relative) or commitment.anchored.get(start.anchor):
        return commitment
    return replace(commitment, schedule=None, start=None, latest_start=None)


def _last_begin(end: Reading) -> datetime:
    """Before when a period has to begin.

    A length has no more of them when its first day is not counted: the last day of that count
    begins none.
    """
    return end.moved(A_DAY.times(-1)) if end.rule == "exclusive" else end.at


def _schedule_of(
    commitment: Commitment, end: datetime | None, last_begin: datetime | None
) -> Schedule | None:
    start = _wall_clock_start(commitment)
    terms = commitment.terms
    if start is None or not isinstance(terms.recurrence, str):
        return None
    return schedule_of(
        parse_recurrence(terms.recurrence),
        start,
        _zone_of(commitment),
        parse_duration(str(terms.grace or DEFAULT_GRACE)),
        commitment.entered_at,
        end,
        last_begin,
    )


def _zone_of(commitment: Commitment) -> str:
    """The zone of its periods: that of its window, which may be its agreement's."""
    stated = commitment.terms.zone
    return stated if isinstance(stated, str) else commitment.zone


def _wall_clock_start(commitment: Commitment) -> datetime | None:
    """When the rule starts, on the clock of its zone: as stated, else when it came into force."""
    stated, zone = commitment.terms.start, ZoneInfo(_zone_of(commitment))
    at = commitment.start or commitment.entered_at
    day = at.astimezone(zone).date() if at else None
    if isinstance(stated, str):
        edtf = parse_edtf(stated)
        if edtf.instant is not None:
            return edtf.instant.astimezone(zone).replace(tzinfo=None)
        day = edtf.first
    return datetime.combine(day, time(0)) if day else None


def _records_in(schedule: Schedule | None, commitment: Commitment) -> dict[int, PeriodRecord]:
    """What is on record of the periods, by the numbers that they have in this schedule."""
    records = commitment.period_records
    if schedule is None or schedule == commitment.schedule or not records:
        return records
    placed: dict[int, PeriodRecord] = {}
    for record in records.values():
        period = schedule.of_day(record.day)
        if period is not None:
            placed.setdefault(period.number, record)
    return placed


def with_rest(before: Commitment | None, after: Commitment, at: datetime) -> Commitment:
    """Keeps the time for which a recurring promise rested by agreement, when that is over."""
    suspension = before.suspension if before else None
    if suspension is None or suspension.contested or after.suspension is not None:
        return after
    return replace(after, rests=(*after.rests, (suspension.since, at)))


def check_schedule(commitment: Commitment) -> None:
    """Refuses a recurring promise that says no rule, or whose rule gives no period before its end.

    Without a start of its own it is looked at from the day of its first entry.
    """
    if commitment.kind is not Kind.RECURRING:
        return
    text = commitment.terms.recurrence
    if commitment.awaiting is not None and isinstance(text, str):
        return
    if not isinstance(text, str):
        raise InvalidEvent(
            f"recurring commitment {commitment.id!r} needs terms.recurrence; found none",
            hint="terms.recurrence=FREQ=DAILY, or for instance "
            "terms.recurrence='FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1'",
        )
    schedule = commitment.schedule
    start = schedule.start if schedule else datetime.combine(commitment.since, time(0))
    check_occurs(text, parse_recurrence(text).rule, start)
    if schedule is not None and schedule.period(schedule.first) is None:
        raise InvalidEvent(
            f"recurring commitment {commitment.id!r} has no period: {text!r} from "
            f"{start:%Y-%m-%d} gives none that ends after it came into force and begins before its "
            f"end (terms.end, COUNT or UNTIL), within {HORIZON_YEARS} years of its start",
            hint=f"give another start: terms.start={commitment.since:%Y-%m-%d}",
        )
