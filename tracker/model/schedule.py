"""The periods of a recurring promise: when each begins and is due, and what is on record of it.

Periods are worked out from the rule and never stored; only what was recorded of one is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from tracker.dates.durations import Duration
from tracker.dates.period_names import Span, span_of
from tracker.dates.recurrence import MOST_PERIODS, Begins, Recurrence, begins_of
from tracker.dates.zones import last_day

WEEK = timedelta(days=7) - timedelta(hours=1)
"""Of seven days, of which one may be an hour short in spring."""
HOURS = ("BYHOUR", "BYMINUTE", "BYSECOND")
UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
"""What one interval of a rule is called, by its FREQ."""


class Period(Struct, frozen=True):
    """One period, named by the day on which it begins; `due` is the first instant after it.

    One that was not met by its `closing`, when its grace is over, counts as missed.
    """

    number: int
    day: date
    begin: datetime
    due: datetime
    closing: datetime


class PeriodRecord(Struct, frozen=True):
    """What is on record of one period: what was delivered, when it was met, and who waived it.

    `is_begun` where any of it was delivered, also without a number; `promised` is what all parties
    settled for this period alone; `is_found_missed` where a finding (row 14) says that it was
    not performed, `is_exceeded` where more is confirmed than a cap allows. Either was
    recorded first at `missed_known_at`.
    """

    day: date
    promised: int | None = None
    is_begun: bool = False
    delivered: int | None = None
    met_at: datetime | None = None
    is_late: bool = False
    waived_by: str | None = None
    is_found_missed: bool = False
    is_exceeded: bool = False
    missed_known_at: datetime | None = None
    events: tuple[str, ...] = ()


class Schedule(Struct, frozen=True):
    """The periods that are owed: those of the rule that end after the promise came into force.

    `start` is on the wall clock of `zone`; `end` is the instant at which the terms end the promise.
    `first` and `last` are the numbers of the periods owed; None where they have no end.
    """

    recurrence: Recurrence
    start: datetime
    zone: str
    grace: Duration
    end: datetime | None
    first: int
    last: int | None

    @property
    def _begins(self) -> Begins:
        return begins_of(self.recurrence.rule, self.start, self.zone, self.grace)

    @property
    def last_due(self) -> datetime | None:
        """When the last period is due; None where there is no last one, or none at all."""
        last = self.period(self.last) if self.last is not None else None
        return last.due if last else None

    def days_of(self, period: Period) -> Span:
        """The days of a period by its rule, cut where the promise ends sooner."""
        return span_of(self.recurrence.rule, period.day).until(last_day(period.due, self.zone))

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
                closing = self.grace.add_to_day_end(self.end, self.zone)
                yield Period(number, local[number].date(), begin, self.end, closing)
            else:
                closing = begins.closings[number + 1]
                yield Period(number, local[number].date(), begin, due, closing)
            number += 1

    def is_long(self, number: int) -> bool:
        """Whether a period lasts a week or more."""
        begins = self._begins
        return begins.has(number + 1) and (
            begins.instants[number + 1] - begins.instants[number] >= WEEK
        )

    def at(self, instant: datetime) -> Period | None:
        """The period that an instant lies in; None outside all of them."""
        number = self._begins.until(instant) - 1
        period = self.period(number) if number >= 0 else None
        return period if period and instant < period.due else None

    def of_day(self, day: date) -> Period | None:
        """The period that a day belongs to, by its last moment; by its first at the very end."""
        begins = self._begins
        number = begins.until_local(datetime.combine(day, time.max)) - 1
        if self.last is None or number <= self.last:
            return self.period(number) if number >= 0 else None
        return self.at(begins.instant(datetime.combine(day, time.min)))

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
        number = max(self._begins.closed(instant) - 1, self.first)
        if self.last is None or number < self.last:
            return number
        last = self.period(self.last)
        return self.last + 1 if last and last.closing <= instant else max(self.last, self.first)


def schedule_of(
    recurrence: Recurrence,
    start: datetime,
    zone: str,
    grace: Duration,
    since: datetime | None = None,
    end: datetime | None = None,
    last_begin: datetime | None = None,
) -> Schedule:
    """The periods of a rule from those that end after `since` to the end of rule or terms.

    None begins at `last_begin` or later, which is the end where it is not given.
    """
    begins = begins_of(recurrence.rule, start, zone, grace)
    first = max(begins.until(since) - 1, 0) if since else 0
    limits = [begins.before(at) for at in (recurrence.limit(zone), last_begin or end) if at]
    limits += [recurrence.count] if recurrence.count else []
    last = min(limits) - 1 if limits else None
    return Schedule(recurrence, start, zone, grace, end, first, last)
