"""When the next digest is due: by local time of each recipient, never missed, never twice. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.errors import InvalidSubscription
from notifications.language import N_

CADENCES = ("immediate", "daily", "weekly", "monthly")
WHEN_QUIET = ("skip", "send")
"""Whether a digest is sent when there is no news."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
LONGEST_CADENCE = timedelta(days=32)
MAX_COUNTED = 1000
"""Missed digests are counted up to this many; a clock that is years off must not cost seconds."""


def next_due(
    cadence: str, hour: int, zone: str, after: datetime, on: int | None = None
) -> datetime | None:
    """The first due instant after `after`, in UTC; None for immediate, which waits for news.

    `on` is the weekday (0 is Monday) of a weekly digest, or the day of a monthly one; in a
    shorter month that is its last day. A local time that the clock skips falls on the first valid
    instant after it, one that comes twice counts the first time.
    """
    if cadence == "immediate":
        return None
    day = after.astimezone(ZoneInfo(zone)).date()
    while not falls_on(cadence, day, on) or (due := _at(day, hour, zone)) <= after:
        day += timedelta(days=1)
    return due


def last_due(
    cadence: str, hour: int, zone: str, by: datetime, on: int | None = None
) -> datetime | None:
    """The last due instant up to `by`; None for immediate."""
    due = following = next_due(cadence, hour, zone, by - LONGEST_CADENCE, on)
    while following is not None and following <= by:
        due, following = following, next_due(cadence, hour, zone, following, on)
    return due


def falls_on(cadence: str, day: date, on: int | None) -> bool:
    if cadence == "monthly":
        return day.day == min(on or 1, monthrange(day.year, day.month)[1])
    return cadence == "daily" or day.weekday() == (on or 0)


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


def missed_count(
    cadence: str, hour: int, zone: str, due: datetime, now: datetime, on: int | None = None
) -> int:
    """How many later digests have come due as well by `now`, and go into this one."""
    count, later = 0, next_due(cadence, hour, zone, due, on)
    while later is not None and later <= now and count < MAX_COUNTED:
        count, later = count + 1, next_due(cadence, hour, zone, later, on)
    return count


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
