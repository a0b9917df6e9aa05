"""The periods of a recurring promise: counted, the current one, and the latest one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from events import format_instant, parse_instant
from tracker.dates.period_names import ENGLISH, EVERY_YEAR, Calendar, span_of, span_words
from tracker.dates.zones import last_day
from tracker.model.commitment import Commitment
from tracker.model.schedule import Period, Schedule
from tracker.model.vocabulary import PeriodState
from tracker.rules.recurring.moments import RUNNING
from tracker.rules.recurring.performance import promised_in
from tracker.rules.recurring.standing import is_cap, is_cut_off, standing, state_of

LATEST = 14
"""So many periods are told one by one; the others are counted."""


UNMET = (PeriodState.MISSED, PeriodState.PARTIAL)


class PeriodDocument(TypedDict):
    """One period, named by the day on which it begins; nothing on record of it is null."""

    period: str
    begin: str
    due: str
    state: str
    delivered: int | None
    promised: int | None


class PeriodNaming(TypedDict):
    """What the name of a period, and of how it stands, follows from: see `PeriodsDocument`."""

    last_due: str | None
    zone: str
    recurrence: str
    cap: bool


class PeriodsDocument(PeriodNaming):
    """What became of the periods begun (`of`); `met` counts late ones too. `next` is yet to begin.

    `in_grace` is the first that was due and is not met, while its grace runs.
    Each of the others is in one of the counts, or still open. One counts as missed when its `grace`
    is over; of a cap it then counts as `unassessed` where nothing is on record of it.
    `last_due` is when the last of all is due, null where they go on for ever.
    `unmet_since` is the day of the first of those missed, up to the last whose grace is over, of
    which none was met. Of a `cap` those missed are exceeded. `recurrence` is their rule, without
    its limits.
    """

    met: int
    late: int
    of: int
    missed: int
    partial: int
    waived: int
    excused: int
    unassessed: int
    unmet_since: str | None
    in_grace: PeriodDocument | None
    current: PeriodDocument | None
    next: PeriodDocument | None
    grace: str


def periods_json(c: Commitment, at: datetime) -> PeriodsDocument | None:
    """The periods of a recurring promise at an instant; None for any other."""
    if c.schedule is None:
        return None
    counts = standing(c, at)
    number = counts.current.number + 1 if counts.current else c.schedule.begun(at)
    following = c.schedule.period(max(number, c.schedule.first)) if c.is_open else None
    return {
        "met": counts.met,
        "late": counts.late,
        "of": counts.of,
        "missed": counts.missed,
        "partial": counts.partial,
        "waived": counts.waived,
        "excused": counts.excused,
        "unassessed": counts.unassessed,
        "unmet_since": counts.unmet_since.day.isoformat() if counts.unmet_since else None,
        "in_grace": _in_grace(c, at),
        "current": period_json(c, counts.current, at) if counts.current else None,
        "next": period_json(c, following, at) if following else None,
        "grace": c.schedule.grace.text,
        **naming_of(c, c.schedule),
    }


def naming_of(c: Commitment, schedule: Schedule) -> PeriodNaming:
    """What the name of a period follows from: the rule, and the end that may cut the last one."""
    last_due = schedule.last_due
    return {
        "last_due": format_instant(last_due) if last_due else None,
        "zone": schedule.zone,
        "recurrence": schedule.recurrence.rule,
        "cap": is_cap(c),
    }


def _in_grace(c: Commitment, at: datetime) -> PeriodDocument | None:
    """The first period of an open promise that was due, and is neither met nor missed yet."""
    if c.schedule is None or c.state not in RUNNING or is_cap(c):
        return None
    numbers = range(max(c.schedule.closed(at), c.schedule.first), c.schedule.begun(at))
    periods = filter(None, map(c.schedule.period, numbers))
    due = (period for period in periods if period.due <= at)
    return next(
        (period_json(c, p, at) for p in due if state_of(c, p, at) is PeriodState.OPEN), None
    )


def period_json(c: Commitment, period: Period, at: datetime) -> PeriodDocument:
    record, promised = c.period_records.get(period.number), promised_in(c, period)
    return {
        "period": period.day.isoformat(),
        "begin": format_instant(period.begin),
        "due": format_instant(period.due),
        "state": state_of(c, period, at).value,
        "delivered": record.delivered if record else None,
        "promised": promised,
    }


def latest_periods(c: Commitment, at: datetime, most: int = LATEST) -> list[PeriodDocument]:
    """The last periods that have begun, in their order; none for another kind of promise."""
    if c.schedule is None or c.entered_at is None:
        return []
    at = at if c.is_open else min(at, c.since)
    begun = c.schedule.begun(at) - (not c.is_open and is_cut_off(c, at))
    numbers = range(max(c.schedule.first, begun - most), begun)
    periods = filter(None, map(c.schedule.period, numbers))
    return [period_json(c, period, at) for period in periods]


class UnmetPeriod(TypedDict):
    """A period that was missed, or met in part alone, by its day and its name."""

    period: str
    state: str
    name: str


def newly_unmet(
    before: Commitment | None, then: datetime, after: Commitment, at: datetime
) -> list[UnmetPeriod]:
    """The periods that are unmet at an instant and were not in an earlier answer, in their order.

    Only those are looked at whose grace has run out since, or of which something else is on record.
    """
    schedule = after.schedule
    if schedule is None:
        return []
    known = before.period_records if before else {}
    first = schedule.closed(then) if before and before.schedule == schedule else schedule.first
    numbers = {*range(max(first, schedule.first), schedule.closed(at))}
    numbers |= {n for n, record in after.period_records.items() if known.get(n) != record}
    periods = [p for p in map(schedule.period, sorted(numbers)) if p is not None]
    states = ((p, state_of(after, p, at)) for p in periods)
    return [
        {
            "period": period.day.isoformat(),
            "state": state.value,
            "name": span_words(schedule.days_of(period), EVERY_YEAR),
        }
        for period, state in states
        if state in UNMET and not (before and state_of(before, period, then) is state)
    ]


def period_name(
    day: str,
    periods: Mapping[str, Any] | None,
    now: date = EVERY_YEAR,
    language: Calendar = ENGLISH,
) -> str:
    """Names the period that begins on a day; by that day alone where its rule is not known."""
    begin = date.fromisoformat(day)
    if periods and (rule := recurrence_of(periods)):
        due = periods.get("last_due")
        span = span_of(rule, begin)
        span = span.until(last_day(parse_instant(due), periods["zone"])) if due else span
        return span_words(span, now, language)
    return language.text("the period from {day}", day=language.day(begin, now))


def recurrence_of(periods: Mapping[str, Any] | None) -> str | None:
    """The rule of periods; None without any, and in rows of an earlier edition."""
    return (periods or {}).get("recurrence")


def has_cap(commitment: Mapping[str, Any]) -> bool:
    """Whether no period of it is to have more than its quantity: that is exceeded, not missed."""
    return commitment.get("deontic") == "prohibition"


def period_state_words(state: str, periods: Mapping[str, Any] | None) -> str:
    """How a period stands, in words; one of a cap is exceeded where one of a duty is missed."""
    # Rows of an earlier edition do not say whether it is a cap.
    if state == PeriodState.MISSED and (periods or {}).get("cap"):
        return "exceeded"
    return state.replace("_", " ")


def delivered_words(period: Mapping[str, Any]) -> str:
    """How much of the quantity of a period is on record: `339 of 600`; empty without a quantity."""
    promised, delivered = period["promised"], period["delivered"]
    if promised is None:
        return ""
    return f"nothing confirmed of {promised}" if delivered is None else f"{delivered} of {promised}"


def open_periods(periods: PeriodsDocument | None) -> Iterator[PeriodDocument]:
    """What is owed in its grace, the current period, unless nothing is owed of it, and the next."""
    # Rows of an earlier edition do not say which are in their grace.
    for period in (periods.get("in_grace"), periods["current"], periods["next"]) if periods else ():
        if period is not None and period["state"] in (PeriodState.OPEN, PeriodState.UPCOMING):
            yield period


def due_next(periods: PeriodsDocument | None) -> PeriodDocument | None:
    """The current period, or the next one where nothing is owed of that any more."""
    current = periods["current"] if periods else None
    if periods is None or current is None:
        return None
    return current if current["state"] == PeriodState.OPEN else periods["next"] or current


def periods_words(periods: PeriodsDocument) -> str:
    """The counts in words: `12 of 14 periods met (1 late), 1 missed, 1 open`."""
    if not periods["of"]:
        return "no period has begun"
    closed = (
        ("partial", periods["partial"]),
        (period_state_words(PeriodState.MISSED, periods), periods["missed"]),
        ("waived", periods["waived"]),
        ("excused", periods["excused"]),
        # Rows of an earlier edition do not count these.
        ("unassessed", periods.get("unassessed", 0)),
    )
    left = periods["of"] - periods["met"] - sum(count for _, count in closed)
    counts = (*closed, ("open", left))
    others = "".join(f", {count} {name}" for name, count in counts if count)
    late = f" ({periods['late']} late)" if periods["late"] else ""
    noun = "period" if periods["of"] == 1 else "periods"
    return f"{periods['met']} of {periods['of']} {noun} met{late}{others}"
