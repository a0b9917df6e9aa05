"""The days on which a recurring promise is due, as a rule of their own for a calendar. Pure.

A rule says when periods begin; each is due with the day before the next begins. Of a period of a
day that is the same day. A longer one would be a bar in a calendar as long as itself, which hides
the day that matters.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from msgspec import Struct

from tracker.model.schedule import HOURS, UNITS, Period, Schedule

DAY = timedelta(days=1)
CHECKED = 13
"""So many days of a rule are compared with the periods: more than a year of months."""
LAST_OF_MONTH = -1


class DueDays(Struct, frozen=True):
    """The first day on which something is due, the rule of the days after it, and how often."""

    first: date
    rule: str
    words: str


@lru_cache(maxsize=1024)
def due_days(schedule: Schedule) -> DueDays | None:
    """The days on which periods of a week or more are due; None where no simple rule gives them."""
    first = schedule.period(schedule.first)
    if first is None or not schedule.is_long(schedule.first):
        return None
    day, parts = _last_day(first, schedule), _parts(schedule)
    if parts["FREQ"] in ("MONTHLY", "YEARLY"):
        of_month = LAST_OF_MONTH if (day + DAY).day == 1 else day.day
        parts |= {"BYMONTHDAY": str(of_month)}
    if parts["FREQ"] == "YEARLY":
        parts |= {"BYMONTH": str(day.month)}
    if parts["FREQ"] == "WEEKLY":
        parts.pop("BYDAY", None)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    last = schedule.period(schedule.last) if schedule.last is not None else None
    last_day = _last_day(last, schedule) if last else None
    if not _gives(rule, day, schedule, last_day):
        return None
    until = f";UNTIL={last_day:%Y%m%d}" if last_day else ""
    unit, interval = UNITS[parts["FREQ"]], int(parts.get("INTERVAL", "1"))
    how_often = f"once a {unit}" if interval == 1 else f"every {interval} {unit}s"
    return DueDays(day, f"{rule}{until}", how_often)


def _parts(schedule: Schedule) -> dict[str, str]:
    """The parts of the rule by name, without those of the clock."""
    parts = dict(part.split("=", 1) for part in schedule.recurrence.rule.split(";"))
    return {name: value for name, value in parts.items() if name not in HOURS}


def _gives(rule: str, first: date, schedule: Schedule, last: date | None) -> bool:
    """Whether a rule gives the days on which the first periods are due, and the last.

    The end of the promise may cut its last period short.
    """
    periods = islice(schedule.periods(schedule.first), CHECKED)
    due = [_last_day(period, schedule) for period in periods]
    midnight = time(0, 0)
    days = rrulestr(rule, dtstart=datetime.combine(first, midnight))
    end = datetime.combine(last, midnight) if last else None
    return (end is None or end in days) and due == [day.date() for day in islice(days, len(due))]


def _last_day(period: Period, schedule: Schedule) -> date:
    return (period.due - timedelta(microseconds=1)).astimezone(ZoneInfo(schedule.zone)).date()
