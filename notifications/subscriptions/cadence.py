"""When the next digest is due: by local time of each recipient, never missed, never twice. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifications.alerts.calendar_rules import WEEKDAYS
from notifications.errors import InvalidSubscription
from notifications.language import N_

CADENCES = ("immediate", "daily", "weekly", "monthly")
WHEN_QUIET = ("skip", "send")
"""Whether a digest is sent when there is no news."""
MINUTE = timedelta(minutes=1)
LONGEST_CADENCE = timedelta(days=32)
MAX_COUNTED = 1000
"""Missed digests are counted up to this many; a clock that is years off must not cost seconds."""


class Rhythm(Struct, frozen=True):
    """How often a digest comes, and at which hour of a zone.

    `on_day` is the weekday (0 is Monday) of a weekly digest, or the day of a monthly one; in a
    shorter month that is its last day.
    """

    cadence: str
    hour: int
    zone: str
    on_day: int | None = None

    def next_due(self, after: datetime) -> datetime | None:
        """The first due instant after `after`, in UTC; None for immediate, which waits for news.

        A local time that the clock skips falls on the first valid instant after it, one that comes
        twice counts the first time.
        """
        if self.cadence == "immediate":
            return None
        day = after.astimezone(ZoneInfo(self.zone)).date()
        while not self.falls_on(day) or (due := _at(day, self.hour, self.zone)) <= after:
            day += timedelta(days=1)
        return due

    def last_due(self, by: datetime) -> datetime | None:
        """The last due instant up to `by`; None for immediate."""
        due = following = self.next_due(by - LONGEST_CADENCE)
        while following is not None and following <= by:
            due, following = following, self.next_due(following)
        return due

    def missed_count(self, due: datetime, now: datetime) -> int:
        """How many later digests have come due as well by `now`, and go into this one."""
        count, later = 0, self.next_due(due)
        while later is not None and later <= now and count < MAX_COUNTED:
            count, later = count + 1, self.next_due(later)
        return count

    def falls_on(self, day: date) -> bool:
        """Whether a digest comes on a day."""
        if self.cadence == "monthly":
            return day.day == min(self.on_day or 1, monthrange(day.year, day.month)[1])
        return self.cadence == "daily" or day.weekday() == (self.on_day or 0)


def _at(day: date, hour: int, zone: str) -> datetime:
    """The hour on that local date; where the clock skips to the next date, the last second."""
    at = _first_valid(datetime.combine(day, time(hour), ZoneInfo(zone)))
    is_that_day = at.astimezone(ZoneInfo(zone)).date() == day
    return at if is_that_day else at - timedelta(seconds=1)


def _first_valid(local: datetime) -> datetime:
    """The instant of a local time, the first of two; of a skipped one, the end of the gap."""
    at, before_gap = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    offset = _offset(at, local)
    if offset == local.utcoffset():
        return at
    # The local time does not exist. `at` lies after the gap, by as much as the local time lies
    # beyond its beginning; go back minute by minute as long as the new offset holds.
    while at - MINUTE >= before_gap and _offset(at - MINUTE, local) == offset:
        at -= MINUTE
    return at


def _offset(at: datetime, local: datetime) -> timedelta | None:
    return at.astimezone(local.tzinfo).utcoffset()


def parse_on(cadence: str, text: str | None) -> int | None:
    """`mon` to `sun` for a weekly digest, `1` to `31` for a monthly one."""
    if text is None:
        return None
    if cadence == "weekly" and text.lower() in WEEKDAYS:
        return WEEKDAYS.index(text.lower())
    if cadence == "monthly" and text.isascii() and text.isdigit() and 1 <= int(text) <= 31:
        return int(text)
    hints = {"weekly": f"one of {', '.join(WEEKDAYS)}", "monthly": "1 to 31"}
    raise InvalidSubscription(
        f"a {cadence} digest does not come on {text!r}",
        hint=hints.get(cadence, "--on goes with --cadence weekly or monthly"),
    )


CADENCE_WORDS: Mapping[str, str] = {
    "immediate": N_("immediate"),
    "daily": N_("daily"),
    "weekly": N_("weekly"),
    "monthly": N_("monthly"),
}


def day_words(cadence: str, on: int | None) -> str | None:
    """The day of a cadence as `--on` takes it."""
    if on is None:
        return None
    return WEEKDAYS[on] if cadence == "weekly" else str(on)


def window_key(zone: str, due: datetime | None, last: int) -> str:
    """The part of a digest's key that makes it the only one of its subscription.

    It is the local date it was due, not that of a turn that came late: else one planned after
    midnight would take the key of the day to come. With no due date it is the last alert.
    """
    if due is None:
        return f"alert-{last}"
    return due.astimezone(ZoneInfo(zone)).date().isoformat()


def interval_words(number: int | None) -> str:
    return "day" if number == 1 else f"{number} days"
