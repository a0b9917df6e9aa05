"""The periods of a recurring promise: when each begins and is due, and what is on record of it.

Periods are worked out from the rule and never stored; only what was recorded of one is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from tracker.dates.durations import LATEST, Duration
from tracker.dates.recurrence import MOST_PERIODS, Begins, Recurrence, begins_of

HOURS = ("BYHOUR", "BYMINUTE", "BYSECOND")


class Period(Struct, frozen=True):
    """One period, named by the day on which it begins; `due` is the first instant after it.

    `local_due` is the same on the wall clock; None where the end of the promise cuts it short.
    """

    number: int
    day: date
    begin: datetime
    due: datetime
    local_due: datetime | None


class PeriodRecord(Struct, frozen=True):
    """What is on record of one period: what was delivered, when it was met, and who waived it.

    `is_found_missed` where a finding (row 14) says that it was not performed.
    """

    day: date
    delivered: int | None = None
    met_at: datetime | None = None
    is_late: bool = False
    waived_by: str | None = None
    is_found_missed: bool = False
    events: tuple[str, ...] = ()


class Schedule(Struct, frozen=True):
    """The periods that are owed: those of the rule that end after the promise came into force.

    `start` is on the wall clock of `zone`; `end` is the instant at which the terms end the promise.
    """

    recurrence: Recurrence
    start: datetime
    zone: str
    grace: Duration
    since: datetime | None = None
    end: datetime | None = None

    @property
    def _begins(self) -> Begins:
        return begins_of(self.recurrence.rule, self.start, self.zone)

    @property
    def first(self) -> int:
        """The number of the first period that is owed."""
        return max(self._begins.until(self.since) - 1, 0) if self.since else 0

    @property
    def last(self) -> int | None:
        """The number of the last period; None where the periods have no end."""
        begins = self._begins
        limits = [begins.before(at) for at in (self.recurrence.limit(self.zone), self.end) if at]
        limits += [self.recurrence.count] if self.recurrence.count else []
        return min(limits) - 1 if limits else None

    @property
    def last_due(self) -> datetime | None:
        """When the last period is due; None where there is no last one, or none at all."""
        last = self.period(self.last) if self.last is not None else None
        return last.due if last else None

    def rule_by_days(self) -> str:
        """The rule for a calendar of whole days: no hours, and the day of the last begin as end."""
        last = self.last
        parts = (part for part in self.recurrence.rule.split(";") if not part.startswith(HOURS))
        period = self.period(last) if last is not None else None
        until = (f"UNTIL={period.day:%Y%m%d}",) if period else ()
        return ";".join((*parts, *until))

    def period(self, number: int) -> Period | None:
        """A period by its number; None where the schedule has none of it."""
        return next(self.periods(number), None)

    def periods(self, number: int) -> Iterator[Period]:
        """The periods from a number on, to the last or to the horizon."""
        begins, last = self._begins, self.last
        while (last is None or number <= last) and begins.has(number + 1):
            local, begin, due = begins.local, begins.instants[number], begins.instants[number + 1]
            if self.end is not None and self.end < due:
                yield Period(number, local[number].date(), begin, self.end, None)
            else:
                yield Period(number, local[number].date(), begin, due, local[number + 1])
            number += 1

    def at(self, instant: datetime) -> Period | None:
        """The period that an instant lies in; None outside all of them."""
        number = self._begins.until(instant) - 1
        period = self.period(number) if number >= 0 else None
        return period if period and instant < period.due else None

    def of_day(self, day: date) -> Period | None:
        """The period that a day belongs to, by its last moment; by its first at the very end."""
        begins = self._begins
        last = begins.instant(datetime.combine(day, time.max))
        return self.at(last) or self.at(begins.instant(datetime.combine(day, time.min)))

    def due_within(self, since: datetime, until: datetime | None) -> range:
        """The numbers of the periods that fall due from an instant on and before another."""
        begins, last = self._begins, self.last
        number = max(begins.before(since) - 1, 0)
        if until is None:
            return range(number, last + 1 if last is not None else MOST_PERIODS)
        stop = max(begins.before(until) - 1, number)
        is_cut = self.end is not None and since <= self.end < until
        return range(number, max(stop, last + 1) if is_cut and last is not None else stop)

    def begun(self, instant: datetime) -> int:
        """The number after that of the last period that has begun by an instant."""
        begun, last = self._begins.until(instant), self.last
        return begun if last is None else min(begun, last + 1)

    def closed(self, instant: datetime) -> int:
        """The number after that of the last period whose grace is over at an instant."""
        numbers = range(self.first, max(self.begun(instant), self.first))

        def grace_end(number: int) -> datetime:
            period = self.period(number)
            return self.grace_end(period) if period else LATEST

        return self.first + bisect_right(numbers, instant, key=grace_end)

    def grace_end(self, period: Period) -> datetime:
        """When a period that was not met counts as missed: in days of the zone."""
        grace = self.grace
        if period.local_due is None or grace.months:
            return grace.add_to_day_end(period.due, self.zone)
        local = period.local_due + timedelta(days=grace.days)
        return self._begins.instant(local) + timedelta(seconds=grace.seconds)
